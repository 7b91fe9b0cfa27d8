"""Which resources are followed at their servers, and for how many clients each."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.errors import JackfieldError

if TYPE_CHECKING:
    from services.connection_manager import ConnectionManager
    from services.gateway.naming import Target

__all__ = ("Follows",)


@dataclass(slots=True)
class _Followed:
    count: int = 0
    """The clients that want to hear of it."""
    there: bool = False
    """Whether the server was told so."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Follows:
    """Tells servers what is to be followed; one after another for each resource, so that the last wish holds.

    What a server is told is told by tasks of its own: a client that leaves meanwhile cuts nothing off.
    """

    manager: ConnectionManager

    def __init__(self) -> None:
        self._followed: dict[Target, _Followed] = {}
        self._tasks: set[asyncio.Task[JackfieldError | None]] = set()

    def join(self, target: Target) -> asyncio.Task[JackfieldError | None]:
        """One client more wants to hear of a resource, until `leave`; comes to why it cannot, or None."""
        self._followed.setdefault(target, _Followed()).count += 1
        return self._settled(target)

    def leave(self, target: Target) -> None:
        """One client fewer wants to hear of a resource."""
        self._followed[target].count -= 1
        self._settled(target)

    def close(self) -> None:
        """Tell servers nothing more."""
        for task in tuple(self._tasks):
            task.cancel()

    def _settled(self, target: Target) -> asyncio.Task[JackfieldError | None]:
        task = asyncio.ensure_future(self._settle(target, self._followed[target]))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _settle(self, target: Target, followed: _Followed) -> JackfieldError | None:
        """Tell the server what is wanted now, where that is something new."""
        async with followed.turn:
            wanted = followed.count > 0
            try:
                if wanted and not followed.there:
                    await self.manager.subscribe(target.server, target.name)
                    followed.there = True
                elif followed.there and not wanted:
                    followed.there = False
                    await self.manager.unsubscribe(target.server, target.name)
            except JackfieldError as error:
                return error  # where it is gone, so is what was wished of it
            finally:
                if not followed.count and not followed.there and self._followed.get(target) is followed:
                    del self._followed[target]
        return None
