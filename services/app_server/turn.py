"""One turn as a driver hears it: events of the conversation become items that start, grow and end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Literal

from services.app_server import methods
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
from services.threads.turn_items import TurnItems, turn_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.connections.calls import Progress
    from services.driving.driver import Driver
    from services.errors import JackfieldError
    from services.model.events import ModelEvent, Usage
    from services.threads.items import Input, Item
    from services.threads.turn_items import TextKind

__all__ = ("TurnTold",)

_DELTAS: Final[dict[TextKind, methods.Method]] = {
    "agentMessage": methods.AGENT_DELTA,
    "reasoning": methods.REASONING_DELTA,
}


class TurnTold(TurnItems):
    """Tells one turn; `item_of` names the item of a call."""

    def __init__(
        self, driver: Driver, thread: str, turn: str, keep: Callable[[Item], None] = lambda _: None
    ) -> None:
        """`keep` is given every item as it stays."""
        super().__init__(turn, keep)
        self._driver = driver
        self._thread = thread
        self._start = time.time()
        self.value = TurnValue(id=turn, status="inProgress", started_at=int(self._start))

    def begin(self, said: list[Input]) -> None:
        """The turn begins with what was said."""
        self._driver.notify(methods.TURN_STARTED.name, TurnNews(thread_id=self._thread, turn=self.value))
        super().begin(said)

    def started(self, item: Item) -> None:
        """An item begins."""
        told = ItemStarted(
            thread_id=self._thread, turn_id=self.id, item=item, started_at_ms=round(time.time() * 1_000)
        )
        self._driver.notify(methods.ITEM_STARTED.name, told)

    def grown(self, kind: TextKind, item: str, text: str) -> None:
        """A text has become longer."""
        make = Delta if kind == "agentMessage" else ReasoningDelta
        told = make(thread_id=self._thread, turn_id=self.id, item_id=item, delta=text)
        self._driver.notify(_DELTAS[kind].name, told)

    def progressed(self, item: str, progress: Progress) -> None:
        """A server told how far a call is."""
        told = ToolCallProgress(
            thread_id=self._thread,
            turn_id=self.id,
            item_id=item,
            progress=float(progress.progress),
            total=None if progress.total is None else float(progress.total),
            message=progress.message,
        )
        self._driver.notify(methods.CALL_PROGRESS.name, told, progress_of=item)

    def completed(self, item: Item) -> None:
        """An item stays as it is."""
        self._driver.settle(item.id)
        told = ItemCompleted(
            thread_id=self._thread, turn_id=self.id, item=item, completed_at_ms=round(time.time() * 1_000)
        )
        self._driver.notify(methods.ITEM_COMPLETED.name, told)

    def told(self, event: ModelEvent) -> None:
        """What else happened."""
        match event:
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
                self._end("failed")
            case _:
                pass

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
            thread_id=self._thread, turn_id=self.id, error=turn_error(error), will_retry=will_retry
        )
        self._driver.notify(methods.ERROR.name, told)

    def _end(
        self,
        status: Literal["completed", "interrupted", "failed"],
        *,
        usage: Usage | None = None,
    ) -> None:
        now = time.time()
        self.value = TurnValue(
            id=self.id,
            status=status,
            error=self.error,
            started_at=int(self._start),
            completed_at=int(now),
            duration_ms=max(0, round((now - self._start) * 1_000)),
            usage=None if usage is None else _usage(usage),
        )
        self._driver.notify(methods.TURN_COMPLETED.name, TurnNews(thread_id=self._thread, turn=self.value))


def _usage(usage: Usage) -> TokenUsage:
    return TokenUsage(
        input_tokens=usage.input_tokens,
        cached_input_tokens=usage.cached_tokens,
        output_tokens=usage.output_tokens,
        total_tokens=usage.input_tokens + usage.output_tokens,
        requests=usage.requests,
        cost_usd=None if usage.cost is None else float(usage.cost),
    )
