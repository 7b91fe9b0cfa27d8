"""One request of a client of the gateway: who it is, what it can answer, and the ways back to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from mcp.shared.exceptions import MCPError
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    INTERNAL_ERROR,
    LOG_LEVEL_META_KEY,
    REQUEST_TIMEOUT,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from services.connections.session.caller import Caller
from services.gateway import sdk
from services.gateway.task_forms import TASKS, related, unrelated
from services.gateway.telling import GONE
from services.settings import LEVELS

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

    from services.connections.calls import Progress
    from services.gateway.views import View

__all__ = (
    "ANSWERABLE",
    "LONGEST_ANSWER",
    "Able",
    "Asker",
    "Downstream",
    "Looker",
    "Tell",
    "levels",
    "who_is",
)

Tell = Callable[[str, Mapping[str, Any]], Coroutine[Any, Any, None]]

ANSWERABLE: Final = {
    "elicitation/create": "elicitation",
    "sampling/createMessage": "sampling",
    "roots/list": "roots",
}
"""What servers ask of clients, and the capability of those that answer."""

LONGEST_ANSWER: Final = 600.0
"""Seconds that a client has for the answers to a question."""

levels: dict[Hashable, str] = {}
"""The level of log messages by the connection that asked for one (`logging/setLevel`)."""


class Asker(Protocol):
    """A call or task under way, as those see it who have something for its client."""

    @property
    def key(self) -> Hashable: ...

    async def answer(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]: ...

    async def progress(self, news: Progress) -> None: ...

    async def log(self, level: str, data: object, logger: str | None) -> None: ...


class Able:
    """A client, by what it says that it can."""

    caller: Caller
    modern: bool
    """Whether the client speaks 2026-07-28."""

    def can(self, method: str, params: Mapping[str, Any]) -> bool:
        """Whether the client says that it answers this."""
        declared = self.caller.capabilities.get(ANSWERABLE.get(method, ""))
        if not isinstance(declared, Mapping):
            return False
        if method == "elicitation/create":
            return "url" in declared if params.get("mode") == "url" else "form" in declared or not declared
        return not params.get("tools") or "tools" in declared

    @property
    def can_any(self) -> bool:
        """Whether the client answers questions of any kind."""
        return any(name in self.caller.capabilities for name in ANSWERABLE.values())


@dataclass(eq=False)
class Downstream(Able):
    """A request under way."""

    context: ServerRequestContext[Any, Any]
    view: View
    modern: bool = field(init=False)
    """Whether the client speaks 2026-07-28."""
    caller: Caller = field(init=False)
    related: str = ""
    """The task that its questions belong to, as the client calls it (2025-11-25)."""

    def __post_init__(self) -> None:
        self.modern = self.context.protocol_version in MODERN_PROTOCOL_VERSIONS
        self.caller = self._caller()

    @property
    def key(self) -> Hashable:
        """The same for all requests of one client; on 2026-07-28 each stands for itself."""
        return sdk.connection_of(self.context.session)

    @property
    def params(self) -> Mapping[str, Any]:
        """The parameters as they came."""
        return self.context.params or {}

    @property
    def who(self) -> str:
        """Whose request it is, by its token: another's may not go on with it."""
        return who_is(self.context.request)

    async def answer(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """What the client answers; only before 2026-07-28. Raises MCPError."""
        given = {key: value for key, value in params.items() if key != "_meta"}
        given = related(given, self.related) if self.related else given
        try:
            async with asyncio.timeout(LONGEST_ANSWER):
                answer = await sdk.request(self.context.session, method, given)
        except TimeoutError:
            raise MCPError(REQUEST_TIMEOUT, f"no answer within {LONGEST_ANSWER:g} s") from None
        return unrelated(answer) if self.related else answer

    async def progress(self, news: Progress) -> None:
        """Tell the client how its request goes, if it wants to know."""
        await self.context.session.report_progress(news.progress, news.total, news.message or None)

    async def log(self, level: str, data: object, logger: str | None) -> None:
        """A log message of the server, if the client asked for such."""
        wanted = self.caller.log_level if self.modern else levels.get(self.key, "debug")
        if wanted not in LEVELS or level not in LEVELS[LEVELS.index(wanted) :]:
            return
        told = {"level": level, "data": data} | ({} if logger is None else {"logger": logger})
        await sdk.notify(self.context.session, "notifications/message", told, within=True)

    async def tell(self, method: str, params: Mapping[str, Any]) -> None:
        """Tell the client something beside its request."""
        await self.teller(method, params)

    @property
    def teller(self) -> Tell:
        """Tells the client something whenever that may be; nothing of the request is kept for it."""
        return partial(_tell, sdk.connection_of(self.context.session))

    def _caller(self) -> Caller:
        if self.modern:
            meta = self.params.get("_meta") or {}
            return Caller(
                meta.get(CLIENT_CAPABILITIES_META_KEY) or {},
                meta.get(CLIENT_INFO_META_KEY),
                str(meta.get(LOG_LEVEL_META_KEY) or ""),
            )
        known = self.context.session.client_params
        if known is None:
            return Caller()
        told = known.model_dump(by_alias=True, mode="json", exclude_none=True)
        level = levels.get(self.key, "")
        return Caller(told.get("capabilities", {}), told.get("clientInfo"), level)


class Looker:
    """Looks at tasks for the gateway itself; implements `Asker`."""

    who = ""
    caller = Caller({"extensions": {TASKS: {}}})

    @property
    def key(self) -> Hashable:
        return self

    async def answer(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        raise MCPError(INTERNAL_ERROR, "nobody is asked here")

    async def progress(self, news: Progress) -> None:
        """Nobody waits for it."""

    async def log(self, level: str, data: object, logger: str | None) -> None:
        """Nobody reads it."""


async def _tell(connection: Any, method: str, params: Mapping[str, Any]) -> None:
    with suppress(*GONE):
        await connection.outbound.notify(method, params)


def who_is(request: Any) -> str:
    """Whose request came over HTTP, by its token; empty over standard input."""
    state = getattr(request, "scope", {})
    return str(state.get("jackfield.who", ""))
