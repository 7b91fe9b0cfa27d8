"""What clients hear without asking: changed lists, changed resources; in both eras."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    PromptsListChanged,
    ResourcesListChanged,
    ResourceUpdated,
    ToolsListChanged,
)
from mcp.shared.exceptions import MCPError

from services.errors import JackfieldError
from services.gateway import sdk
from services.gateway.naming import Target
from services.gateway.telling import GONE

if TYPE_CHECKING:
    from collections.abc import Coroutine, Hashable

    from mcp.server.context import ServerRequestContext
    from mcp.server.session import ServerSession
    from mcp_types import SubscriptionsListenRequestParams

    from services.connection_manager import ConnectionManager
    from services.events import CatalogKind
    from services.gateway.views import View

__all__ = ("News", "Room")

_PAUSE: Final = 0.05
"""Seconds in which changes of lists are told as one."""
_METHODS: Final[dict[CatalogKind, str]] = {
    "tools": "notifications/tools/list_changed",
    "prompts": "notifications/prompts/list_changed",
    "resources": "notifications/resources/list_changed",
    "templates": "notifications/resources/list_changed",
}
_EVENTS: Final[dict[str, Any]] = {
    "notifications/tools/list_changed": ToolsListChanged,
    "notifications/prompts/list_changed": PromptsListChanged,
    "notifications/resources/list_changed": ResourcesListChanged,
}


class Room:
    """The clients of one view."""

    def __init__(self, view: View, news: News) -> None:
        self.view = view
        self._news = news
        self._bus = InMemorySubscriptionBus()
        self._listen = ListenHandler(self._bus)
        self._sessions: dict[Hashable, ServerSession] = {}
        self._wishes: dict[Hashable, set[str]] = {}
        """For each connection the resources that it wants to hear of, as they are called here."""

    def joined(self, session: ServerSession) -> None:
        """A client of the handshake era is there; until its connection ends."""
        key = sdk.connection_of(session)
        if key not in self._sessions:
            self._sessions[key] = session
            self._wishes[key] = set()
            sdk.on_close(session, lambda: self._left(key))

    async def listen(
        self, context: ServerRequestContext[Any, Any], params: SubscriptionsListenRequestParams
    ) -> Any:
        """Serve `subscriptions/listen` of 2026-07-28."""
        targets = [
            target
            for uri in params.notifications.resource_subscriptions or ()
            if (target := self.view.resource(uri)) is not None
        ]
        for target in targets:
            await self._news.follow(target)
        try:
            return await self._listen(context, params)
        finally:
            for target in targets:
                self._news.leave(target)

    async def subscribe(self, session: ServerSession, uri: str, target: Target) -> None:
        """`resources/subscribe` of the handshake era."""
        wishes = self._wishes.setdefault(sdk.connection_of(session), set())
        if uri not in wishes:
            await self._news.follow(target, refused=True)
            wishes.add(uri)

    async def unsubscribe(self, session: ServerSession, uri: str, target: Target) -> None:
        """`resources/unsubscribe`."""
        wishes = self._wishes.get(sdk.connection_of(session), set())
        if uri in wishes:
            wishes.discard(uri)
            self._news.leave(target)

    async def tell(self, method: str) -> None:
        """Tell everybody that a list changed."""
        await self._bus.publish(_EVENTS[method]())
        for session in tuple(self._sessions.values()):
            await _told(session, method, None)

    async def updated(self, server: str, uri: str) -> None:
        """Tell those who follow a resource, or what lies above it, that it changed."""
        name = self.view.name_of("resources", Target(server, uri))
        await self._bus.publish(ResourceUpdated(uri=name))
        for key, wishes in tuple(self._wishes.items()):
            if any(name == wish or name.startswith(wish.rstrip("/") + "/") for wish in wishes):
                await _told(self._sessions[key], "notifications/resources/updated", {"uri": name})

    def close(self) -> None:
        """End the streams of news."""
        self._listen.close()

    def _left(self, key: Hashable) -> None:
        self._sessions.pop(key, None)
        for uri in self._wishes.pop(key, ()):
            if (target := self.view.resource(uri)) is not None:
                self._news.leave(target)


class News:
    """What is told to the clients of all views."""

    manager: ConnectionManager

    def __init__(self) -> None:
        self._rooms: list[Room] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed: set[tuple[str, str]] = set()
        self._followed: Counter[Target] = Counter()

    def room(self, view: View) -> Room:
        """The room of one view more."""
        room = Room(view, self)
        self._rooms.append(room)
        return room

    def changed(self, server: str, kind: CatalogKind) -> None:
        """A list of a server changed."""
        if not self._changed:
            self.soon(self._tell())
        self._changed.add((server, _METHODS[kind]))

    def updated(self, server: str, uri: str) -> None:
        """A resource changed."""
        for room in self._rooms:
            if server in room.view.behind():
                self.soon(room.updated(server, uri))

    def soon(self, work: Coroutine[Any, Any, None]) -> None:
        """Have something done that nobody waits for."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def follow(self, target: Target, *, refused: bool = False) -> None:
        """Hear of a resource for one client more; with `refused` raises MCPError where that cannot be."""
        self._followed[target] += 1
        if self._followed[target] > 1:
            return
        try:
            await self.manager.subscribe(target.server, target.name)
        except JackfieldError as error:
            if refused:
                self._followed[target] -= 1
                raise MCPError(-32603, error.message) from error

    def leave(self, target: Target) -> None:
        """One client fewer wants to hear of a resource."""
        self._followed[target] -= 1
        if self._followed[target] <= 0:
            del self._followed[target]
            self.soon(self._unsubscribe(target))

    def close(self) -> None:
        """Tell nothing more."""
        for room in self._rooms:
            room.close()
        for task in tuple(self._tasks):
            task.cancel()

    async def _unsubscribe(self, target: Target) -> None:
        try:
            await self.manager.unsubscribe(target.server, target.name)
        except JackfieldError:
            return  # it is gone, and with it what was wished of it

    async def _tell(self) -> None:
        await asyncio.sleep(_PAUSE)
        changed, self._changed = self._changed, set()
        for room in self._rooms:
            behind = room.view.behind()
            for method in sorted({method for server, method in changed if server in behind}):
                await room.tell(method)


async def _told(session: ServerSession, method: str, params: dict[str, Any] | None) -> None:
    try:
        await sdk.notify(session, method, params, within=False)
    except GONE:
        return
