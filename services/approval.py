"""Whether a model's call is made, as values: the call, the question to the person, and the decisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = (
    "Allow",
    "ApprovalRequest",
    "Approver",
    "CancelTurn",
    "Decision",
    "Deny",
    "Lasting",
    "ToolCall",
    "ToolChange",
    "Withdrawn",
)

Lasting = Literal["once", "session", "always"]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call that a model wants."""

    id: str
    """The provider's; unique in a turn."""
    name: str
    """What the model calls the tool: `mcp__SERVER__TOOL`, `read_mcp_resource`."""
    server: str
    """The configured name; empty for the three resource tools and for a tool that is not there."""
    tool: str
    """The tool's name as on the wire."""
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolChange:
    """How a tool differs from the one that was allowed for good."""

    description_before: str
    description_now: str
    schema_before: Mapping[str, Any]
    schema_now: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """The question whether a call may be made."""

    call: ToolCall
    description: str
    """What the server says the tool does; printable, bounded."""
    declared: tuple[str, ...]
    """What the tool declares about itself, in words."""
    lastings: tuple[Lasting, ...] = ("once",)
    """How long a yes may count."""
    changed: ToolChange | None = None
    """Set where it was allowed for good and is no longer what it was."""
    reads: bool = False
    """Whether the tool says that it only reads."""
    schema: Mapping[str, Any] = field(default_factory=dict)
    """Its input schema, for a form to edit the arguments in."""


@dataclass(frozen=True, slots=True)
class Allow:
    """Make the call; with other arguments where they were edited."""

    lasting: Lasting = "once"
    arguments: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Deny:
    """Do not make it, and go on; the words are told to the model."""

    words: str = ""


@dataclass(frozen=True, slots=True)
class CancelTurn:
    """Do not make it, and end the turn."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Nobody decided: the server went while the person was asked."""


Decision = Allow | Deny | CancelTurn | Withdrawn


class Approver(Protocol):
    """Whoever puts the question to a person, or answers in their place. Asked one question at a time."""

    async def approve(self, request: ApprovalRequest) -> Decision:
        """The decision; cancelled when the turn is."""
        ...
