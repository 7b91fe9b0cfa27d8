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
from services.json_size import json_size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from services.connections.session.caller import Caller

    Error = Callable[[str, JackfieldError], MCPError]

__all__ = ("OwnTask", "OwnTasks", "is_own")

_PREFIX: Final = "gateway-"
_MOST: Final = 1_000
_MOST_OF_ONE: Final = 100
"""Tasks that are kept at once, and those of one caller; the oldest that have ended make room."""
_HEAVIEST: Final = 256 << 20
"""Characters of all results that are kept, about."""
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

    def __init__(self, who: str, server: str, caller: Caller, seconds: float) -> None:
        super().__init__(caller)
        self.who = who
        self.server = server
        self.size = 0
        """About how many characters its result takes."""
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

    @property
    def ended(self) -> bool:
        """Whether its work is done."""
        return self.work is not None and self.work.done()

    def ends(self) -> None:
        """Its work is done."""
        self._changed = _now()
        if self.work is not None and not self.work.cancelled() and self.work.exception() is None:
            self.size = json_size(self.work.result(), _HEAVIEST)

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

    def make(self, who: str, server: str, caller: Caller, wish: Mapping[str, Any]) -> OwnTask:
        """One that is to be kept once it is needed; `wish` is the `task` of its call."""
        wished = wish.get("ttl")
        if isinstance(wished, bool) or not isinstance(wished, int | float) or not wished > 0:
            return OwnTask(who, server, caller, _USUAL)
        return OwnTask(who, server, caller, min(wished, _LONGEST * 1000) / 1000)

    def keep(self, task: OwnTask) -> None:
        """Keep one for as long as its client wishes. Raises MCPError where too many are under way."""
        assert task.work is not None
        try:
            self._make_room([one for one in self._kept.values() if one.who == task.who], _MOST_OF_ONE)
            self._make_room(list(self._kept.values()), _MOST)
        except MCPError:
            task.drop()
            raise
        self._kept[task.id] = task
        task.work.add_done_callback(lambda _: self._ends(task))
        asyncio.get_running_loop().call_later(task.seconds, self._forget, task.id)

    def _make_room(self, kept: Sequence[OwnTask], most: int) -> None:
        if len(kept) < most:
            return
        if (oldest := next((one for one in kept if one.ended), None)) is None:
            raise MCPError(INTERNAL_ERROR, f"{most:,} tasks are under way in the gateway already")
        self._forget(oldest.id)

    def _ends(self, task: OwnTask) -> None:
        """The result of one is there; those of the oldest go where all are too large together."""
        task.ends()
        ended = [one for one in self._kept.values() if one.ended]
        size = sum(one.size for one in ended)
        for one in ended:
            if size <= _HEAVIEST:
                return
            self._forget(one.id)
            size -= one.size

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
