"""One turn as a driver hears it: events of the conversation become items that start, grow and end."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from services.app_server import methods
from services.app_server.failures import error_data
from services.app_server.item_values import (
    AgentMessage,
    McpToolCall,
    Reasoning,
    ToolResult,
    TurnError,
    UserMessage,
)
from services.app_server.opening_values import Warned
from services.app_server.turn_values import (
    Delta,
    ItemCompleted,
    ItemStarted,
    ReasoningDelta,
    ThreadTokenUsage,
    TokenUsage,
    TokenUsageUpdated,
    ToolCallProgress,
    TurnFailure,
    TurnNews,
    TurnValue,
)
from services.model import events as happened

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.app_server.driver import Driver
    from services.app_server.item_values import Input, Item
    from services.approval import ToolCall
    from services.errors import JackfieldError
    from services.model.events import ModelEvent, Usage

__all__ = ("TurnTold",)

_Kind = Literal["agentMessage", "reasoning"]
_DELTAS: Final[dict[_Kind, methods.Method]] = {
    "agentMessage": methods.AGENT_DELTA,
    "reasoning": methods.REASONING_DELTA,
}


@dataclass(slots=True)
class _Growing:
    kind: _Kind
    part: int
    id: str
    pieces: list[str] = field(default_factory=list)

    def item(self) -> Item:
        text = "".join(self.pieces)
        if self.kind == "agentMessage":
            return AgentMessage(id=self.id, text=text)
        return Reasoning(id=self.id, content=[text] if text else [])


class TurnTold:
    """Tells one turn; `item_of` names the item of a call."""

    def __init__(
        self, driver: Driver, thread: str, turn: str, keep: Callable[[Item], None] = lambda _: None
    ) -> None:
        """`keep` is given every item as it stays."""
        self.id = turn
        self._keep = keep
        self._driver = driver
        self._thread = thread
        self._numbers = itertools.count(1)
        self._calls: dict[str, str] = {}
        self._began: dict[str, float] = {}
        self._growing: _Growing | None = None
        self._start = time.time()
        self.value = TurnValue(id=turn, status="inProgress", started_at=int(self._start))

    def begin(self, said: list[Input]) -> None:
        """The turn begins with what was said."""
        self._driver.notify(methods.TURN_STARTED.name, TurnNews(thread_id=self._thread, turn=self.value))
        item = UserMessage(id=self._new_id(), content=said)
        self._started(item)
        self._completed(item)

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
                self._started(self._call(call))
            case happened.CallProgressed():
                self._progressed(event)
            case happened.CallEnded():
                self._ended(event)
            case happened.UsageReported():
                self._used(event)
            case happened.Retrying(error=error):
                self._failed(error, will_retry=True)
            case happened.Noticed(text=text):
                told = Warned(message=text, thread_id=self._thread)
                self._driver.notify(methods.WARNING.name, told)
            case happened.Ended(usage=usage):
                self._end("completed", usage=usage)
            case happened.Cancelled():
                self._end("interrupted")
            case happened.Failed(error=error):
                self._failed(error, will_retry=False)
                self._end("failed", error=error)
            case _:
                pass

    def item_of(self, call: ToolCall) -> str:
        """The item that a call is."""
        if call.id not in self._calls:
            self._calls[call.id] = self._new_id()
        return self._calls[call.id]

    # Texts.

    def _grow(self, kind: _Kind, part: int, text: str) -> None:
        growing = self._growing
        if growing is None or (growing.kind, growing.part) != (kind, part):
            self._finish()
            self._growing = growing = _Growing(kind, part, self._new_id())
            self._started(growing.item())
        growing.pieces.append(text)
        make = Delta if kind == "agentMessage" else ReasoningDelta
        told = make(thread_id=self._thread, turn_id=self.id, item_id=growing.id, delta=text)
        self._driver.notify(_DELTAS[kind].name, told)

    def _finish(self) -> None:
        growing, self._growing = self._growing, None
        if growing is not None:
            self._completed(growing.item())

    # Calls.

    def _call(self, call: ToolCall) -> McpToolCall:
        return McpToolCall(
            id=self.item_of(call),
            server=call.server,
            tool=call.tool,
            arguments=call.arguments,
            status="inProgress",
        )

    def _progressed(self, event: happened.CallProgressed) -> None:
        news = event.progress
        told = ToolCallProgress(
            thread_id=self._thread,
            turn_id=self.id,
            item_id=self.item_of(event.call),
            progress=float(news.progress),
            total=None if news.total is None else float(news.total),
            message=news.message,
        )
        self._driver.notify(methods.CALL_PROGRESS.name, told, progress_of=told.item_id)

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
                "error": None if event.error is None else _error(event.error),
                "duration_ms": None if began is None else round((time.monotonic() - began) * 1_000),
            }
        )
        self._completed(ended)

    # The rest.

    def _used(self, event: happened.UsageReported) -> None:
        told = TokenUsageUpdated(
            thread_id=self._thread,
            turn_id=self.id,
            token_usage=ThreadTokenUsage(
                last=_usage(event.request),
                total=_usage(event.total),
                context_tokens=event.total.context_tokens,
                model_context_window=event.total.context_window,
            ),
        )
        self._driver.notify(methods.TOKEN_USAGE.name, told)

    def _failed(self, error: JackfieldError, *, will_retry: bool) -> None:
        told = TurnFailure(
            thread_id=self._thread, turn_id=self.id, error=_error(error), will_retry=will_retry
        )
        self._driver.notify(methods.ERROR.name, told)

    def _end(
        self,
        status: Literal["completed", "interrupted", "failed"],
        *,
        usage: Usage | None = None,
        error: JackfieldError | None = None,
    ) -> None:
        self._finish()
        now = time.time()
        self.value = TurnValue(
            id=self.id,
            status=status,
            error=None if error is None else _error(error),
            started_at=int(self._start),
            completed_at=int(now),
            duration_ms=max(0, round((now - self._start) * 1_000)),
            usage=None if usage is None else _usage(usage),
        )
        self._driver.notify(methods.TURN_COMPLETED.name, TurnNews(thread_id=self._thread, turn=self.value))

    def _started(self, item: Item) -> None:
        told = ItemStarted(
            thread_id=self._thread, turn_id=self.id, item=item, started_at_ms=round(time.time() * 1_000)
        )
        self._driver.notify(methods.ITEM_STARTED.name, told)

    def _completed(self, item: Item) -> None:
        self._driver.settle(item.id)
        self._keep(item)
        told = ItemCompleted(
            thread_id=self._thread, turn_id=self.id, item=item, completed_at_ms=round(time.time() * 1_000)
        )
        self._driver.notify(methods.ITEM_COMPLETED.name, told)

    def _new_id(self) -> str:
        return f"{self.id}-{next(self._numbers)}"


def _error(error: JackfieldError) -> TurnError:
    return TurnError(message=error.message, data=error_data(error))


def _usage(usage: Usage) -> TokenUsage:
    return TokenUsage(
        input_tokens=usage.input_tokens,
        cached_input_tokens=usage.cached_tokens,
        output_tokens=usage.output_tokens,
        total_tokens=usage.input_tokens + usage.output_tokens,
        requests=usage.requests,
        cost_usd=None if usage.cost is None else float(usage.cost),
    )
