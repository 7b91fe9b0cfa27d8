"""What clients of 2026-07-28 hear of their tasks on a stream of news (`notifications/tasks`, SEP-2663).

A task is looked at while somebody listens, as often as its server wishes, and at once where the server tells
of it by itself: so clients hear of tasks of servers that tell nothing too, and after a break.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from mcp.server.subscriptions import SUBSCRIPTION_ID_META_KEY
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    SubscriptionsAcknowledgedNotification,
)

from services.errors import JackfieldError, ServerError, UnknownServer
from services.gateway import sdk
from services.gateway.rounds import pause_of
from services.gateway.task_forms import OPEN, TASKS, knows
from services.gateway.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from mcp.server.context import ServerRequestContext

    from services.connection_manager import ConnectionManager
    from services.gateway.beyond import Beyond
    from services.gateway.downstream import Downstream
    from services.gateway.naming import Target

    Hear = Callable[[Mapping[str, Any]], None]

__all__ = ("TaskNews", "TaskStream", "tasks_of")

_MOST: Final = 100
"""Tasks of one stream."""
_SHORTEST: Final = 0.1
"""Seconds between two looks, however often a server tells."""
_AGAIN: Final = 10.0
"""Seconds until a server that is away is asked again."""


def tasks_of(down: Downstream) -> dict[str, Target]:
    """The tasks that a stream of news is to tell of, by their names; those of others are left out.

    Raises MCPError for a client that asks for such news and does not say that it knows tasks.
    """
    wished = (down.params.get("notifications") or {}).get("taskIds")
    if not isinstance(wished, list) or not wished:
        return {}
    if not knows(down.caller):
        needed: dict[str, Any] = {"requiredCapabilities": {"extensions": {TASKS: {}}}}
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "Missing required client capability", needed)
    found = ((name, down.view.task(name, down.who)) for name in wished[:_MOST] if isinstance(name, str))
    return {name: target for name, target in found if target is not None}


@dataclass(slots=True)
class _Watched:
    hearers: list[Hear] = field(default_factory=list)
    last: Mapping[str, Any] | None = None
    """How it was when it was looked at last."""
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    watching: asyncio.Task[None] | None = None


class TaskNews:
    """The tasks of servers that somebody listens for."""

    manager: ConnectionManager
    look: Callable[[str, str], Awaitable[Mapping[str, Any]]]
    """How a task of a server is that this process reaches."""

    def __init__(self) -> None:
        self.beyond: Beyond | None = None
        self._watched: dict[Target, _Watched] = {}

    def join(self, target: Target, hear: Hear) -> None:
        """Hear how a task is now, and of every change until `leave`."""
        watched = self._watched.setdefault(target, _Watched())
        watched.hearers.append(hear)
        if watched.last is not None:
            hear(watched.last)
        if watched.watching is None:
            watched.watching = asyncio.create_task(self._watch(target, watched), name="gateway task")

    def leave(self, target: Target, hear: Hear) -> None:
        """Hear no more of it."""
        watched = self._watched[target]
        watched.hearers.remove(hear)
        if not watched.hearers:
            del self._watched[target]
            assert watched.watching is not None
            watched.watching.cancel()
            self._follow(target, wanted=False)

    def told(self, target: Target) -> None:
        """Its server told of it."""
        if (watched := self._watched.get(target)) is not None:
            watched.woken.set()

    def close(self) -> None:
        """Look at nothing more."""
        for watched in self._watched.values():
            assert watched.watching is not None
            watched.watching.cancel()

    async def _watch(self, target: Target, watched: _Watched) -> None:
        while (pause := await self._look(target, watched)) is not None:
            await asyncio.sleep(_SHORTEST)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await watched.woken.wait()

    async def _look(self, target: Target, watched: _Watched) -> float | None:
        """Tell how it is, if that is something new; seconds until the next look, None after the last."""
        watched.woken.clear()
        try:
            seen = await self._seen(target)
        except UnknownServer:
            return None
        except (ServerError, MCPError) as error:
            return None if error.code in (INVALID_PARAMS, METHOD_NOT_FOUND) else _AGAIN
        except JackfieldError:
            return _AGAIN
        self._follow(target, wanted=True)
        if seen != watched.last:
            watched.last = seen
            for hear in tuple(watched.hearers):
                hear(seen)
        return pause_of(seen) if seen.get("status") in OPEN else None

    async def _seen(self, target: Target) -> Mapping[str, Any]:
        if self.beyond is not None:
            seen = await self.beyond.task(target.server, target.name)
            if seen is not None:
                return seen
        return await self.look(target.server, target.name)

    def _follow(self, target: Target, *, wanted: bool) -> None:
        with suppress(UnknownServer):
            self.manager.follow_task(target.server, target.name, wanted=wanted)


class TaskStream:
    """A stream of news that tells of tasks too: its first message says of which, theirs come after that."""

    def __init__(
        self, context: ServerRequestContext[Any, Any], tasks: Mapping[str, Target], news: TaskNews
    ) -> None:
        self._context = context
        self._tasks = {name: (target, partial(self._hear, name)) for name, target in tasks.items()}
        self._news = news
        self._telling = Telling()
        self._joined = False

    @property
    def context(self) -> ServerRequestContext[Any, Any]:
        """What the SDK serves the other news over."""
        return replace(self._context, session=cast("Any", self)) if self._tasks else self._context

    async def send_notification(self, notification: Any, related_request_id: Any = None) -> None:
        """As the session's own."""
        opens = isinstance(notification, SubscriptionsAcknowledgedNotification)
        if opens:
            named = notification.params.notifications.model_copy(update={"taskIds": list(self._tasks)})
            notification.params.notifications = named
        await self._context.session.send_notification(notification, related_request_id)
        if opens:
            self._joined = True
            for target, hear in self._tasks.values():
                self._news.join(target, hear)

    def close(self) -> None:
        """Tell nothing more."""
        self._telling.drop()
        for target, hear in self._tasks.values() if self._joined else ():
            self._news.leave(target, hear)

    def _hear(self, name: str, seen: Mapping[str, Any]) -> None:
        told = {key: value for key, value in seen.items() if key not in ("resultType", "_meta")}
        meta = seen.get("_meta")
        mine = {SUBSCRIPTION_ID_META_KEY: self._context.request_id}
        params = {**told, "taskId": name, "_meta": {**(meta if isinstance(meta, dict) else {}), **mine}}
        session = self._context.session
        self._telling.put(lambda: sdk.notify(session, "notifications/tasks", params, within=True))
