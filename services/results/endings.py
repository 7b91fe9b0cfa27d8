"""Work in a thread that nobody waits for any more, ended at its next chance: a thread cannot be."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("in_thread", "is_over")

_P = ParamSpec("_P")
_T = TypeVar("_T")

_over: Final[ContextVar[threading.Event | None]] = ContextVar("over", default=None)


async def in_thread(function: Callable[_P, _T], /, *arguments: _P.args, **options: _P.kwargs) -> _T:
    """As `asyncio.to_thread`; the function sees by `is_over` that the wait was cancelled."""
    over = threading.Event()
    token = _over.set(over)
    try:
        return await asyncio.to_thread(function, *arguments, **options)
    finally:
        over.set()
        _over.reset(token)


def is_over() -> bool:
    """Whether nobody waits for this thread's work any more."""
    over = _over.get()
    return over is not None and over.is_set()
