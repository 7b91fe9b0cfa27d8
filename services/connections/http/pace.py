"""How often streams are opened again, whatever pause a server asks for (`retry: 0`)."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

__all__ = ("Pace",)

_AT_ONCE: Final = 10
"""Openings within a window that wait for nothing: several streams may break together."""

_WINDOW: Final = 10.0
_FLOOR: Final = 1.0


class Pace:
    """Lets the first openings pass, and each further one of a window wait a second."""

    def __init__(self) -> None:
        self._opened: deque[float] = deque(maxlen=_AT_ONCE)

    async def wait(self) -> None:
        """Before a stream is opened."""
        loop = asyncio.get_running_loop()
        if len(self._opened) == _AT_ONCE and loop.time() - self._opened[0] < _WINDOW:
            await asyncio.sleep(_FLOOR)
        self._opened.append(loop.time())
