"""Leaving on a signal: orderly where that is possible, and in any case soon."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from textual.driver import Driver

__all__ = ("driver_class", "leave_on_signals")

_AT_MOST: Final = 3.5
"""Seconds from the signal until the process ends, come what may."""


def leave_on_signals(at_once: Callable[[], None], leave: Callable[[int], None]) -> None:
    """Have SIGINT, SIGTERM and SIGHUP call `at_once()` there and then and `leave(number)` on the loop.

    Handlers of Python rather than of the loop: they also run while the loop waits for something
    that a signal interrupts, and before the handler of a SIGCONT that comes with a SIGHUP.
    """
    if sys.platform == "win32":
        return
    loop, begun = asyncio.get_running_loop(), threading.Event()

    def handle(number: int, _: FrameType | None) -> None:
        if begun.is_set():
            return
        begun.set()
        at_once()
        threading.Thread(target=_end_in_any_case, args=(number,), daemon=True, name="end").start()
        loop.call_soon_threadsafe(leave, number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handle)


def _end_in_any_case(number: int) -> None:
    time.sleep(_AT_MOST)
    # Still here: whatever hangs, the servers must not outlive us.
    from services.processes.registry import offspring

    offspring.last_resort()
    os._exit(128 + number)


def driver_class() -> type[Driver] | None:
    """Our driver where there is one for the platform; None for Textual's own choice."""
    if sys.platform == "win32" or os.environ.get("TEXTUAL_DRIVER"):
        return None
    from app.terminal.driver import TerminalDriver

    return TerminalDriver
