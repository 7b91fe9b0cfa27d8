"""A crowd that goes through a door a few at a time, so that the loop answers others in between.

A thousand calls made at once would begin in one turn of the event loop, and keys would wait for all of them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final
from weakref import WeakKeyDictionary

__all__ = ("turn",)

_A_TURN: Final = 16
"""What may begin in one turn of the loop, in calls of about 0.2 ms."""


class _Door:
    def __init__(self) -> None:
        self._waiting = deque[tuple[asyncio.Future[None], int]]()
        self._left = _A_TURN
        self._counting = False

    async def take(self, cost: int) -> None:
        if self._left > 0 and not self._waiting:
            self._left -= cost
            self._count()
            return
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((future, cost))
        self._count()
        await future

    def _count(self) -> None:
        if not self._counting:
            self._counting = True
            asyncio.get_running_loop().call_soon(self._next_turn)

    def _next_turn(self) -> None:
        self._counting, self._left = False, _A_TURN
        while self._waiting and self._left > 0:
            future, cost = self._waiting.popleft()
            if not future.done():  # whoever waited may have been cancelled
                future.set_result(None)
                self._left -= cost
        if self._left < _A_TURN:
            self._count()


_doors: WeakKeyDictionary[asyncio.AbstractEventLoop, _Door] = WeakKeyDictionary()


async def turn(cost: int = 1) -> None:
    """Wait until it is one's turn to begin something that takes the loop about `cost` times 0.2 ms."""
    loop = asyncio.get_running_loop()
    if (door := _doors.get(loop)) is None:
        door = _doors[loop] = _Door()
    await door.take(cost)
