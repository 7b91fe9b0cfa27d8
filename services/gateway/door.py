"""The gateway put together: servers behind, views in front, and how both begin and end."""

from __future__ import annotations

import asyncio
from functools import partial
from secrets import token_bytes
from typing import TYPE_CHECKING, Self

from services.events import ServersChanged, ServerState, StatusChanged
from services.gateway.first_lists import FirstLists
from services.gateway.gateway import Gateway
from services.gateway.keys import Keys
from services.gateway.serving import ViewServer
from services.gateway.stdio import client_streams
from services.gateway.telling import GONE
from services.gateway.views import View
from services.settings import GatewaySettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from services.connection_manager import Applied, ConnectionManager
    from services.connections.offers import Offers
    from services.connections.relay import Relay
    from services.events import Event
    from services.gateway.audit import Audit
    from services.gateway.state.shared import SharedState
    from services.settings import ServerSettings

__all__ = ("Door",)


def _raise_fault(serving: asyncio.Task[None]) -> None:
    """Raise what went wrong, but for a client that left in the middle of something."""
    error = None if serving.cancelled() else serving.exception()
    if isinstance(error, BaseExceptionGroup):
        _, error = error.split(GONE)
    if error is not None and not isinstance(error, GONE):
        raise error


def _is_shared(path: str) -> bool:
    """Whether several servers may stand behind a path."""
    return not path or path.startswith("group/")


class Door:
    """One MCP server in front of many; `make` builds the manager of the servers behind.

    With the same `task_key` callers find their tasks again after a new start. `shared` is what it has in
    common with other processes that serve the same.

    async with Door(make, settings) as door: await door.stdio()
    """

    def __init__(
        self,
        make: Callable[[Relay, Callable[[Event], None]], ConnectionManager],
        settings: GatewaySettings | None = None,
        *,
        read_only: bool = False,
        somebody_here: Callable[[], bool] = lambda: False,
        audit: Audit | None = None,
        offers: Offers | None = None,
        task_key: bytes | None = None,
        shared: SharedState | None = None,
        listener: Callable[[Event], None] = lambda _: None,
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.settings = settings if settings is not None else GatewaySettings()
        self._read_only = read_only
        self.gateway = Gateway(
            questions=self.settings.questions, somebody_here=somebody_here, audit=audit, warn=warn
        )
        self._audit = audit
        self._keys = Keys(task_key or token_bytes(32))
        self.shared = shared
        if shared is not None:
            shared.serve(self.gateway, self._keys)
        self._listener = listener
        self.manager = make(self.gateway, self._hear)
        news = self.gateway.news
        self.gateway.manager = news.follows.manager = news.tasks.manager = self.manager
        self.gateway.given.manager = self.manager
        self._first_lists = FirstLists(self.manager, self.gateway.known, offers)
        self._views: dict[str, ViewServer] = {}
        self.followers: list[Callable[[GatewaySettings], Awaitable[None]]] = []
        """Are told of other settings before those are lived by."""

    async def __aenter__(self) -> Self:
        """Start all servers; waits for none."""
        for name in self.manager.servers:
            if self._audit is not None:
                self._audit.learn(self.manager.trace(name).redactor)
        await self._first_lists.begin()
        if self.shared is not None:
            await self.shared.begin()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.gateway.news.close()
        self.gateway.close()
        if self.shared is not None:
            await self.shared.close()
        await self.manager.close()

    async def live_by(self, servers: Sequence[ServerSettings], settings: GatewaySettings) -> Applied:
        """Live by another configuration: only servers whose settings differ are started, ended or told.

        Clients hear of each list that is another one afterwards. Of `settings` all counts but the state.
        Raises ConfigurationError where one of the followers cannot live by it: then nothing has changed.
        """
        for server in self._views.values():
            server.note_lists()
        for follow in self.followers:
            await follow(settings)
        self.settings = settings
        self.gateway.answering.wish = settings.questions
        for path, server in self._views.items():
            server.offer(search=settings.search and _is_shared(path), pinned=settings.pinned)
        applied = await self.manager.apply(servers)
        await self._first_lists.add(applied.added)
        self._tell_changes()
        return applied

    def _tell_changes(self) -> None:
        for server in self._views.values():
            server.tell_changes()

    def behind(self) -> tuple[str, ...]:
        """The servers that are offered, in the order of the configuration."""
        hidden = (ServerState.DISABLED, ServerState.INVALID)
        return tuple(each.server for each in self.manager.statuses if each.state not in hidden)

    def server(self, path: str = "") -> ViewServer | None:
        """What serves a path below `/mcp`: ``, `SERVER`, `group/NAME`; None for one that is not there.

        Its clients come and go; it stays.
        """
        if (behind := self._servers_of(path)) is None:
            return None
        if path not in self._views:
            self._views[path] = self._open(path, behind)
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
            return partial(self._members, name) if name in self.settings.groups else None
        return partial(self._alone, path) if path in self.behind() else None

    def _members(self, group: str) -> tuple[str, ...]:
        members = self.settings.groups.get(group, ())
        return tuple(name for name in self.behind() if name in members)

    def _alone(self, name: str) -> tuple[str, ...]:
        return (name,) if name in self.behind() else ()

    def _open(self, path: str, behind: Callable[[], Sequence[str]]) -> ViewServer:
        shared = _is_shared(path)
        view = View(
            f"/mcp/{path}".rstrip("/"),
            self.gateway.known,
            self.manager.settings,
            behind,
            prefixed=shared,
            read_only=self._read_only,
            keys=self._keys,
        )
        return ViewServer(
            self.gateway,
            self.gateway.news.room(view),
            first_lists=lambda: self._first_lists.wait(behind()),
            search=self.settings.search and shared,
            pinned=self.settings.pinned,
        )

    def _hear(self, event: Event) -> None:
        if isinstance(event, ServersChanged):
            self.gateway.known.keep_only(event.servers)
            self._tell_changes()
        if isinstance(event, StatusChanged) and event.status.state is ServerState.READY:
            self._learn(event.status.server)
        self._listener(event)

    def _learn(self, name: str) -> None:
        if self._audit is not None:
            self._audit.learn(self.manager.trace(name).redactor)
