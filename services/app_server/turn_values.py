"""Conversations with a model as drivers see them: threads, turns, and items that are streamed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from services.app_server.failures import ErrorData
from services.app_server.values import Value

__all__ = (
    *("AgentMessage", "Delta", "Input", "Item", "ItemCompleted", "ItemStarted", "McpToolCall"),
    *("ReasoningDelta", "Reasoning", "TextInput", "ThreadStartParams", "ThreadStarted", "ThreadTokenUsage"),
    *(
        "ThreadValue",
        "TokenUsage",
        "TokenUsageUpdated",
        "ToolCallProgress",
        "ToolResult",
        "TurnError",
        "TurnFailure",
    ),
    *("TurnInterruptParams", "TurnNews", "TurnStartParams", "TurnStartResult", "TurnValue", "UserMessage"),
)


class ThreadStartParams(Value):
    """A conversation that is to begin."""

    model: str | None = None
    """NAME of `[models.NAME]`; `[model]`, or the first one, without it."""
    servers: list[str] | None = None
    """The servers whose tools the model is given; all without it."""


class ThreadValue(Value):
    """A conversation; it is not kept beyond this program."""

    id: str
    model: str
    model_provider: str
    created_at: int
    """Seconds since the epoch, as everywhere here."""


class ThreadStarted(Value):
    """A conversation that began."""

    thread: ThreadValue


class TextInput(Value):
    """What the person says."""

    type: Literal["text"]
    text: str


class ImageInput(Value):
    """A picture for the model."""

    type: Literal["image"]
    url: str
    """`data:` with base64: PNG, JPEG, GIF or WebP."""


Input = Annotated[TextInput | ImageInput, Field(discriminator="type")]


class TurnStartParams(Value):
    """Something to say to the model."""

    thread_id: str
    input: list[Input] = Field(min_length=1)


class TurnInterruptParams(Value):
    """A turn that is to end."""

    thread_id: str
    turn_id: str


class TurnError(Value):
    """What a turn failed with."""

    message: str
    data: ErrorData


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


class TurnStartResult(Value):
    """The turn; its items follow."""

    turn: TurnValue


class TurnNews(Value):
    """A turn began, or ended."""

    thread_id: str
    turn: TurnValue


class UserMessage(Value):
    """What was said to the model."""

    type: Literal["userMessage"] = "userMessage"
    id: str
    content: list[Input]


class AgentMessage(Value):
    """What the model says."""

    type: Literal["agentMessage"] = "agentMessage"
    id: str
    text: str


class Reasoning(Value):
    """What the model thinks before it answers."""

    type: Literal["reasoning"] = "reasoning"
    id: str
    content: list[str]


class ToolResult(Value):
    """What a tool brought back, as the server sent it."""

    content: list[Any]
    structured_content: Any


class McpToolCall(Value):
    """A call of the model."""

    type: Literal["mcpToolCall"] = "mcpToolCall"
    id: str
    server: str
    """Empty for the tools that read resources and skills of all servers."""
    tool: str
    arguments: dict[str, Any]
    status: Literal["inProgress", "completed", "failed"]
    outcome: Literal["ok", "tool_error", "failed", "denied", "refused", "cancelled"] | None = None
    """`refused`: the arguments do not fit, or there is no such tool, so that nothing was sent."""
    answer: str | None = None
    """The text that the model was given."""
    result: ToolResult | None = None
    error: TurnError | None = None
    duration_ms: int | None = None


Item = Annotated[UserMessage | AgentMessage | Reasoning | McpToolCall, Field(discriminator="type")]


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
