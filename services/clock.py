"""Where times come from; a test gives one that stands still."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("CLOCK", "Clock")


@dataclass(frozen=True, slots=True)
class Clock:
    """Three readings, all in seconds."""

    monotonic: Callable[[], float] = time.monotonic
    """Since some moment, for when a state began and when the next attempt comes."""
    precise: Callable[[], float] = time.perf_counter
    """Since some moment, for how long a request took."""
    wall: Callable[[], float] = time.time
    """Since 1970, for what a person reads."""


CLOCK: Final = Clock()
"""The machine's own."""
