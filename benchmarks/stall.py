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
        self.busiest = 0.0
        """The same without what other threads and programs took: CPU seconds of the loop's own thread."""

    async def watch(self) -> None:
        """Wake up every tick and see how late it became; runs until cancelled."""
        before, worked_before = time.perf_counter(), time.thread_time()
        while True:
            await asyncio.sleep(TICK)
            now, worked = time.perf_counter(), time.thread_time()
            self.longest = max(self.longest, now - before - TICK)
            self.busiest = max(self.busiest, worked - worked_before)
            before, worked_before = now, worked


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
