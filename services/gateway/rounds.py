"""A call of 2026-07-28 brought to its end here, for clients that know neither its rounds nor its tasks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR

from services.connections.calls import Progress
from services.errors import JackfieldError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    Send = Callable[[str, Mapping[str, Any]], Awaitable[dict[str, Any]]]
    Ask = Callable[[str, Mapping[str, Any]], Awaitable[dict[str, Any]]]
    Tell = Callable[[Progress], Awaitable[None]]

__all__ = ("finished", "pause_of", "rounds")

_MOST: Final = 10
"""How often one call may come back asking for input (SEP-2322)."""
_PAUSE: Final = 0.1
_SHORTEST, _LONGEST = 0.1, 10.0
"""Seconds between two looks at a task, whatever its server wishes."""
_CANCELLING: Final = 2.0


async def rounds(method: str, params: Mapping[str, Any], send: Send, ask: Ask) -> dict[str, Any]:
    """Send, have what the server asks answered, send again, until there is a result."""
    more: dict[str, Any] = {}
    for _ in range(_MOST + 1):
        raw = await send(method, {**params, **more})
        if raw.get("resultType") != "input_required":
            return raw
        answers = await _answers(raw.get("inputRequests"), ask)
        more = {"inputResponses": answers} if answers else {}
        if "requestState" in raw:
            more["requestState"] = raw["requestState"]
        if not answers:
            await asyncio.sleep(_PAUSE)
    raise MCPError(INTERNAL_ERROR, f"the server asked for input more than {_MOST} times during one request")


async def finished(
    task: Mapping[str, Any], send: Send, ask: Ask, tell: Tell, *, leave: bool = False
) -> dict[str, Any]:
    """The result of a call that became a task.

    The task is cancelled where nobody waits for it any more, unless it is to be left then.
    """
    task_id = str(task.get("taskId"))
    answered: set[str] = set()
    try:
        count = 0
        while (status := task.get("status")) in ("working", "input_required"):
            count += 1
            await tell(Progress(count, None, str(task.get("statusMessage") or "")))
            wanted = task.get("inputRequests") if status == "input_required" else None
            new = {key: one for key, one in wanted.items() if key not in answered} if wanted else {}
            if answers := await _answers(new, ask):
                answered.update(answers)
                await send("tasks/update", {"taskId": task_id, "inputResponses": answers})
            await asyncio.sleep(pause_of(task))
            task = await send("tasks/get", {"taskId": task_id})
    except asyncio.CancelledError:
        if not leave:
            await asyncio.shield(asyncio.ensure_future(_cancel(task_id, send)))
        raise
    if status == "completed" and isinstance(result := task.get("result"), dict):
        return result
    error = task.get("error")
    if isinstance(error, dict):
        raise MCPError(int(error.get("code", INTERNAL_ERROR)), str(error.get("message")), error.get("data"))
    raise MCPError(INTERNAL_ERROR, f"the task ended without a result: {status}")


async def _cancel(task_id: str, send: Send) -> None:
    try:
        async with asyncio.timeout(_CANCELLING):
            await send("tasks/cancel", {"taskId": task_id})
    except (JackfieldError, MCPError, TimeoutError):
        return  # it ends by its own time limit


def pause_of(task: Mapping[str, Any]) -> float:
    """Seconds until the next look at a task, as its server wishes, within reason."""
    wished = task.get("pollIntervalMs")
    seconds = wished / 1000 if isinstance(wished, int | float) and not isinstance(wished, bool) else 1.0
    return min(max(seconds, _SHORTEST), _LONGEST)


async def _answers(wanted: Any, ask: Ask) -> dict[str, Any]:
    """The answers to the requests of one round, asked side by side."""
    usable = {
        key: one
        for key, one in (wanted.items() if isinstance(wanted, dict) else ())
        if isinstance(one, dict) and isinstance(one.get("method"), str)
    }
    found = await asyncio.gather(*(ask(one["method"], one.get("params") or {}) for one in usable.values()))
    return dict(zip(usable, found, strict=True))
