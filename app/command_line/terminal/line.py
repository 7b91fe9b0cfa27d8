"""The line on standard error that says what is being waited for; on a terminal only."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from app.command_line.terminal.output import note, paint

if TYPE_CHECKING:
    from services.connections.calls import Progress

__all__ = ("WaitingLine", "progress_text")

_TURN: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_TICK: Final = 0.1
_UNSEEN: Final = 0.4
"""Seconds before anything is drawn: what is over sooner needs no line."""

_BAR: Final = 10


class WaitingLine:
    """One line at the bottom, drawn over itself; whatever else is said goes through `say`."""

    def __init__(self) -> None:
        self._text = ""
        self._since = 0.0
        self._held = False
        self._drawn = False
        self._task: asyncio.Task[None] | None = None
        self._visible = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def show(self, text: str) -> None:
        """Say what is being waited for from now on."""
        if not self._text:
            self._since = time.monotonic()
        self._text = text
        if self._visible and self._task is None:
            self._task = asyncio.create_task(self._draw())

    def hide(self) -> None:
        """Nothing is being waited for."""
        self._text = ""
        self._erase()

    def hold(self, held: bool) -> None:
        """Keep the line away while the person is being asked something."""
        self._held = held
        self._erase()

    def say(self, text: str) -> None:
        """A line of its own on standard error."""
        self._erase()
        note(text)

    async def end(self) -> None:
        """Draw no more."""
        self.hide()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _draw(self) -> None:
        turn = 0
        while True:
            await asyncio.sleep(_TICK)
            waited = time.monotonic() - self._since
            if self._text and not self._held and waited > _UNSEEN:
                turn += 1
                self._put(f"{_TURN[turn % len(_TURN)]} {self._text}", f"{waited:.0f} s")

    def _put(self, text: str, tail: str) -> None:
        from shutil import get_terminal_size

        room = get_terminal_size().columns - len(tail) - 3
        shown = text if len(text) <= room else text[: max(room - 1, 0)] + "…"
        sys.stderr.write(f"\r\x1b[K{shown}  {paint(tail, 'dim', sys.stderr)}")
        sys.stderr.flush()
        self._drawn = True

    def _erase(self) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._drawn = False


def progress_text(what: str, progress: Progress) -> str:
    """A call's progress as one line: a bar where the end is known, and the server's own words."""
    parts = [what]
    if progress.total is not None and progress.total > 0:
        share = min(max(progress.progress / progress.total, 0.0), 1.0)
        full = round(share * _BAR)
        parts.append("▰" * full + "▱" * (_BAR - full))
    parts.append(progress.message or f"{progress.progress:g}")
    return "  ".join(parts)
