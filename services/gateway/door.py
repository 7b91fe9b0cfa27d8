"""The gateway put together: servers behind, views in front, and how both begin and end."""

from __future__ import annotations

import asyncio
from functools import partial
from secrets import token_bytes
from typing import TYPE_CHECKING, Self

from services.events import ServersChanged, ServerState, StatusChanged
from services.gateway.first_lists import FirstLists
from services.gateway.gateway import Gateway
from services.gateway.serving import ViewServer
from services.gateway.stdio import client_streams
from services.gateway.telling import GONE
from services.gateway.views import View
from services.settings import GatewaySettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from services.connection_manager import ConnectionManager
    from services.connections.offers import Offers
    from services.connections.relay import Relay
    from services.events import Event
    from services.gateway.audit import Audit

__all__ = ("Door",)


def _raise_fault(serving: asyncio.Task[None]) -> None:
    """Raise what went wrong, but for a client that left in the middle of something."""
    error = None if serving.cancelled() else serving.exception()
    if isinstance(error, BaseExceptionGroup):
        _, error = error.split(GONE)
    if error is not None and not isinstance(error, GONE):
        raise error


class Door:
    """One MCP server in front of many; `make` builds the manager of the servers behind.

    With the same `task_key` callers find their tasks again after a new start.

    async with Door(make, settings) as door: await door.stdio()
    """

    def __init__(
        self,
        make: Callable[[Relay, Callable[[Event], None]], ConnectionManager],
        settings: GatewaySettings | None = None,
        *,
        read_only: bool = False,
        somebody_here: bool = False,
        audit: Audit | None = None,
        offers: Offers | None = None,
        task_key: bytes | None = None,
        listener: Callable[[Event], None] = lambda _: None,
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.settings = settings if settings is not None else GatewaySettings()
        self._read_only = read_only
        self.gateway = Gateway(
            questions=self.settings.questions, somebody_here=somebody_here, audit=audit, warn=warn
        )
        self._audit = audit
        self._task_key = task_key or token_bytes(32)
        self._listener = listener
        self.manager = make(self.gateway, self._hear)
        news = self.gateway.news
        self.gateway.manager = news.follows.manager = news.tasks.manager = self.manager
        self._first_lists = FirstLists(self.manager, self.gateway.known, offers)
        self._views: dict[str, ViewServer] = {}

    async def __aenter__(self) -> Self:
        """Start all servers; waits for none."""
        for name in self.manager.servers:
            if self._audit is not None:
                self._audit.learn(self.manager.trace(name).redactor)
        await self._first_lists.begin()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.gateway.news.close()
        self.gateway.close()
        await self.manager.close()

    def behind(self) -> tuple[str, ...]:
        """The servers that are offered, in the order of the configuration."""
        hidden = (ServerState.DISABLED, ServerState.INVALID)
        return tuple(each.server for each in self.manager.statuses if each.state not in hidden)

    def server(self, path: str = "") -> ViewServer | None:
        """What serves a path below `/mcp`: ``, `SERVER`, `group/NAME`; None for one that is not there.

        Its clients come and go; it stays.
        """
        if path not in self._views:
            behind = self._servers_of(path)
            if behind is None:
                return None
            self._views[path] = self._open(path, behind)
        elif path and not path.startswith("group/") and path not in self.behind():
            return None
        return self._views[path]

    async def stdio(self, path: str = "") -> None:
        """Serve one client on standard input and output until it leaves."""
        server = self.server(path)
        assert server is not None
        async with client_streams() as (incoming, outgoing):
            options = server.create_initialization_options()
            serving = asyncio.create_task(server.run(incoming, outgoing, options), name="gateway client")
            try:
                await asyncio.wait((serving,))
            finally:
                serving.cancel()
                await asyncio.wait((serving,))
                _raise_fault(serving)

    def _servers_of(self, path: str) -> Callable[[], Sequence[str]] | None:
        if not path:
            return self.behind
        kind, _, name = path.partition("/")
        if kind == "group" and name:
            members = self.settings.groups.get(name)
            return None if members is None else partial(self._members, members)
        return partial(self._members, (path,)) if path in self.behind() else None

    def _members(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in self.behind() if name in names)

    def _open(self, path: str, behind: Callable[[], Sequence[str]]) -> ViewServer:
        alone = bool(path) and not path.startswith("group/")
        view = View(
            f"/mcp/{path}".rstrip("/"),
            self.gateway.known,
            self.manager.settings,
            behind,
            prefixed=not alone,
            read_only=self._read_only,
            task_key=self._task_key,
        )
        return ViewServer(
            self.gateway,
            self.gateway.news.room(view),
            first_lists=lambda: self._first_lists.wait(behind()),
            search=self.settings.search and not alone,
            pinned=self.settings.pinned,
        )

    def _hear(self, event: Event) -> None:
        if isinstance(event, ServersChanged):
            self.gateway.known.keep_only(event.servers)
        if isinstance(event, StatusChanged) and event.status.state is ServerState.READY:
            self._learn(event.status.server)
        self._listener(event)

    def _learn(self, name: str) -> None:
        if self._audit is not None:
            self._audit.learn(self.manager.trace(name).redactor)
