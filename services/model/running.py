"""The calls that are under way, each of which can be stopped without the others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

__all__ = ("Running", "Stopped")

T = TypeVar("T")


class Stopped(Exception):
    """The person stopped this one call."""


class Running:
    """Runs calls by their ids."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self._stopped: set[str] = set()

    async def run(self, call_id: str, work: Coroutine[Any, Any, T]) -> T:
        """What the work returns. Raises Stopped; cancelled, the work is cancelled and waited for."""
        task = asyncio.create_task(work)
        self._tasks[call_id] = task
        try:
            return await task
        except asyncio.CancelledError:
            ours = asyncio.current_task()
            if call_id in self._stopped and not (ours is not None and ours.cancelling()):
                raise Stopped from None
            raise
        finally:
            self._tasks.pop(call_id, None)

    def stop(self, call_id: str) -> bool:
        """Stop one call; False when it is not under way."""
        task = self._tasks.get(call_id)
        if task is not None:
            self._stopped.add(call_id)
            task.cancel()
        return task is not None
