"""Everything that can happen in a turn of a conversation, as frozen values, in the order it happens.

Texts are printable, except `CallEnded.answer`, which is what the model was given.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from services.approval import ApprovalRequest, ToolCall
    from services.connections.calls import Progress
    from services.errors import JackfieldError
    from services.results.content import ToolResult

__all__ = (
    "ApprovalAsked",
    "CallBegun",
    "CallEnded",
    "CallProgressed",
    "CallWanted",
    "Cancelled",
    "Ended",
    "Failed",
    "ModelEvent",
    "Noticed",
    "Retrying",
    "TextDelta",
    "ThinkingDelta",
    "Usage",
    "UsageReported",
)


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used: of one request, a turn or a conversation."""

    input_tokens: int = 0
    """All that was sent, the cached ones included."""
    output_tokens: int = 0
    cached_tokens: int = 0
    """Of the input, what the provider had in its cache."""
    requests: int = 0
    cost: Decimal | None = None
    """US dollars, by the prices that are known here; None where they are not."""
    context_tokens: int = 0
    """What the conversation takes of the context window now."""
    context_window: int | None = None

    @property
    def share(self) -> float | None:
        """The part of the context window that is used, 0 to 1; None where its size is not known."""
        return self.context_tokens / self.context_window if self.context_window else None

    def __add__(self, later: Usage) -> Usage:
        cost = None if self.cost is None and later.cost is None else (self.cost or 0) + (later.cost or 0)
        return Usage(
            self.input_tokens + later.input_tokens,
            self.output_tokens + later.output_tokens,
            self.cached_tokens + later.cached_tokens,
            self.requests + later.requests,
            Decimal(cost) if cost is not None else None,
            later.context_tokens,
            later.context_window,
        )


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer."""

    text: str
    part: int = 0
    """Which part of the turn it belongs to: a new number begins a new paragraph."""


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """A piece of what the model thinks before it answers."""

    text: str
    part: int = 0


@dataclass(frozen=True, slots=True)
class CallWanted:
    """The model asks for a call; nothing was sent yet."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class ApprovalAsked:
    """The person is asked whether a call may be made; the approver answers."""

    request: ApprovalRequest


@dataclass(frozen=True, slots=True)
class CallBegun:
    """A call goes out; its arguments may have been edited by the person."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class CallProgressed:
    """A server told how far a call is."""

    call: ToolCall
    progress: Progress


@dataclass(frozen=True, slots=True)
class CallEnded:
    """A call came to its end, whatever that was."""

    call: ToolCall
    outcome: Literal["ok", "tool_error", "failed", "denied", "refused", "cancelled"]
    """`refused`: the arguments do not fit, or there is no such tool, so that nothing was sent."""
    answer: str = ""
    """The text that the model was given."""
    result: ToolResult | None = None
    """What the tool brought back, whole; None where there is none."""
    error: JackfieldError | None = None
    files: tuple[Path, ...] = ()
    """Where parts of the result were saved."""


@dataclass(frozen=True, slots=True)
class UsageReported:
    """One request was answered."""

    request: Usage
    total: Usage
    """Of the whole conversation."""


@dataclass(frozen=True, slots=True)
class Retrying:
    """A request failed in a way that may pass, and is made again by itself."""

    error: JackfieldError
    attempt: int
    """From 1."""
    seconds: float
    """How long is waited first."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something the person should know; one line."""

    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The turn is over; the last event of one that went well."""

    text: str
    """The whole last answer."""
    usage: Usage
    """Of this turn."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The person ended the turn; what came is kept. The last event."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The turn ended in an error; what came is kept, and `Conversation.retry` asks again. The last event."""

    error: JackfieldError


ModelEvent = (
    TextDelta
    | ThinkingDelta
    | CallWanted
    | ApprovalAsked
    | CallBegun
    | CallProgressed
    | CallEnded
    | UsageReported
    | Retrying
    | Noticed
    | Ended
    | Cancelled
    | Failed
)
