"""What clients of one view ask about tasks, each in the form of its revision."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
from mcp.shared.exceptions import MCPError

from services.gateway.downstream import Downstream
from services.gateway.naming import Target
from services.gateway.rounds import finished
from services.gateway.task_forms import ENDED, older, related
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.gateway.gateway import Gateway
    from services.gateway.results import Context, Handle
    from services.gateway.views import View

__all__ = ("TaskRequests",)

_PAGE: Final = 50
"""Tasks of one page: each is looked at."""
_PATIENCE: Final = 5.0
"""Seconds that a list waits for the state of a task."""
_LOOKS, _PAUSE = 20, 0.1
"""How often it is looked whether a task that was cancelled has ended, and after how many seconds."""


class TaskRequests:
    """Names of tasks are those of the view: other callers' are unknown."""

    def __init__(self, gateway: Gateway, view: View) -> None:
        self._gateway = gateway
        self._view = view

    @property
    def handlers(self) -> dict[str, Handle]:
        """The methods of both forms."""
        return {
            "tasks/get": self._get,
            "tasks/update": self._update,
            "tasks/cancel": self._cancel,
            "tasks/result": self._result,
            "tasks/list": self._list,
        }

    @property
    def capability(self) -> dict[str, Any]:
        """What clients of 2025-11-25 are told; a tool says whether it runs as a task."""
        return {"list": {}, "cancel": {}, "requests": {"tools": {"call": {}}}}

    async def created(self, down: Downstream, server: str, result: dict[str, Any]) -> dict[str, Any]:
        """The result of a call, where it is a task: by its name here, in the form of its client."""
        if result.get("resultType") != "task" or not isinstance(result.get("taskId"), str):
            return result
        target = Target(server, result["taskId"])
        name = self._view.task_id(server, target.name, down.who)
        await self._gateway.given.give(down, target, name)
        if down.modern:
            return {**result, "taskId": name}
        meta = result.get("_meta")
        task = older({key: value for key, value in result.items() if key != "_meta"} | {"taskId": name})
        return {"task": task} | ({} if meta is None else {"_meta": meta})

    def listed(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Tools as clients of 2025-11-25 are to see them: with whether they run as tasks."""
        found = []
        for entry in entries:
            target = self._view.target("tools", entry["name"])
            support = self._gateway.tasks.support(target.server, entry) if target is not None else ""
            found.append(_with_support(entry, support))
        return found

    # Both forms.

    async def _get(self, context: Context) -> dict[str, Any]:
        down, name, target = self._meant(context)
        seen = await self._gateway.pass_on(down, target.server, "tasks/get", _about(down, target))
        if isinstance(result := seen.get("result"), dict):
            self._view.remember_links(target.server, result)
        seen = {**seen, "taskId": name}
        return _as_asked(seen) if down.modern else older(seen)

    async def _cancel(self, context: Context) -> dict[str, Any]:
        down, name, target = self._meant(context)
        if down.modern:
            return await self._gateway.pass_on(down, target.server, "tasks/cancel", _about(down, target))
        asked = {"taskId": target.name}
        seen = await self._gateway.routed(down, target.server, "tasks/get", asked)
        if (status := seen.get("status")) in ENDED:
            raise MCPError(types.INVALID_PARAMS, f"Cannot cancel a task that has ended: {status}")
        await self._gateway.pass_on(down, target.server, "tasks/cancel", asked)
        for _ in range(_LOOKS):
            try:
                seen = await self._gateway.routed(down, target.server, "tasks/get", asked)
            except MCPError as error:
                if error.error.code != types.INVALID_PARAMS:
                    raise
                seen = {**seen, "status": "cancelled"}  # some servers forget it at once
            if seen.get("status") in ENDED:
                break
            await asyncio.sleep(_PAUSE)
        return older({**seen, "taskId": name})

    # 2026-07-28.

    async def _update(self, context: Context) -> dict[str, Any]:
        down, _, target = self._meant(context, modern=True)
        return await self._gateway.pass_on(down, target.server, "tasks/update", _about(down, target))

    # 2025-11-25.

    async def _result(self, context: Context) -> dict[str, Any]:
        down, name, target = self._meant(context, modern=False)
        down.related = name
        asked = {"taskId": target.name}

        async def wait() -> dict[str, Any]:
            send = partial(self._gateway.routed, down, target.server)
            ask = partial(self._gateway.ask, down, down, target.server)
            return await finished(await send("tasks/get", asked), send, ask, down.progress, leave=True)

        result = await self._gateway.pass_on(down, target.server, "tasks/result", asked, wait)
        return related(result, name)

    async def _list(self, context: Context) -> dict[str, Any]:
        down = Downstream(context, self._view)
        if down.modern:
            raise MCPError(types.METHOD_NOT_FOUND, "Method not found", context.method)
        behind = self._view.behind()
        targets = [one for one in await self._gateway.given.of(down.who) if one.server in behind]
        at = _place(down.params.get("cursor"), len(targets))
        seen = await asyncio.gather(*(self._seen(down, one) for one in targets[at : at + _PAGE]))
        told = {"tasks": [one for one in seen if one is not None]}
        return told | ({"nextCursor": str(at + _PAGE)} if at + _PAGE < len(targets) else {})

    async def _seen(self, down: Downstream, target: Target) -> dict[str, Any] | None:
        """How a task of a list is; None for one that is forgotten, or whose server does not say in time."""
        try:
            async with asyncio.timeout(_PATIENCE):
                seen = await self._gateway.routed(down, target.server, "tasks/get", {"taskId": target.name})
        except MCPError as error:
            if error.error.code == types.INVALID_PARAMS:
                await self._gateway.given.forget(down.who, target)
            return None
        except TimeoutError:
            return None
        return older({**seen, "taskId": self._view.task_id(target.server, target.name, down.who)})

    def _meant(self, context: Context, *, modern: bool | None = None) -> tuple[Downstream, str, Target]:
        """The request, and the task that it is about; raises MCPError for a method of the other form."""
        down = Downstream(context, self._view)
        if modern is not None and down.modern is not modern:
            raise MCPError(types.METHOD_NOT_FOUND, "Method not found", context.method)
        name = str(down.params.get("taskId"))
        if (target := self._view.task(name, down.who)) is None:
            raise MCPError(types.INVALID_PARAMS, f"Unknown task: {one_line(name, 120)}")
        return down, name, target


def _with_support(tool: dict[str, Any], support: str) -> dict[str, Any]:
    execution = tool.get("execution")
    rest = {key: value for key, value in tool.items() if key != "execution"}
    told = dict(execution) if isinstance(execution, dict) else {}
    told = {key: value for key, value in told.items() if key != "taskSupport"}
    told |= {"taskSupport": support} if support else {}
    return {**rest, "execution": told} if told else rest


def _about(down: Downstream, target: Target) -> dict[str, Any]:
    return {**down.params, "taskId": target.name}


def _place(cursor: Any, most: int) -> int:
    try:
        at = int(cursor or 0)
    except (TypeError, ValueError):
        at = -1
    if not 0 <= at <= most:
        raise MCPError(types.INVALID_PARAMS, "the cursor is none of this list")
    return at


def _as_asked(seen: Mapping[str, Any]) -> dict[str, Any]:
    """A task with its questions as 2026-07-28 has them: a page to visit has no id there."""
    if not isinstance(wanted := seen.get("inputRequests"), dict):
        return dict(seen)
    return {**seen, "inputRequests": {key: _without_id(one) for key, one in wanted.items()}}


def _without_id(request: Any) -> Any:
    params = request.get("params") if isinstance(request, dict) else None
    if not isinstance(params, dict) or "elicitationId" not in params:
        return request
    return {**request, "params": {key: each for key, each in params.items() if key != "elicitationId"}}
