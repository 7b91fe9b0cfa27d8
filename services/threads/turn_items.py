"""One turn as items: events of the conversation become texts and calls that start, grow and end."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from services.driving.failures import error_data
from services.model import events as happened
from services.threads.items import AgentMessage, McpToolCall, Reasoning, ToolResult, TurnError, UserMessage

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.approval import ToolCall
    from services.connections.calls import Progress
    from services.errors import JackfieldError
    from services.model.events import ModelEvent
    from services.threads.items import Input, Item

__all__ = ("TextKind", "TurnItems", "turn_error")

TextKind = Literal["agentMessage", "reasoning"]


@dataclass(slots=True)
class _Growing:
    kind: TextKind
    part: int
    id: str
    pieces: list[str] = field(default_factory=list)

    def item(self) -> Item:
        text = "".join(self.pieces)
        if self.kind == "agentMessage":
            return AgentMessage(id=self.id, text=text)
        return Reasoning(id=self.id, content=[text] if text else [])


class TurnItems:
    """Makes the items of one turn; the methods that are empty here say how a driver is told of them."""

    error: TurnError | None = None
    """What the turn failed with, once it did."""

    def __init__(self, turn: str, keep: Callable[[Item], None] = lambda _: None) -> None:
        """`keep` is given every item as it stays."""
        self.id = turn
        self._keep = keep
        self._numbers = itertools.count(1)
        self._calls: dict[str, str] = {}
        self._began: dict[str, float] = {}
        self._growing: _Growing | None = None

    def begin(self, said: list[Input]) -> None:
        """The turn begins with what was said."""
        item = UserMessage(id=self._new_id(), content=said)
        self.started(item)
        self._complete(item)

    def hear(self, event: ModelEvent) -> None:
        """One event of the conversation."""
        match event:
            case happened.TextDelta(text=text, part=part):
                self._grow("agentMessage", part, text)
            case happened.ThinkingDelta(text=text, part=part):
                self._grow("reasoning", part, text)
            case happened.CallWanted(call=call):
                self._finish()
                self._began[call.id] = time.monotonic()
                self.started(self._call(call))
            case happened.CallProgressed(call=call, progress=progress):
                self.progressed(self.item_of(call), progress)
            case happened.CallEnded():
                self._ended(event)
            case happened.Ended() | happened.Cancelled() | happened.Failed():
                if isinstance(event, happened.Failed):
                    self.error = turn_error(event.error)
                self._finish()
                self.told(event)
            case _:
                self.told(event)

    def item_of(self, call: ToolCall) -> str:
        """The item that a call is."""
        if call.id not in self._calls:
            self._calls[call.id] = self._new_id()
        return self._calls[call.id]

    # What a driver is told.

    def started(self, item: Item) -> None:
        """An item begins."""

    def grown(self, kind: TextKind, item: str, text: str) -> None:
        """A text has become longer by this."""

    def progressed(self, item: str, progress: Progress) -> None:
        """A server told how far a call is."""

    def completed(self, item: Item) -> None:
        """An item stays as it is now."""

    def told(self, event: ModelEvent) -> None:
        """Whatever else happened; the end of the turn comes last."""

    # Texts and calls.

    def _grow(self, kind: TextKind, part: int, text: str) -> None:
        growing = self._growing
        if growing is None or (growing.kind, growing.part) != (kind, part):
            self._finish()
            self._growing = growing = _Growing(kind, part, self._new_id())
            self.started(growing.item())
        growing.pieces.append(text)
        self.grown(kind, growing.id, text)

    def _finish(self) -> None:
        growing, self._growing = self._growing, None
        if growing is not None:
            self._complete(growing.item())

    def _call(self, call: ToolCall) -> McpToolCall:
        return McpToolCall(
            id=self.item_of(call),
            server=call.server,
            tool=call.tool,
            arguments=call.arguments,
            status="inProgress",
        )

    def _ended(self, event: happened.CallEnded) -> None:
        began = self._began.pop(event.call.id, None)
        raw = None if event.result is None else event.result.raw
        content = raw.get("content") if raw is not None else None
        result = ToolResult(
            content=content if isinstance(content, list) else [],
            structured_content=None if raw is None else raw.get("structuredContent"),
        )
        ended = self._call(event.call).model_copy(
            update={
                "status": "completed" if event.outcome == "ok" else "failed",
                "outcome": event.outcome,
                "answer": event.answer,
                "result": None if raw is None else result,
                "error": None if event.error is None else turn_error(event.error),
                "duration_ms": None if began is None else round((time.monotonic() - began) * 1_000),
            }
        )
        self._complete(ended)

    def _complete(self, item: Item) -> None:
        self._keep(item)
        self.completed(item)

    def _new_id(self) -> str:
        return f"{self.id}-{next(self._numbers)}"


def turn_error(error: JackfieldError) -> TurnError:
    """An error as it stands in an item."""
    return TurnError(message=error.message, data=error_data(error))
