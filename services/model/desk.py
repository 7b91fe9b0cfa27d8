"""Where a model's calls are made: looked up, checked, approved, sent, answered; each step an event."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from services.approval import ToolCall
from services.errors import JackfieldError
from services.model.answers import Answer, answer_of
from services.model.events import (
    CallBegun,
    CallEnded,
    CallProgressed,
    Noticed,
)
from services.model.fitting import misfits
from services.model.our_tools import OurTools
from services.model.permission import Permissions, Refusal
from services.model.running import Running, Stopped
from services.model.tools import Offer, offer
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from services.catalog.entries import Tool
    from services.connections.calls import Progress
    from services.model.events import ModelEvent
    from services.model.place import Place
    from services.model.skills import Held
    from services.settings import ModelSettings

__all__ = ("Called", "Desk")

_STOPPED: Final = "The person stopped this call; what it had done until then may stay done."
_AT_ONCE: Final = 50
"""Tools that are offered without a thread: some 5 ms where all are new."""
_WINDOW: Final = 128_000
"""Tokens, for a model whose window is not known."""


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
        self._permissions = Permissions(place, emit, self._notice, self._end_turn)
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
        permitted = await self._permissions.permitted(call, found.tool, found.description)
        if isinstance(permitted, Refusal):
            return self._refused(permitted.call, permitted.said, permitted.outcome)
        return await self._theirs(permitted, found.tool)

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
        if (nested := await self._our_tools.enclosing(call)) is not None:
            refusal = await self._permissions.nested(call, *nested)
            if refusal is not None:
                return self._refused(refusal.call, refusal.said, refusal.outcome)
        self._emit(CallBegun(call))
        answer, result, about = await self._our_tools.answer(call, self._limit())
        if answer.hidden:
            self._notice(f"{about}: {answer.hidden} hidden characters were taken out")
        self._done(CallEnded(call, "ok", answer.text, result, files=answer.files))
        return Called(answer)

    def _limit(self) -> int:
        return self._model.tool_output_token_limit or (self._window or _WINDOW) // 10

    def _refused(
        self, call: ToolCall, said: str, outcome: Literal["denied", "refused"] = "refused"
    ) -> Called:
        self._done(CallEnded(call, outcome, said))
        return Called(Answer(said), failed=True)

    def _end_turn(self, call: ToolCall) -> None:
        """The person wants no more of the turn in which a call was asked about."""
        self._done(CallEnded(call, "denied"))
        self._end()

    def _done(self, ended: CallEnded) -> None:
        if ended.call.id not in self._ended:
            self._ended.add(ended.call.id)
            self._emit(ended)

    def _notice(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._emit(Noticed(text))
