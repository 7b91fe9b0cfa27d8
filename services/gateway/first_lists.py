"""The first lists of a gateway: how long clients wait for servers that start."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from services.events import ServerState
from services.gateway.known import NAMED_BY

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from services.connection_manager import ConnectionManager
    from services.connections.offers import Offers
    from services.gateway.known import Known

    _Task = asyncio.Task[None]

__all__ = ("FirstLists",)

_MOMENT: Final = 3.0
"""Seconds after the start in which lists wait for servers that start; later nothing waits for one of many."""
_EMPTY_HANDED: Final = 20.0
"""Seconds after the start in which a client is not told that there is nothing while servers start."""


class FirstLists:
    """Waits for servers that have just been started: some clients ask once, and remember an empty list.

    What servers offered when they last ran stands in for those that are late.
    """

    def __init__(self, manager: ConnectionManager, known: Known, offers: Offers | None) -> None:
        self._manager = manager
        self._known = known
        self._offers = offers
        self._looked_up: set[str] = set()
        self._begun = 0.0

    async def begin(self) -> None:
        """Start all servers, without waiting for them.

        Those that start at their first use stay as they are where it is known what they offer.
        """
        self._begun = asyncio.get_running_loop().time()
        lazy = await self._recall_lazy(self._manager.servers)
        await self._manager.start()
        await self._learn(lazy)

    async def add(self, servers: Collection[str]) -> None:
        """Learn alike what servers offer that came later."""
        await self._learn(await self._recall_lazy(servers))

    async def _learn(self, lazy: Collection[str]) -> None:
        for name in lazy:
            unknown = not any(self._known.has(name, kind) for kind in NAMED_BY)
            if unknown and self._manager.status(name).state is ServerState.STOPPED:
                await self._manager.connect(name)

    async def _recall_lazy(self, servers: Collection[str]) -> list[str]:
        """Those of the servers that start at their first use; what they offered last is known from now on."""
        lazy = [name for name in servers if self._manager.settings(name).start == "lazy"]
        await self._recall(lazy)
        return lazy

    async def wait(self, servers: Sequence[str]) -> None:
        """Return when the lists of these servers may be told; once the gateway has run a while, at once."""
        starting = {
            asyncio.ensure_future(self._manager.listed(name)): name
            for name in servers
            if not self._known.has(name, "tools")
        }
        try:
            late = await self._first(starting, _MOMENT, asyncio.ALL_COMPLETED)
            await self._recall([starting[task] for task in late])
            while late and self._nothing_of(servers) and self._left(_EMPTY_HANDED):
                late = await self._first(late, _EMPTY_HANDED, asyncio.FIRST_COMPLETED)
        finally:
            for task in starting:
                task.cancel()

    async def _first(self, starting: Collection[_Task], seconds: float, until: str) -> Collection[_Task]:
        """Wait until so many seconds after the start; what is late then."""
        if starting:
            await asyncio.wait(starting, timeout=self._left(seconds), return_when=until)
        return [task for task in starting if not task.done()]

    def _left(self, seconds: float) -> float:
        return max(self._begun + seconds - asyncio.get_running_loop().time(), 0.0)

    def _nothing_of(self, servers: Sequence[str]) -> bool:
        return not any(self._known.entries(name, kind) for name in servers for kind in NAMED_BY)

    async def _recall(self, servers: Collection[str]) -> None:
        """Know servers by what they offered when they last ran, until they say themselves."""
        for name in servers:
            if self._offers is None or name in self._looked_up:
                continue
            self._looked_up.add(name)
            lists = await asyncio.to_thread(self._offers.wire, self._manager.settings(name))
            for kind, entries in lists.items():
                if not self._known.has(name, kind):
                    self._known.take(name, kind, entries)
