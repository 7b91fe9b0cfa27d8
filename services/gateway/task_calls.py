"""Calls that become tasks, at servers and for clients of either form."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from mcp.shared.exceptions import MCPError
from mcp_types import METHOD_NOT_FOUND

from services.gateway.older_tasks import OlderTasks
from services.gateway.own_tasks import OwnTasks
from services.gateway.rounds import finished
from services.gateway.task_forms import created, knowing, knows
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.connection_manager import ConnectionManager
    from services.connections.session.caller import Caller
    from services.errors import JackfieldError
    from services.gateway.downstream import Able, Asker, Downstream
    from services.gateway.known import Known
    from services.gateway.own_tasks import OwnTask

__all__ = ("TaskCalls", "Ways")

_CALL: Final = "tools/call"
_SOON: Final = 1.0
"""Seconds that a server has to make a task of a call, before the gateway makes one itself."""


class Ways(Protocol):
    """How calls go to servers."""

    manager: ConnectionManager
    known: Known

    async def send(
        self, asker: Asker, server: str, caller: Caller, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A request as it is."""

    async def alone(
        self, asker: Asker, server: str, caller: Caller, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A call of a server of the handshake era, which may ask in the middle of it."""

    async def ask(
        self, asker: Asker, client: Able, server: str, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What a server of 2026-07-28 is answered, by whomever."""

    async def rounds_of(
        self, asker: Asker, client: Able, server: str, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A call of a server of 2026-07-28 until it has a result, which may be a task."""

    async def in_rounds(
        self, down: Downstream, server: str, params: Mapping[str, Any], work: Callable[[Any], Any]
    ) -> dict[str, Any]:
        """A call that asks its client of 2026-07-28 in rounds."""


class TaskCalls:
    """Makes tasks of calls, and answers what is asked about tasks; those at servers have the newer form."""

    def __init__(self, ways: Ways, error: Callable[[str, JackfieldError], MCPError]) -> None:
        self._ways = ways
        self.older = OlderTasks(ways.send)
        self._own = OwnTasks(error)

    def close(self) -> None:
        """Wait for nothing more."""
        self.older.close()
        self._own.close()

    async def request(
        self,
        asker: Asker,
        caller: Caller,
        server: str,
        method: str,
        params: Mapping[str, Any],
        *,
        modern: bool,
    ) -> dict[str, Any]:
        """The result of a request about a task; `modern`: whether its server speaks 2026-07-28."""
        if (own := self._own.of(server, str(params.get("taskId")))) is not None:
            return self._own.request(own, method, params)
        if modern:
            return await self._ways.send(asker, server, caller, method, params)
        return await self.older.request(asker, caller, server, method, params)

    async def called(
        self, down: Downstream, server: str, params: Mapping[str, Any], *, modern: bool, asks: bool
    ) -> dict[str, Any] | None:
        """The result of a call that is to be a task; None for every other call. Raises MCPError.

        `asks`: whether the client answers the questions of the call.
        """
        wish = params.get("task") if not down.modern else None
        if not isinstance(wish, dict):
            wish = None
        if modern and wish is None:
            return None
        support = self.support(server, self._tool(server, params.get("name")))
        if wish is not None and not support:
            said = f"{one_line(str(params.get('name')), 120)} does not run as a task"
            raise MCPError(METHOD_NOT_FOUND, said)
        if modern:
            return await self._as_own(down, server, params, wish or {})
        if wish is None and support != "required":
            return None
        if wish is None and not (down.modern and knows(down.caller)):
            return await self._to_its_end(down, server, params, asks=asks)
        raw = await self._begun(down, down, server, params, wish or {})
        if (task := created(raw)) is not None:
            self.older.hold(server, str(task["taskId"]), down.caller)
            return task
        return raw if wish is None else self._kept(down, server, wish, _at_once(raw))

    def support(self, server: str, tool: Mapping[str, Any]) -> str:
        """Whether a tool runs as a task: `optional`, `required`, or not at all."""
        offered = self._ways.manager.tasks_offered(server)
        if offered == "newer":
            return "optional"
        execution = tool.get("execution") if offered != "none" else None
        told = execution.get("taskSupport") if isinstance(execution, dict) else ""
        return told if told in ("optional", "required") else ""

    def _tool(self, server: str, name: object) -> Mapping[str, Any]:
        tools = self._ways.known.entries(server, "tools")
        return next((tool for tool in tools if tool["name"] == name), {})

    # Calls of servers of 2025-11-25.

    async def _begun(
        self,
        asker: Asker,
        client: Able,
        server: str,
        params: Mapping[str, Any],
        wish: Mapping[str, Any],
    ) -> dict[str, Any]:
        given = {key: value for key, value in params.items() if key not in ("requestState", "inputResponses")}
        return await self._ways.alone(asker, server, client.caller, _CALL, {**given, "task": dict(wish)})

    async def _to_its_end(
        self, down: Downstream, server: str, params: Mapping[str, Any], *, asks: bool
    ) -> dict[str, Any]:
        """A call that runs as a task only, for a client that does not know tasks."""

        async def end(asker: Asker) -> dict[str, Any]:
            raw = await self._begun(asker, down, server, params, {})
            if (task := created(raw)) is None:
                return raw
            self.older.hold(server, str(task["taskId"]), down.caller)
            send = partial(self.older.request, asker, down.caller, server)
            ask = partial(self._ways.ask, asker, down, server)
            return await finished(task, send, ask, asker.progress)

        if down.modern and asks:
            return await self._ways.in_rounds(down, server, params, end)
        return await end(down)

    # Calls of servers of 2026-07-28, for clients of 2025-11-25 that want tasks.

    async def _as_own(
        self, down: Downstream, server: str, params: Mapping[str, Any], wish: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The task that the server makes of a call; one of the gateway where it answers, or asks first."""
        given = {key: value for key, value in params.items() if key != "task"}
        own = self._own.make(down.who, server, down.caller, wish)
        begun = asyncio.ensure_future(self._ways.rounds_of(own, down, server, _CALL, given))
        try:
            await asyncio.wait((begun,), timeout=_SOON)
        except asyncio.CancelledError:
            begun.cancel()
            raise
        if begun.done() and (met := begun.result()).get("resultType") == "task":
            return met
        own.begin(self._own_end(own, down, server, begun))
        self._own.keep(own)
        return own.created()

    async def _own_end(
        self, own: OwnTask, down: Downstream, server: str, begun: asyncio.Future[dict[str, Any]]
    ) -> dict[str, Any]:
        raw = await begun
        if raw.get("resultType") != "task":
            return raw
        send = partial(self._ways.send, own, server, knowing(down.caller))
        return await finished(raw, send, partial(self._ways.ask, own, down, server), own.progress)

    def _kept(self, down: Downstream, server: str, wish: Mapping[str, Any], work: Any) -> dict[str, Any]:
        own = self._own.make(down.who, server, down.caller, wish)
        own.begin(work)
        self._own.keep(own)
        return own.created()


async def _at_once(raw: dict[str, Any]) -> dict[str, Any]:
    return raw
