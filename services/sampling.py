"""What a server asks a model (`sampling/createMessage`), and what it is answered, as values.

Everything is as it came: whoever shows it makes it printable.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = (
    "SampledText",
    "SamplingMedia",
    "SamplingMessage",
    "SamplingPart",
    "SamplingReply",
    "SamplingRequest",
    "SamplingTool",
    "ToolOutput",
    "ToolUse",
)


@dataclass(frozen=True, slots=True)
class SampledText:
    """Text of a message."""

    text: str


@dataclass(frozen=True, slots=True)
class SamplingMedia:
    """A picture or a sound of a message."""

    kind: Literal["image", "audio"]
    mime_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A call of one of the request's tools, which the server makes itself."""

    id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """What such a call brought."""

    id: str
    text: str
    is_error: bool = False


SamplingPart = SampledText | SamplingMedia | ToolUse | ToolOutput


@dataclass(frozen=True, slots=True)
class SamplingMessage:
    """One message of the conversation that is to be gone on with."""

    role: Literal["user", "assistant"]
    parts: tuple[SamplingPart, ...]


@dataclass(frozen=True, slots=True)
class SamplingTool:
    """A tool that the model may ask the server to call."""

    name: str
    description: str = ""
    schema: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SamplingRequest:
    """A whole request."""

    messages: tuple[SamplingMessage, ...]
    max_tokens: int
    system_prompt: str = ""
    temperature: float | None = None
    stop_sequences: tuple[str, ...] = ()
    tools: tuple[SamplingTool, ...] = ()
    tool_choice: Literal["auto", "required", "none"] = "auto"
    hints: tuple[str, ...] = ()
    """Names of models that the server would like."""


@dataclass(frozen=True, slots=True)
class SamplingReply:
    """An answer: text, calls of the request's tools, or both."""

    text: str
    model: str
    """Who wrote it: the model's name, or `human`."""
    uses: tuple[ToolUse, ...] = ()
    stop_reason: str = "endTurn"
    tokens: int = 0
    """What it cost, question and answer; 0 for one written by hand."""
