"""Lines that the person types, read so that nothing waits for them but who wants one."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from contextlib import suppress

__all__ = ("Typed",)


class Typed:
    """Standard input, line by line. A thread reads it: it may sit there when the program ends."""

    def __init__(self) -> None:
        self.alone = asyncio.Lock()
        """Held by whoever asks the person something: two at once take each other's answers."""
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._reading = False

    async def line(self) -> str | None:
        """The next line without its end; None when there are no more (Ctrl+D)."""
        if not self._reading:
            self._reading = True
            loop = asyncio.get_running_loop()
            threading.Thread(target=self._read, args=(loop,), daemon=True, name="typed lines").start()
        return await self._lines.get()

    def forget(self) -> None:
        """Drop what was typed before anybody asked."""
        while not self._lines.empty():
            self._lines.get_nowait()

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        # Straight from the descriptor: a reader that holds Python's own lock on standard input
        # would crash the interpreter at its end.
        encoding = sys.stdin.encoding or "utf-8"
        with suppress(OSError, RuntimeError):  # the terminal is gone, or the loop is
            while True:
                data = os.read(0, 1 << 16)
                lines = data.decode(encoding, "replace").removesuffix("\n").split("\n") if data else [None]
                for line in lines:
                    loop.call_soon_threadsafe(self._lines.put_nowait, line)
