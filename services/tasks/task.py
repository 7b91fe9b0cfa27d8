"""A task of a server as a value, read from the wire of either form.

`io.modelcontextprotocol/tasks` (SEP-2663) is the form of 2026-07-28, the experimental `tasks` that of
2025-11-25: `ttlMs` and `pollIntervalMs` there, `ttl` and `pollInterval` here, both in milliseconds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal, cast, get_args

from services.error_translation import data_text
from services.errors import ServerError, TaskFailed
from services.sendable import unsendable
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = (
    "DEFAULT_POLL",
    "LONGEST_POLL",
    "SHORTEST_POLL",
    "Task",
    "TaskForm",
    "TaskStatus",
    "created_task",
    "result_in",
    "seen_task",
    "task_in",
)

TaskStatus = Literal["working", "input_required", "completed", "failed", "cancelled"]
TaskForm = Literal["newer", "older", "none", "unknown"]
"""The form in which a server lets calls become tasks."""

DEFAULT_POLL: Final = 1.0
SHORTEST_POLL: Final = 0.25
LONGEST_POLL: Final = 300.0
"""Seconds between two looks at a task: where the server names none, at least, and at most."""

_LONGEST_ID: Final = 1_024
_LONGEST_TTL: Final = 1e10


@dataclass(frozen=True, slots=True)
class Task:
    """One task, as it was when it was last heard of; replaced whole."""

    server: str
    id: str
    """As the server has it; whoever shows it takes `shown_id`."""
    tool: str = ""
    """The tool that was called, printable."""
    arguments: str = ""
    """What it was called with, in one line, secrets masked."""
    status: TaskStatus = "working"
    message: str = ""
    """`statusMessage`, one printable line."""
    created: float = field(default_factory=time.time)
    """When this side heard of it first, in seconds since the epoch: the server's clock may be another."""
    ttl: float | None = None
    """Seconds from its creation until the server may forget it; None: it never does."""
    poll: float = DEFAULT_POLL
    """Seconds until it is looked at again."""
    elsewhere: bool = False
    """Whether another Jackfield on this home follows it, so that this one only waits for that to end."""

    @property
    def shown_id(self) -> str:
        """The id as people see it."""
        return one_line(self.id, 100)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in ("completed", "failed", "cancelled")

    @property
    def words(self) -> str:
        """How it stands, in one line."""
        if self.elsewhere:
            return "followed in another Jackfield"
        status = self.status.replace("_", " ")
        return f"{status}: {self.message}" if self.message else status

    def said(self, what: str) -> str:
        """A sentence about it, with what the server says of it."""
        said = f" ({self.message})" if self.message else ""
        return f"task {self.shown_id} {what}{said}"


def task_in(raw: Mapping[str, Any], *, modern: bool) -> Mapping[str, Any] | None:
    """The task that a result holds in the place of an answer; None for any other result."""
    if raw.get("resultType") == "task":
        return raw
    task = raw.get("task")
    return task if not modern and isinstance(task, dict) and "content" not in raw else None


def created_task(server: str, tool: str, arguments: str, raw: Mapping[str, Any]) -> Task:
    """The task that a call became. Raises TaskFailed for what is none."""
    task_id = raw.get("taskId")
    if not isinstance(task_id, str) or not task_id:
        raise _odd("has no id" if task_id in (None, "") else "has an id that is no text")
    if len(task_id) > _LONGEST_ID:
        raise _odd(f"has an id of {len(task_id):,} characters; {_LONGEST_ID:,} are taken")
    if unsendable(task_id) is not None:
        raise _odd("has an id that cannot be sent")
    return seen_task(Task(server, task_id, tool, arguments), raw)


def seen_task(task: Task, raw: Mapping[str, Any]) -> Task:
    """The task as an answer of the server shows it now. Raises TaskFailed for an answer that says nothing."""
    told_id = raw.get("taskId", task.id)
    if told_id != task.id:
        raise _odd(f"is another one ({_shown(told_id)}) than was asked about")
    status = raw.get("status")
    if status not in get_args(TaskStatus):
        raise _odd("has no status" if status is None else f"has the status {_shown(status)}, which is none")
    message = raw.get("statusMessage")
    return replace(
        task,
        status=cast("TaskStatus", status),
        message=one_line(message, 500) if isinstance(message, str) else "",
        ttl=_ttl(raw, task.ttl),
        poll=_poll(raw, task.poll),
        elsewhere=False,
    )


def result_in(task: Task, raw: Mapping[str, Any]) -> dict[str, Any]:
    """The result that came with a task that has ended. Raises ServerError or TaskFailed where none did."""
    if task.status == "failed":
        error = raw.get("error")
        if not isinstance(error, dict) or not isinstance(code := error.get("code"), int):
            raise TaskFailed(task.said("failed"))
        message, data = error.get("message"), error.get("data")
        said = one_line(message, 1_000) if isinstance(message, str) else ""
        failure = ServerError(said or task.said("failed"), code=code, data=data)
        failure.detail = data_text(data) if data is not None else ""
        raise failure
    result = raw.get("result")
    if not isinstance(result, dict):
        raise TaskFailed(task.said("is completed, but its result is missing"))
    return result


def _ttl(raw: Mapping[str, Any], before: float | None) -> float | None:
    for key in ("ttlMs", "ttl"):
        if key in raw:
            seconds = _seconds(raw[key])
            return None if seconds is None else min(seconds, _LONGEST_TTL)
    return before


def _poll(raw: Mapping[str, Any], before: float) -> float:
    for key in ("pollIntervalMs", "pollInterval"):
        if (seconds := _seconds(raw.get(key))) is not None:
            return min(max(seconds, SHORTEST_POLL), LONGEST_POLL)
    return before


def _seconds(milliseconds: object) -> float | None:
    """None for what is no number of milliseconds from 0 on."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float) or not milliseconds >= 0:
        return None
    return min(milliseconds, 1e15) / 1000


def _odd(what: str) -> TaskFailed:
    return TaskFailed(f"the task that the server answered with {what}")


def _shown(value: object) -> str:
    return repr(one_line(value, 60)) if isinstance(value, str) else f"a {type(value).__name__}"
