"""What a driver is asked: forms and pages of servers, and whether a model's call may be made."""

from __future__ import annotations

from typing import Any, Literal

from services.app_server.values import Value

__all__ = (
    *("ApprovalRequestParams", "ApprovalResponse", "ElicitationFinished", "ElicitationParams"),
    "ElicitationResponse",
)

Decision = Literal["accept", "acceptForSession", "acceptAlways", "decline", "cancel"]


class ElicitationParams(Value):
    """A server asks the person: a form to fill in, or a page to visit."""

    server_name: str
    mode: Literal["form", "url"]
    message: str
    requested_schema: dict[str, Any] | None = None
    """The form: a flat JSON Schema object, as the server sent it."""
    url: str | None = None
    elicitation_id: str | None = None
    thread_id: str | None = None
    turn_id: str | None = None


class ElicitationResponse(Value):
    """What the person said; `content` are the fields of an accepted form."""

    action: Literal["accept", "decline", "cancel"]
    content: dict[str, Any] | None = None


class ElicitationFinished(Value):
    """A server says that a page is finished; whether the person agreed is still to be answered."""

    server_name: str
    elicitation_id: str


class ApprovalRequestParams(Value):
    """A model asks to call a tool."""

    thread_id: str
    turn_id: str
    item_id: str
    server: str
    tool: str
    arguments: dict[str, Any]
    description: str
    """What the server says that the tool does."""
    declared: list[str]
    """What the tool declares about itself, in words."""
    read_only: bool
    changed: bool
    """Whether it was allowed for good and is no longer what it was."""
    available_decisions: list[Decision]


class ApprovalResponse(Value):
    """The decision: `decline` goes on without the call, `cancel` ends the turn."""

    decision: Decision
    arguments: dict[str, Any] | None = None
    """Others than those asked for, with an acceptance."""
    words: str | None = None
    """What the model is told, with `decline`."""
