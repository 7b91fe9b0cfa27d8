"""What a client is told within a request, in its order, and all of it before the result."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

import anyio
from mcp.shared.exceptions import MCPError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ("GONE", "Telling")

GONE: Final = (MCPError, anyio.BrokenResourceError, anyio.ClosedResourceError)
"""What is raised where a client that is to be told something has left."""

_MOST: Final = 1_000
"""Messages that wait for a client which does not read; the oldest are dropped."""
_TURNS: Final = 3
"""Turns of the loop until everything that came before a result has been handed over."""


class Telling:
    """The messages of one request, or of one connection."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], Awaitable[None]]] = deque(maxlen=_MOST)
        self._task: asyncio.Task[None] | None = None

    def put(self, message: Callable[[], Awaitable[None]]) -> None:
        """Have a message sent after those before it."""
        self._waiting.append(message)
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._run())

    async def end(self) -> None:
        """Return when all have been sent."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        if self._task is not None:
            await asyncio.wait((self._task,))

    def drop(self) -> None:
        """Send nothing more."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        while self._waiting:
            try:
                await self._waiting.popleft()()
            except GONE:
                self._waiting.clear()
