"""What a driver is asked: forms and pages of servers, and whether a model's call may be made."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from services.driving.values import Value

__all__ = (
    *("ApprovalRequestParams", "ApprovalResponse", "ElicitationFinished", "ElicitationParams"),
    *("ElicitationResponse", "RootValue", "RootsRequestParams", "RootsResponse"),
    *("SampledTextBlock", "SampledToolUse", "SamplingRequestParams", "SamplingResponse"),
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


class SamplingRequestParams(Value):
    """A server asks for a model's answer (`sampling/createMessage`); keys as in MCP."""

    server_name: str
    messages: list[dict[str, Any]]
    """Each a `role` and `content`, which is a list of blocks: text, image, audio, tool_use, tool_result."""
    max_tokens: int
    system_prompt: str | None
    temperature: float | None
    stop_sequences: list[str]
    tools: list[dict[str, Any]]
    """Tools that the answer may ask the server to call: name, description, inputSchema."""
    tool_choice: Literal["auto", "required", "none"]
    model_hints: list[str]
    """Names of models that the server would like."""


class SampledTextBlock(Value):
    """Text of an answer."""

    type: Literal["text"]
    text: str


class SampledToolUse(Value):
    """A call of one of the request's tools, which the server makes itself."""

    type: Literal["tool_use"]
    id: str
    name: str
    input: dict[str, Any]


class SamplingResponse(Value):
    """The answer: `accept` with `content` and `model`; `decline` may have `words` for the server."""

    action: Literal["accept", "decline", "cancel"]
    content: list[Annotated[SampledTextBlock | SampledToolUse, Field(discriminator="type")]] | None = None
    model: str | None = None
    """Who wrote it."""
    stop_reason: str = "endTurn"
    words: str | None = None


class RootValue(Value):
    """A directory."""

    uri: str
    """Of the scheme `file`."""
    name: str | None = None


class RootsRequestParams(Value):
    """A server asks for the directories it may work in; `roots` are those it is told of without others."""

    server_name: str
    roots: list[RootValue]


class RootsChangedParams(Value):
    """The driver's directories are others: `roots` from now on; without them it is asked again."""

    server_name: str | None = None
    """The one server that is told of them; without it all whose tables have no `roots`."""
    roots: list[RootValue] | None = None


class RootsChangedResult(Value):
    """Which servers ask again, or are told of others when they ask."""

    servers: list[str]


class RootsResponse(Value):
    """The answer: `accept`, with other `roots` or those that were proposed; `session` for all later times."""

    action: Literal["accept", "decline", "cancel"]
    roots: list[RootValue] | None = None
    lasting: Literal["once", "session"] = "once"
