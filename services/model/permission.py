"""The person's yes to a model's calls: whether it is needed, and asking for it, one question at a time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from services.approval import Allow, ApprovalRequest, CancelTurn, Deny, ToolCall, Withdrawn
from services.config.edit import set_value
from services.errors import JackfieldError
from services.model.approval import approves_reads, declared, lastings, mode_of, must_ask
from services.model.events import ApprovalAsked
from services.model.fitting import misfits
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.approval import ToolChange
    from services.catalog.entries import Tool
    from services.model.events import ModelEvent
    from services.model.place import Place
    from services.skills.entries import Skill

__all__ = ("Permissions", "Refusal")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call is not made, as the model is told."""

    call: ToolCall
    """As it was refused, perhaps with other arguments than the model gave."""
    outcome: Literal["denied", "refused"]
    said: str


class Permissions:
    """What may be called in one turn."""

    def __init__(
        self,
        place: Place,
        emit: Callable[[ModelEvent], None],
        notice: Callable[[str], None],
        end_turn: Callable[[ToolCall], None],
    ) -> None:
        """`end_turn` ends the turn that the person cancelled with the question about a call."""
        self._place = place
        self._emit = emit
        self._notice = notice
        self._end_turn = end_turn
        self._asking = asyncio.Lock()

    async def permitted(self, call: ToolCall, tool: Tool, about: str) -> ToolCall | Refusal:
        """The call as it may be made; `about` is what the model was told of the tool."""
        settings = self._place.manager.settings(call.server)
        mode = mode_of(settings, tool.raw_name)
        change = None
        if mode == "approve" and settings.tools.get(tool.raw_name) == "approve":
            change = await asyncio.to_thread(self._place.allowances.change, tool)
        if change is None and (not must_ask(mode, tool) or self._allowed(mode, tool)):
            return call
        async with self._asking:  # one question at a time
            if change is None and self._allowed(mode, tool):
                return call
            return await self._ask(call, tool, about, change)

    async def nested(self, call: ToolCall, skill: Skill, outer: Skill) -> Refusal | None:
        """Ask for the yes that a skill within another wants (SEP-2640)."""
        request = ApprovalRequest(
            replace(call, server=skill.server, tool=call.name),
            skill.description,
            (f"a skill within the skill {one_line(outer.name, 80)}",),
        )
        async with self._asking:
            decided = await self._decided(call, request)
        return decided if isinstance(decided, Refusal) else None

    def _allowed(self, mode: str, tool: Tool) -> bool:
        return mode == "auto" and self._place.allowances.allows(tool)

    async def _ask(
        self, call: ToolCall, tool: Tool, about: str, change: ToolChange | None
    ) -> ToolCall | Refusal:
        decided = await self._decided(call, self._request(call, tool, about, change))
        if isinstance(decided, Refusal):
            return decided
        if decided.lasting == "always":
            await self._always(tool, write=change is None)
        elif decided.lasting == "session":
            self._place.allowances.allow(tool)
        if decided.arguments is None:
            return call
        call = replace(call, arguments=decided.arguments)
        reasons = await misfits(tool, call.arguments)
        return Refusal(call, "refused", f"Edited arguments do not fit:\n{reasons}") if reasons else call

    async def _decided(self, call: ToolCall, request: ApprovalRequest) -> Allow | Refusal:
        self._emit(ApprovalAsked(request))
        decision = await self._place.approver.approve(request)
        match decision:
            case Allow():
                return decision
            case Deny(words=words):
                said = "The person denied this call" + (f" and says: {words}" if words.strip() else ".")
                return Refusal(call, "denied", said)
            case Withdrawn():
                return Refusal(call, "refused", f"The call was not made: {request.call.server} is gone.")
            case CancelTurn():
                self._end_turn(call)
                await asyncio.Event().wait()  # until the turn is cancelled
                raise AssertionError

    def _request(self, call: ToolCall, tool: Tool, about: str, change: ToolChange | None) -> ApprovalRequest:
        mode = mode_of(self._place.manager.settings(call.server), tool.raw_name)
        return ApprovalRequest(
            call,
            about,
            declared(tool),
            ("once", "always") if change else lastings(mode, writable=self._place.config_file is not None),
            change,
            approves_reads(tool),
            tool.input_schema,
        )

    async def _always(self, tool: Tool, *, write: bool) -> None:
        """Ask no more for a tool as it is now; where that cannot be written, not in this session."""
        path, keys = self._place.config_file, ("tools", tool.raw_name, "approval_mode")
        try:
            if write and path is not None:
                await self._place.edit(tool.server, partial(set_value, path, tool.server, keys, "approve"))
            await asyncio.to_thread(self._place.allowances.remember, tool)
        except JackfieldError as error:
            self._notice(f"It is allowed for this session only: {error.message}")
        self._place.allowances.allow(tool)
