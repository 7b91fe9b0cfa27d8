"""Waiting for what happens, and seeing that the event loop goes on meanwhile."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tests.support.work import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

__all__ = ("Turns", "turning", "until", "wait_until")


async def until(condition: Callable[[], bool], timeout: float = PATIENCE) -> None:
    """Wait until a condition holds, or fail after the deadline."""
    async with asyncio.timeout(timeout):
        while not condition():  # noqa: ASYNC110 - any condition at all
            await asyncio.sleep(0.01)


def wait_until(condition: Callable[[], bool], what: str, timeout: float = PATIENCE) -> None:
    """The same without an event loop; `what` names what did not come."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come within {timeout:g} s")
        time.sleep(0.02)


class Turns:
    """How often the event loop came round."""

    count = 0

    async def go_on(self) -> None:
        """Count until cancelled."""
        while True:
            await asyncio.sleep(0.001)
            self.count += 1


@asynccontextmanager
async def turning() -> AsyncIterator[Turns]:
    """Count the turns of the loop while the block runs."""
    turns = Turns()
    task = asyncio.create_task(turns.go_on())
    try:
        yield turns
    finally:
        task.cancel()
