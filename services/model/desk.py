"""Where a model's calls are made: looked up, checked, approved, sent, answered; each step an event."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from services.approval import Allow, ApprovalRequest, CancelTurn, Deny, ToolCall, Withdrawn
from services.config.edit import set_value
from services.errors import JackfieldError
from services.model.answers import Answer, answer_of
from services.model.approval import approves_reads, declared, lastings, mode_of, must_ask
from services.model.events import (
    ApprovalAsked,
    CallBegun,
    CallEnded,
    CallProgressed,
    Noticed,
)
from services.model.fitting import misfits
from services.model.our_tools import OurTools
from services.model.running import Running, Stopped
from services.model.tools import Offer, offer
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from services.approval import Approver, ToolChange
    from services.catalog.entries import Tool
    from services.connection_manager import ConnectionManager
    from services.connections.calls import Progress
    from services.model.allowances import Allowances
    from services.model.events import ModelEvent
    from services.model.skills import Held
    from services.settings import ModelSettings

__all__ = ("Called", "Desk", "Place")

_STOPPED: Final = "The person stopped this call; what it had done until then may stay done."
_AT_ONCE: Final = 50
"""Tools that are offered without a thread: some 5 ms where all are new."""
_WINDOW: Final = 128_000
"""Tokens, for a model whose window is not known."""


@dataclass(frozen=True, slots=True)
class Place:
    """What stays the same for all turns: the servers, who approves, where files go."""

    manager: ConnectionManager
    approver: Approver
    allowances: Allowances
    folder: Path
    """Where results go that are too large, and what no model reads."""
    config_file: Path | None = None
    """Where "always" is written; None: it is not offered."""


@dataclass(frozen=True, slots=True)
class Called:
    """How a call ended, for the model."""

    answer: Answer
    failed: bool = False


class Desk:
    """The calls of one turn."""

    def __init__(
        self,
        place: Place,
        model: ModelSettings,
        window: int | None,
        emit: Callable[[ModelEvent], None],
        end: Callable[[], None],
        *,
        only: Collection[str] | None = None,
        off: Collection[tuple[str, str]] = (),
        held: Held | None = None,
    ) -> None:
        """`held` keeps the skills that were loaded, beyond the turn."""
        self._place = place
        self._our_tools = OurTools(place.manager, place.folder, held if held is not None else {})
        self._model = model
        self._window = window
        self._emit = emit
        self._end = end
        self._only = only
        self._off = off
        self._asking = asyncio.Lock()
        self._ended: set[str] = set()
        self._told: set[str] = set()
        self._running = Running()
        self.stop = self._running.stop
        """End one call; the model is told so, and the others go on. False when it is not under way."""
        self.offered = Offer()

    def offer(self) -> Offer:
        """What the model is offered now; asked before each request."""
        return self._tell(self._offer_now())

    def _offer_now(self) -> Offer:
        return offer(self._place.manager, self._model, self._window, self._only, self._off)

    def _tell(self, offered: Offer) -> Offer:
        """Offer that from now on, and say what the person should know of it."""
        self.offered = offered
        if self.offered.deferred:
            self._notice(
                f"{len(self.offered.tools)} tools are found by search: they would take too much room"
            )
        for tool in self.offered.tools:
            if tool.hidden and tool.tool is not None:
                where = f"{one_line(tool.tool.server, 80)}.{tool.tool.name}"
                self._notice(f"{where}: {tool.hidden} hidden characters were taken out of its description")
        return self.offered

    async def offer_ahead(self) -> Offer:
        """As `offer`; what is costly of it in a thread."""
        manager = self._place.manager
        if sum(len(manager.catalog(server).tools) for server in manager.usable) <= _AT_ONCE:
            return self.offer()
        return self._tell(await asyncio.to_thread(self._offer_now))

    def wanted(self, call_id: str, name: str, arguments: Any) -> ToolCall:
        """A call as the model asks for it."""
        found = self.offered.of(name)
        given = arguments if isinstance(arguments, dict) else {}
        if found is None or found.tool is None:
            return ToolCall(call_id, one_line(name, 120), "", one_line(name, 120), given)
        return ToolCall(call_id, name, found.tool.server, found.tool.raw_name, given)

    async def call(self, call_id: str, name: str, arguments: Any) -> Called:
        """Make a call, and whatever comes of it return what the model is told."""
        call = self.wanted(call_id, name, arguments)
        try:
            return await self._running.run(call_id, self._call(call, arguments))
        except JackfieldError as error:
            said = f"The call failed: {error}"
            self._done(CallEnded(call, "failed", said, error=error))
            return Called(Answer(said), failed=True)
        except Stopped:
            self._done(CallEnded(call, "cancelled", _STOPPED))
            return Called(Answer(_STOPPED), failed=True)
        except asyncio.CancelledError:
            self._done(CallEnded(call, "cancelled"))
            raise

    def settle(self, call_id: str, name: str, answer: str) -> None:
        """Tell the end of a call that never came here: its arguments are no JSON, or it is not there."""
        if call_id not in self._ended:
            self._done(CallEnded(self.wanted(call_id, name, {}), "refused", answer))

    async def _call(self, call: ToolCall, arguments: Any) -> Called:
        found = self.offered.of(call.name)
        if found is None:
            return self._refused(call, f"There is no longer a tool {call.name}: its server is not ready.")
        if not isinstance(arguments, dict):
            kind = type(arguments).__name__
            return self._refused(call, f"The arguments of a tool must be a JSON object, not {kind}.")
        if found.tool is None:
            return await self._ours(call)
        if reasons := await misfits(found.tool, arguments):
            return self._refused(call, f"The arguments do not fit the schema of {call.name}:\n{reasons}")
        approved = await self._approved(call, found.tool)
        return approved if isinstance(approved, Called) else await self._theirs(approved, found.tool)

    async def _approved(self, call: ToolCall, tool: Tool) -> ToolCall | Called:
        """The call as it may be made; or what the model is told of why not."""
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
            return await self._ask(call, tool, change)

    def _allowed(self, mode: str, tool: Tool) -> bool:
        return mode == "auto" and self._place.allowances.allows(tool)

    async def _ask(self, call: ToolCall, tool: Tool, change: ToolChange | None) -> ToolCall | Called:
        decided = await self._decided(call, self._request(call, tool, change))
        if isinstance(decided, Called):
            return decided
        if decided.lasting == "always":
            await self._always(tool, write=change is None)
        elif decided.lasting == "session":
            self._place.allowances.allow(tool)
        if decided.arguments is None:
            return call
        call = replace(call, arguments=decided.arguments)
        reasons = await misfits(tool, call.arguments)
        return self._refused(call, f"Edited arguments do not fit:\n{reasons}") if reasons else call

    async def _decided(self, call: ToolCall, request: ApprovalRequest) -> Allow | Called:
        """The person's yes; or what the model is told of anything else."""
        self._emit(ApprovalAsked(request))
        decision = await self._place.approver.approve(request)
        match decision:
            case Allow():
                return decision
            case Deny(words=words):
                said = "The person denied this call" + (f" and says: {words}" if words.strip() else ".")
                self._done(CallEnded(call, "denied", said))
                return Called(Answer(said), failed=True)
            case Withdrawn():
                gone = request.call.server
                return self._refused(call, f"The call was not made: {gone} is gone.")
            case CancelTurn():
                self._done(CallEnded(call, "denied"))
                self._end()
                await asyncio.Event().wait()  # until the turn is cancelled
                raise AssertionError

    def _request(self, call: ToolCall, tool: Tool, change: ToolChange | None) -> ApprovalRequest:
        found = self.offered.of(call.name)
        mode = mode_of(self._place.manager.settings(call.server), tool.raw_name)
        return ApprovalRequest(
            call,
            found.description if found is not None else "",
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
                await asyncio.to_thread(set_value, path, tool.server, keys, "approve")
            await asyncio.to_thread(self._place.allowances.remember, tool)
        except JackfieldError as error:
            self._notice(f"It is allowed for this session only: {error.message}")
        self._place.allowances.allow(tool)

    async def _theirs(self, call: ToolCall, tool: Tool) -> Called:
        self._emit(CallBegun(call))

        def progressed(progress: Progress) -> None:
            self._emit(CallProgressed(call, progress))

        manager = self._place.manager
        result = await manager.call_tool(call.server, call.tool, call.arguments, on_progress=progressed)
        limit = manager.settings(call.server).tool_output_limits.get(tool.raw_name) or self._limit()
        answer = await answer_of(result, self._place.folder, f"{call.server}-{tool.name}", limit)
        if answer.hidden:
            where = f"{one_line(call.server, 80)}.{tool.name}"
            self._notice(f"{where}: {answer.hidden} hidden characters were taken out of its result")
        self._done(
            CallEnded(
                call, "tool_error" if result.is_error else "ok", answer.text, result, files=answer.files
            )
        )
        return Called(answer, failed=result.is_error)

    async def _ours(self, call: ToolCall) -> Called:
        """One of the tools that list and read: they are not asked about, but for a skill within another."""
        if (refused := await self._nested(call)) is not None:
            return refused
        self._emit(CallBegun(call))
        answer, result, about = await self._our_tools.answer(call, self._limit())
        if answer.hidden:
            self._notice(f"{about}: {answer.hidden} hidden characters were taken out")
        self._done(CallEnded(call, "ok", answer.text, result, files=answer.files))
        return Called(answer)

    async def _nested(self, call: ToolCall) -> Called | None:
        """Ask for the yes that a skill within another wants (SEP-2640); what the model is told of a no."""
        nested = await self._our_tools.enclosing(call)
        if nested is None:
            return None
        skill, outer = nested
        request = ApprovalRequest(
            replace(call, server=skill.server, tool=call.name),
            skill.description,
            (f"a skill within the skill {one_line(outer.name, 80)}",),
        )
        async with self._asking:
            decided = await self._decided(call, request)
        return decided if isinstance(decided, Called) else None

    def _limit(self) -> int:
        return self._model.tool_output_token_limit or (self._window or _WINDOW) // 10

    def _refused(self, call: ToolCall, said: str) -> Called:
        self._done(CallEnded(call, "refused", said))
        return Called(Answer(said), failed=True)

    def _done(self, ended: CallEnded) -> None:
        if ended.call.id not in self._ended:
            self._ended.add(ended.call.id)
            self._emit(ended)

    def _notice(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._emit(Noticed(text))
