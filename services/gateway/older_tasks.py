"""Tasks of servers of 2025-11-25 as those of 2026-07-28 are: a look has questions and result in it.

Such a server asks while somebody waits at `tasks/result`: that is done here, from when the task wants input
until it ends, and what it asks is found at the next look.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR

from services.errors import JackfieldError, ServerError
from services.gateway.held_task import HeldTask
from services.gateway.naming import Target
from services.gateway.task_forms import ENDED, newer, related_to

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from services.connections.session.caller import Caller
    from services.gateway.downstream import Asker

    Send = Callable[[Asker, str, Caller, str, Mapping[str, Any]], Awaitable[dict[str, Any]]]

__all__ = ("OlderTasks",)

_MOST: Final = 1_000
"""Tasks of which something is kept; the oldest are forgotten."""
_SOON: Final = 1.0
"""Seconds that a look waits for the question of a task that wants input."""


class OlderTasks:
    """The tasks of all servers of 2025-11-25; `send` sends a request to one."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._held: dict[Target, HeldTask] = {}

    def asking(self, server: str, params: Mapping[str, Any]) -> HeldTask | None:
        """The task that a question of a server belongs to, by what it says of that."""
        return self._held.get(Target(server, related_to(params)))

    def hold(self, server: str, task_id: str, caller: Caller) -> HeldTask:
        """A task that a client has a hand in."""
        target = Target(server, task_id)
        if target not in self._held:
            self._held[target] = HeldTask(caller)
            while len(self._held) > _MOST:
                self._drop(next(iter(self._held)))
        held = self._held[target]
        held.seen_by(caller)
        return held

    def close(self) -> None:
        """Wait for nothing more."""
        for target in tuple(self._held):
            self._drop(target)

    async def request(
        self, asker: Asker, caller: Caller, server: str, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The result of a request about a task. Raises JackfieldError, MCPError."""
        task_id = str(params.get("taskId"))
        held = self.hold(server, task_id, caller)
        send = partial(self._send, asker, server, caller)
        if method == "tasks/update":
            held.take(params.get("inputResponses"))
            return {}
        if method == "tasks/cancel":
            await send(method, {"taskId": task_id})
            return {}
        seen = newer(await send("tasks/get", {"taskId": task_id}))
        if seen.get("status") in ENDED:
            return await self._with_result(Target(server, task_id), held, seen)
        return await self._with_questions(Target(server, task_id), held, seen)

    async def _with_questions(self, target: Target, held: HeldTask, seen: dict[str, Any]) -> dict[str, Any]:
        if seen.get("status") == "input_required":
            if not _waited_for(held.work):
                held.begin(self._result(target, held))
            await held.asks(_SOON)
        if wanted := held.wanted:
            return {**seen, "status": "input_required", "inputRequests": wanted}
        return {**seen, "status": "working"}

    async def _with_result(self, target: Target, held: HeldTask, seen: dict[str, Any]) -> dict[str, Any]:
        try:
            if seen["status"] == "cancelled":
                return seen
            return {**seen, "status": "completed", "result": await self._ended(target, held)}
        except (MCPError, ServerError) as error:
            return {**seen, "status": "failed", "error": _told(error)}
        finally:
            self._drop(target)

    async def _ended(self, target: Target, held: HeldTask) -> dict[str, Any]:
        """The result of a task that has ended; asked for again where waiting for it was cut off."""
        if held.work is not None:
            try:
                return await asyncio.shield(held.work)
            except JackfieldError as error:
                if not _cut_off(error):
                    raise
        return await self._result(target, held)

    async def _result(self, target: Target, held: HeldTask) -> dict[str, Any]:
        return await self._send(held, target.server, held.caller, "tasks/result", {"taskId": target.name})

    def _drop(self, target: Target) -> None:
        if (held := self._held.pop(target, None)) is not None:
            held.drop()


def _waited_for(work: asyncio.Future[dict[str, Any]] | None) -> bool:
    """Whether the end of a task is waited for, or has come; what was cut off is begun anew."""
    if work is None or not work.done():
        return work is not None
    return not work.cancelled() and not _cut_off(work.exception())


def _cut_off(error: BaseException | None) -> bool:
    return isinstance(error, JackfieldError) and not isinstance(error, ServerError)


def _told(error: MCPError | ServerError) -> dict[str, Any]:
    """An error of a server as it stands in a task."""
    found = error.error if isinstance(error, MCPError) else error
    code = INTERNAL_ERROR if found.code is None else found.code
    return {"code": code, "message": found.message} | ({} if found.data is None else {"data": found.data})
