"""What clients hear without asking: changed lists and resources, in both eras, and how tasks go."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
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
from mcp_types import INTERNAL_ERROR

from services.gateway import sdk
from services.gateway.downstream import Downstream
from services.gateway.follows import Follows
from services.gateway.naming import Target
from services.gateway.task_news import TaskNews, TaskStream, tasks_of
from services.gateway.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Coroutine, Hashable, Iterable, Mapping

    from mcp.server.context import ServerRequestContext
    from mcp.server.session import ServerSession
    from mcp_types import SubscriptionsListenRequestParams

    from services.errors import JackfieldError
    from services.events import CatalogKind
    from services.gateway.views import View

__all__ = ("News", "Room")

_PAUSE: Final = 0.05
"""Seconds in which changes of lists are told as one."""
_PATIENCE: Final = 3.0
"""Seconds that a stream of news waits for servers to be told what is to be followed."""
_METHODS: Final[dict[CatalogKind, str]] = {
    "tools": "notifications/tools/list_changed",
    "prompts": "notifications/prompts/list_changed",
    "resources": "notifications/resources/list_changed",
    "templates": "notifications/resources/list_changed",
    "skills": "notifications/resources/list_changed",
}
_EVENTS: Final[dict[str, Any]] = {
    "notifications/tools/list_changed": ToolsListChanged,
    "notifications/prompts/list_changed": PromptsListChanged,
    "notifications/resources/list_changed": ResourcesListChanged,
}


@dataclass(slots=True)
class _Client:
    """A client of the handshake era, while its connection lasts."""

    session: ServerSession
    wishes: dict[str, Target] = field(default_factory=dict)
    """The resources that it wants to hear of, by what they were called when it said so."""
    telling: Telling = field(default_factory=Telling)
    """What it is told, one after another: one that does not read holds up nobody else."""

    def tell(self, method: str, params: Mapping[str, Any] | None = None) -> None:
        self.telling.put(partial(sdk.notify, self.session, method, params, within=False))


class Room:
    """The clients of one view."""

    def __init__(self, view: View, news: News) -> None:
        self.view = view
        self._news = news
        self._follows = news.follows
        self._bus = InMemorySubscriptionBus()
        self._listen = ListenHandler(self._bus)
        self._clients: dict[Hashable, _Client] = {}

    def joined(self, session: ServerSession) -> _Client:
        """A client of the handshake era is there; until its connection ends."""
        key = sdk.connection_of(session)
        if key not in self._clients:
            self._clients[key] = _Client(session)
            sdk.on_close(session, lambda: self._left(key))
        return self._clients[key]

    async def listen(
        self, context: ServerRequestContext[Any, Any], params: SubscriptionsListenRequestParams
    ) -> Any:
        """Serve `subscriptions/listen` of 2026-07-28; a slow server holds it up for a moment only."""
        targets = [
            target
            for uri in params.notifications.resource_subscriptions or ()
            if (target := self.view.resource(uri)) is not None
        ]
        stream = TaskStream(context, tasks_of(Downstream(context, self.view)), self._news.tasks)
        telling = [self._follows.join(target) for target in targets]
        try:
            if telling:
                await asyncio.wait(telling, timeout=_PATIENCE)
            return await self._listen(stream.context, params)
        finally:
            stream.close()
            for target in targets:
                self._follows.leave(target)

    async def subscribe(self, session: ServerSession, uri: str, target: Target) -> None:
        """`resources/subscribe` of the handshake era; raises MCPError where its server does not."""
        client = self.joined(session)
        if uri in client.wishes:
            return
        client.wishes[uri] = target
        error: JackfieldError | None = None
        done = False
        try:
            error = await asyncio.shield(self._follows.join(target))
            done = error is None
        finally:
            if not done:
                self._forget(client, uri)
        if error is not None:
            raise MCPError(INTERNAL_ERROR, error.message) from error

    def unsubscribe(self, session: ServerSession, uri: str) -> bool:
        """`resources/unsubscribe`; whether the client was subscribed."""
        client = self._clients.get(sdk.connection_of(session))
        return client is not None and self._forget(client, uri)

    async def tell(self, method: str) -> None:
        """Tell everybody that a list changed."""
        await self._bus.publish(_EVENTS[method]())
        for client in tuple(self._clients.values()):
            client.tell(method)

    def tell_soon(self, kinds: Iterable[CatalogKind]) -> None:
        """Tell everybody that these lists changed, each message once."""
        for method in sorted({_METHODS[kind] for kind in kinds}):
            self._news.soon(self.tell(method))

    async def updated(self, server: str, uri: str) -> None:
        """Tell those who follow a resource, or what lies above it, that it changed."""
        name = self.view.name_of("resources", Target(server, uri))
        await self._bus.publish(ResourceUpdated(uri=name))
        for client in tuple(self._clients.values()):
            if (wished := _wished(client.wishes, server, uri)) is not None:
                client.tell("notifications/resources/updated", {"uri": wished})

    def close(self) -> None:
        """End the streams of news, and tell nothing more."""
        self._listen.close()
        for client in self._clients.values():
            client.telling.drop()

    def _left(self, key: Hashable) -> None:
        client = self._clients.pop(key)
        client.telling.drop()
        for uri in tuple(client.wishes):
            self._forget(client, uri)

    def _forget(self, client: _Client, uri: str) -> bool:
        target = client.wishes.pop(uri, None)
        if target is not None:
            self._follows.leave(target)
        return target is not None


class News:
    """What is told to the clients of all views."""

    def __init__(self) -> None:
        self.follows = Follows()
        self.tasks = TaskNews()
        self._rooms: list[Room] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed: set[tuple[str, str]] = set()

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

    def close(self) -> None:
        """Tell nothing more."""
        for room in self._rooms:
            room.close()
        self.follows.close()
        self.tasks.close()
        for task in tuple(self._tasks):
            task.cancel()

    async def _tell(self) -> None:
        await asyncio.sleep(_PAUSE)
        changed, self._changed = self._changed, set()
        for room in self._rooms:
            behind = room.view.behind()
            for method in sorted({method for server, method in changed if server in behind}):
                await room.tell(method)


def _wished(wishes: Mapping[str, Target], server: str, uri: str) -> str | None:
    """What a client calls a resource that it wants to hear of, or that lies below such a one."""
    for wish, target in wishes.items():
        if target.server == server and target.name == uri:
            return wish
    for wish, target in wishes.items():
        above = target.name.rstrip("/")
        if target.server == server and uri.startswith(f"{above}/"):
            return wish.rstrip("/") + uri[len(above) :]
    return None
