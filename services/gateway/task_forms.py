"""The two forms of tasks, each in the words of the other.

That of 2026-07-28 is `io.modelcontextprotocol/tasks` (SEP-2663): a result comes with the task, and questions
too. That of 2025-11-25 has `tasks/result` for both. Within the gateway all tasks have the newer form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.connections.session.caller import Caller

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = (
    "ENDED",
    "OF_TASKS",
    "OPEN",
    "RELATED",
    "TASKS",
    "created",
    "knowing",
    "knows",
    "newer",
    "older",
    "related",
    "related_to",
    "unrelated",
)

TASKS: Final = "io.modelcontextprotocol/tasks"
RELATED: Final = "io.modelcontextprotocol/related-task"
"""What names the task of a message, in its `_meta` (2025-11-25)."""
OF_TASKS: Final = frozenset({"tasks/get", "tasks/update", "tasks/cancel"})
"""The requests about tasks, as they are within the gateway."""
OPEN: Final = ("working", "input_required")
ENDED: Final = ("completed", "failed", "cancelled")

_NEWER: Final = {"ttl": "ttlMs", "pollInterval": "pollIntervalMs"}
_OLDER: Final = {newer: older for older, newer in _NEWER.items()}
_ONLY_NEWER: Final = frozenset({"resultType", "result", "error", "inputRequests", "requestState"})


def newer(task: Mapping[str, Any]) -> dict[str, Any]:
    """A task of 2025-11-25 as the extension has it."""
    return {_NEWER.get(key, key): value for key, value in task.items()}


def created(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    """The task that a call of 2025-11-25 became, as the extension has it; None for any other result."""
    task = raw.get("task")
    if not isinstance(task, dict) or not isinstance(task.get("taskId"), str) or "content" in raw:
        return None
    beside = {key: value for key, value in raw.items() if key != "task"}
    return {**beside, **newer(task), "resultType": "task"}


def older(task: Mapping[str, Any]) -> dict[str, Any]:
    """A task as 2025-11-25 has it: there one has failed whose tool reported an error."""
    told = {_OLDER.get(key, key): value for key, value in task.items() if key not in _ONLY_NEWER}
    told.setdefault("ttl", None)
    result, error = task.get("result"), task.get("error")
    if isinstance(result, dict) and result.get("isError") is True:
        told["status"] = "failed"
    if isinstance(error, dict) and error.get("message"):
        told.setdefault("statusMessage", str(error["message"]))
    return told


def related(message: Mapping[str, Any], task_id: str) -> dict[str, Any]:
    """A message of 2025-11-25 that says which task it belongs to."""
    meta = message.get("_meta")
    return {**message, "_meta": {**(meta if isinstance(meta, dict) else {}), RELATED: {"taskId": task_id}}}


def unrelated(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message without what says so: its task has another name elsewhere."""
    if not isinstance(meta := message.get("_meta"), dict) or RELATED not in meta:
        return dict(message)
    rest = {key: value for key, value in meta.items() if key != RELATED}
    return {key: value for key, value in message.items() if key != "_meta"} | (
        {"_meta": rest} if rest else {}
    )


def related_to(message: Mapping[str, Any]) -> str:
    """Which task a message of 2025-11-25 belongs to; empty where it does not say."""
    meta = message.get("_meta")
    told = meta.get(RELATED) if isinstance(meta, dict) else None
    task_id = told.get("taskId") if isinstance(told, dict) else None
    return task_id if isinstance(task_id, str) else ""


def knows(caller: Caller) -> bool:
    """Whether a client of 2026-07-28 says that it knows tasks."""
    return TASKS in (caller.capabilities.get("extensions") or {})


def knowing(caller: Caller) -> Caller:
    """A client as a server of 2026-07-28 is to see it that may make tasks of its calls."""
    known = {**(caller.capabilities.get("extensions") or {}), TASKS: {}}
    return Caller({**caller.capabilities, "extensions": known}, caller.info, caller.log_level)
