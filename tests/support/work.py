"""How much work something is, told without a bound in seconds: by calls counted, or by how it grows."""

from __future__ import annotations

import sys
import time
import tracemalloc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ("PATIENCE", "calls", "growth", "memory")

T = TypeVar("T")

PATIENCE: Final = 30.0
"""Seconds after which a test takes it that something hangs; says nothing about speed."""


def growth(work: Callable[[T], object], few: T, many: T, *, repeats: int = 5) -> float:
    """How many times as much processor time the work on `many` takes as that on `few`.

    Of each the least of several turns, so that what else the machine does falls on neither. Allow four
    times the ratio of the sizes where the cost follows the size: eight times as much input of a
    quadratic cost is 64, of a linear one 8.
    """
    turns = [(_seconds(work, few), _seconds(work, many)) for _ in range(repeats)]
    return min(turn[1] for turn in turns) / max(min(turn[0] for turn in turns), _LEAST)


def calls(work: Callable[[], object]) -> int:
    """The functions that the work calls in this thread, Python's and C's; the same on every machine."""
    counted = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return counted


@contextmanager
def memory(most: int) -> Iterator[None]:
    """Hold that the block takes no more than so many bytes at any time, as Python counts them."""
    tracemalloc.start()
    try:
        yield
    finally:
        taken = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert taken < most, f"{taken:,} bytes"


_LEAST: Final = 2e-5
"""Seconds below which a clock says nothing; taken instead, which only makes the ratio smaller."""


def _seconds(work: Callable[[T], object], given: T) -> float:
    started = time.thread_time()
    work(given)
    return time.thread_time() - started
