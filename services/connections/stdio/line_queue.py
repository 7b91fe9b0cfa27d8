"""The lines that a server has written and its session has not read: as many as memory is given for."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

from services.connections.stdio.lines import Oversized

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ("LineQueue",)

_HELD_LINES: Final = 512
_HELD_BYTES: Final = 1 << 23
"""Above these the server is no longer read until the session has caught up."""

_TURN: Final = 0.002
"""Seconds of lines that are taken in one turn of the loop."""


class LineQueue:
    """Lines in order; `hold` stops the reading of the server, and resumes it."""

    def __init__(self, hold: Callable[[bool], None]) -> None:
        self._hold = hold
        self._lines: deque[bytes | Oversized] = deque()
        self._queued = 0
        self._held = False
        self._news = asyncio.Event()
        self._turn = 0.0
        self.open = True
        """Whether more may come."""

    @property
    def ended(self) -> bool:
        """Whether the line that was taken last was the last of all; it may be cut short."""
        return not self.open and not self._lines

    def put(self, lines: Iterable[bytes | Oversized]) -> None:
        """Add lines; whoever waits hears of them with `come`."""
        for line in lines:
            self._lines.append(line)
            self._queued += _weight(line)

    def come(self) -> None:
        """All there was has been put; a server that is too far ahead is held."""
        self._news.set()
        if not self._held and (len(self._lines) > _HELD_LINES or self._queued > _HELD_BYTES):
            self._held = True
            self._hold(True)

    def close(self) -> None:
        """No more lines come."""
        self.open = False
        self._news.set()

    async def next(self) -> bytes | Oversized | None:
        """The next line; None when there will be no more."""
        await self.turn()
        while not self._lines:
            if not self.open:
                return None
            self._news.clear()
            await self._news.wait()
            self._turn = asyncio.get_running_loop().time()
        line = self._lines.popleft()
        self._queued -= _weight(line)
        if self._held and len(self._lines) < _HELD_LINES // 2 and self._queued < _HELD_BYTES:
            self._held = False
            self._hold(False)
        return line

    async def turn(self) -> None:
        """Let everything else have its turn now and then, however many messages there are."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._turn > _TURN:
            await asyncio.sleep(0)
            self._turn = loop.time()


def _weight(line: bytes | Oversized) -> int:
    return len(line.head) if isinstance(line, Oversized) else len(line)
