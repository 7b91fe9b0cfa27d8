"""Lines that the person types, read so that nothing waits for them but who wants one."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from contextlib import suppress
from typing import Final

try:
    import termios
except ImportError:  # Windows
    termios = None  # type: ignore[assignment]

__all__ = ("Typed",)

_TOGETHER: Final = 0.1
"""Seconds without another line after which an answer is whole."""


class Typed:
    """Standard input, line by line. A thread reads it: it may sit there when the program ends."""

    def __init__(self) -> None:
        self.alone = asyncio.Lock()
        """Held by whoever asks the person something: two at once take each other's answers."""
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._reading = False
        self._ended = False
        """Whether nothing more can come."""

    async def line(self) -> str | None:
        """The next line without its end; None when there are no more (Ctrl+D)."""
        if not self._reading:
            self._reading = True
            loop = asyncio.get_running_loop()
            threading.Thread(target=self._read, args=(loop,), daemon=True, name="typed lines").start()
        if self._ended and self._lines.empty():
            return None
        return await self._lines.get()

    async def answer(self) -> str | None:
        """The next line with those that came together with it: what is pasted is one answer, not many."""
        lines = [await self.line()]
        with suppress(TimeoutError):
            while lines[-1] is not None:
                async with asyncio.timeout(_TOGETHER):
                    lines.append(await self.line())
        text = [line for line in lines if line is not None]
        return "\n".join(text) if text else None

    def forget(self) -> None:
        """Drop what was typed before anybody asked, a line begun and not ended included."""
        while not self._lines.empty():
            self._lines.get_nowait()
        if termios is not None and os.isatty(0):
            with suppress(termios.error):
                termios.tcflush(0, termios.TCIFLUSH)

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        encoding = sys.stdin.encoding or "utf-8"
        with suppress(RuntimeError):  # the loop is gone
            while not self._ended:
                data = self._data()
                # At a terminal more may come after Ctrl+D; one that is gone would say so without end.
                self._ended = self._ended or (not data and not os.isatty(0))
                lines = data.decode(encoding, "replace").removesuffix("\n").split("\n") if data else [None]
                for line in lines:
                    loop.call_soon_threadsafe(self._lines.put_nowait, line)

    def _data(self) -> bytes:
        """What comes next; nothing after Ctrl+D, and from a terminal that is gone or not ours to read."""
        # Straight from the descriptor: a reader that holds Python's own lock on standard input
        # would crash the interpreter at its end.
        try:
            return os.read(0, 1 << 16)
        except OSError:
            self._ended = True
            return b""
