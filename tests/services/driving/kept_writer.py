"""A writer that keeps what is written, and takes as much of it as a test lets it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

__all__ = ("Kept",)


class Kept:
    """Takes everything at once; one that is `stuck` only what `read` lets go."""

    def __init__(self, *, stuck: bool = False) -> None:
        self.messages: list[dict[str, Any]] = []
        self.taken = 0
        self._stuck = stuck
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    def write(self, data: bytes) -> asyncio.Future[None]:
        self.messages.append(json.loads(data))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._stuck:
            self._waiting.append((len(data), done))
        else:
            self._take(len(data), done)
        return done

    def read(self) -> None:
        """The other side reads all that waits."""
        waiting, self._waiting = self._waiting, []
        for size, done in waiting:
            self._take(size, done)

    def _take(self, size: int, done: asyncio.Future[None]) -> None:
        self.taken += size
        done.set_result(None)

    def codes(self) -> list[int]:
        return [one["error"]["code"] for one in self.messages if "error" in one]
