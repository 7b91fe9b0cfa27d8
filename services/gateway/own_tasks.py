"""Tasks of the gateway itself: calls that a client of 2025-11-25 wants as tasks, and their server answers."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING, Any, Final

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR

from services.errors import JackfieldError
from services.gateway.held_task import HeldTask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.connections.session.caller import Caller

    Error = Callable[[str, JackfieldError], MCPError]

__all__ = ("OwnTask", "OwnTasks", "is_own")

_PREFIX: Final = "gateway-"
_MOST: Final = 1_000
"""Tasks that are kept at once; the oldest that have ended make room."""
_USUAL, _LONGEST = 3_600.0, 86_400.0
"""Seconds that a task is kept: where its client does not say how long, and at most."""
_POLL: Final = 500
"""Milliseconds between two looks."""


def is_own(task_id: str) -> bool:
    """Whether a task may be one of a gateway, by what its server would call it."""
    return task_id.startswith(_PREFIX)


class OwnTask(HeldTask):
    """One call that goes on in the background."""

    modern = False

    def __init__(self, server: str, caller: Caller, seconds: float) -> None:
        super().__init__(caller)
        self.server = server
        self.id = f"{_PREFIX}{secrets.token_hex(16)}"
        self.seconds = seconds
        self._began = self._changed = _now()
        self._error: Error

    def created(self) -> dict[str, Any]:
        """What its call is answered with."""
        return {"resultType": "task", **self._told("working")}

    def seen(self, error: Error) -> dict[str, Any]:
        """How it is now; `error` has the words for one that is ours."""
        work = self.work
        assert work is not None
        if not work.done():
            if wanted := self.wanted:
                return {**self._told("input_required"), "inputRequests": wanted}
            return self._told("working")
        if work.cancelled():
            return self._told("cancelled")
        if (met := work.exception()) is None:
            return {**self._told("completed"), "result": work.result()}
        if isinstance(met, JackfieldError):
            met = error(self.server, met)
        if not isinstance(met, MCPError):
            met = MCPError(INTERNAL_ERROR, "the call failed within the gateway")
        told = {"code": met.error.code, "message": met.error.message}
        return {**self._told("failed"), "error": told | ({"data": met.error.data} if met.error.data else {})}

    def ends(self) -> None:
        """Its work is done."""
        self._changed = _now()

    def _told(self, status: str) -> dict[str, Any]:
        told = {
            "taskId": self.id,
            "status": status,
            "createdAt": self._began,
            "lastUpdatedAt": self._changed,
            "ttlMs": round(self.seconds * 1000),
            "pollIntervalMs": _POLL,
        }
        return told | ({"statusMessage": self.message} if self.message else {})


class OwnTasks:
    """All that are kept."""

    def __init__(self, error: Error) -> None:
        self._error = error
        self._kept: dict[str, OwnTask] = {}

    def make(self, server: str, caller: Caller, wish: Mapping[str, Any]) -> OwnTask:
        """One that is to be kept once it is needed; `wish` is the `task` of its call."""
        wished = wish.get("ttl")
        if isinstance(wished, bool) or not isinstance(wished, int | float) or not wished > 0:
            return OwnTask(server, caller, _USUAL)
        return OwnTask(server, caller, min(wished / 1000, _LONGEST))

    def keep(self, task: OwnTask) -> None:
        """Keep one for as long as its client wishes. Raises MCPError where too many are under way."""
        if len(self._kept) >= _MOST:
            done = (name for name, one in self._kept.items() if one.work is not None and one.work.done())
            if (oldest := next(done, None)) is None:
                task.drop()
                raise MCPError(INTERNAL_ERROR, f"{_MOST:,} tasks are under way in the gateway")
            del self._kept[oldest]
        self._kept[task.id] = task
        assert task.work is not None
        task.work.add_done_callback(lambda _: task.ends())
        asyncio.get_running_loop().call_later(task.seconds, self._forget, task.id)

    def of(self, server: str, task_id: str) -> OwnTask | None:
        """One that is kept."""
        found = self._kept.get(task_id)
        return found if found is not None and found.server == server else None

    def request(self, task: OwnTask, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """The result of a request about one."""
        if method == "tasks/get":
            return task.seen(self._error)
        if method == "tasks/update":
            task.take(params.get("inputResponses"))
        else:
            task.drop()
        return {}

    def close(self) -> None:
        """End all."""
        for name in tuple(self._kept):
            self._forget(name)

    def _forget(self, task_id: str) -> None:
        if (task := self._kept.pop(task_id, None)) is not None:
            task.drop()


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
