"""Turns of a model as drivers see them, and what is streamed of them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from services.driving.values import Value
from services.threads.items import Input, Item, TurnError

__all__ = (
    *("Delta", "ItemCompleted", "ItemStarted", "ReasoningDelta", "ThreadTokenUsage", "TokenUsage"),
    *("TokenUsageUpdated", "ToolCallProgress", "TurnFailure", "TurnInterruptParams", "TurnNews"),
    *("TurnStartParams", "TurnStartResult", "TurnValue"),
)


class TurnStartParams(Value):
    """Something to say to the model."""

    thread_id: str
    input: list[Input] = Field(min_length=1)


class TurnInterruptParams(Value):
    """A turn that is to end."""

    thread_id: str
    turn_id: str


class TokenUsage(Value):
    """What was used; cost in US dollars, where prices are known."""

    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    total_tokens: int
    requests: int
    cost_usd: float | None


class TurnValue(Value):
    """One text to the model with all that follows until it is done."""

    id: str
    status: Literal["inProgress", "completed", "interrupted", "failed"]
    error: TurnError | None = None
    started_at: int
    completed_at: int | None = None
    duration_ms: int | None = None
    usage: TokenUsage | None = None
    items: list[Item] = []
    """Of a thread that was read or resumed; items of a turn under way are streamed."""


class TurnStartResult(Value):
    """The turn; its items follow."""

    turn: TurnValue


class TurnNews(Value):
    """A turn began, or ended."""

    thread_id: str
    turn: TurnValue


class ItemStarted(Value):
    """An item begins; texts grow by deltas."""

    thread_id: str
    turn_id: str
    item: Item
    started_at_ms: int


class ItemCompleted(Value):
    """An item as it stays."""

    thread_id: str
    turn_id: str
    item: Item
    completed_at_ms: int


class Delta(Value):
    """A piece more of an item's text."""

    thread_id: str
    turn_id: str
    item_id: str
    delta: str


class ReasoningDelta(Delta):
    """The same of what the model thinks."""

    content_index: int = 0


class ToolCallProgress(Value):
    """How far a call of the model is."""

    thread_id: str
    turn_id: str
    item_id: str
    progress: float
    total: float | None
    message: str


class ThreadTokenUsage(Value):
    """What the last request used, and the whole thread."""

    last: TokenUsage
    total: TokenUsage
    context_tokens: int
    model_context_window: int | None


class TokenUsageUpdated(Value):
    """One request to the model was answered."""

    thread_id: str
    turn_id: str
    token_usage: ThreadTokenUsage


class TurnFailure(Value):
    """A request to the model failed; with `will_retry` it is made again by itself."""

    thread_id: str
    turn_id: str
    error: TurnError
    will_retry: bool
