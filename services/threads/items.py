"""What a turn consists of as drivers see it: what is said, answers, thinking, calls."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from services.driving.failures import ErrorData
from services.driving.values import Value

__all__ = (
    *("AgentMessage", "Input", "Item", "McpToolCall", "Reasoning", "TextInput", "ToolResult", "TurnError"),
    "UserMessage",
)


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


class TurnError(Value):
    """What a turn failed with."""

    message: str
    data: ErrorData


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
