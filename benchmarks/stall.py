"""The longest time an event loop did not answer."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ("Stall", "watched")

TICK = 0.002


class Stall:
    """How long the loop was away at most, in seconds, beyond the tick itself."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        """Wake up every tick and see how late it became; runs until cancelled."""
        before = time.perf_counter()
        while True:
            await asyncio.sleep(TICK)
            now = time.perf_counter()
            self.longest = max(self.longest, now - before - TICK)
            before = now


@asynccontextmanager
async def watched() -> AsyncIterator[Stall]:
    """Watch the loop while the block runs."""
    stall = Stall()
    task = asyncio.create_task(stall.watch())
    await asyncio.sleep(0)
    try:
        yield stall
        # A stall at the very end is seen by the tick after it.
        await asyncio.sleep(TICK * 2)
    finally:
        task.cancel()
