"""Servers as drivers see them: their status, what they offer, calls, and logins."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from services.driving.values import Value

__all__ = (
    *("LoginCompleted", "LoginParams", "LoginResult", "ReloadResult", "ResourceReadParams"),
    *("ResourceReadResult", "StartupStatus", "StatusListParams", "StatusListResult"),
    *("McpResource", "McpResourceTemplate", "McpServerInfo", "McpServerStatus", "McpTool"),
    *("ToolCallParams", "ToolCallResult", "ToolProgress"),
)

AuthStatus = Literal["unknown", "unsupported", "notLoggedIn", "bearerToken", "oAuth"]
RuntimeStatus = Literal["notStarted", "starting", "connected", "authenticationRequired", "failed", "disabled"]
StartupState = Literal["starting", "ready", "failed", "cancelled"]
State = Literal[
    "disabled", "invalid", "starting", "ready", "login needed", "failed", "reconnecting", "stopped"
]


class McpTool(Value):
    """A tool, under the name it is called by."""

    name: str
    title: str | None
    description: str | None
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None
    annotations: dict[str, bool]
    """Hints of the server about the tool: `readOnlyHint` and the like."""


class McpResource(Value):
    """A resource."""

    uri: str
    name: str
    title: str | None
    description: str | None
    mime_type: str | None
    size: int | None


class McpResourceTemplate(Value):
    """A template of URIs (RFC 6570)."""

    uri_template: str
    name: str
    title: str | None
    description: str | None
    mime_type: str | None


class McpServerInfo(Value):
    """What a server calls itself."""

    name: str
    version: str


class McpServerStatus(Value):
    """One server, at the moment of the answer."""

    name: str
    state: State
    """As in the session's panel."""
    runtime_status: RuntimeStatus
    auth_status: AuthStatus
    error: str | None
    """Why it is in this state, in one line."""
    hint: str | None
    """What to do about it."""
    remedy: dict[str, Any] | None
    """The same as a value: `type` says what to do."""
    transport: Literal["stdio", "http", "sse"]
    required: bool
    protocol_version: str | None
    server_info: McpServerInfo | None
    latency_ms: float | None
    """Of the last request that was answered."""
    restarts: int
    pid: int | None
    counts: dict[str, int]
    """How many tools, resources, resourceTemplates, prompts and skills it offers."""
    tools: dict[str, McpTool]
    tools_error: str | None
    """Why its list of tools could not be read."""
    resources: list[McpResource]
    resource_templates: list[McpResourceTemplate]


class StatusListParams(Value):
    """Which servers, and how much of each."""

    cursor: str | None = None
    """`nextCursor` of the page before."""
    limit: int | None = Field(default=None, ge=1)
    """Servers on a page; all without it."""
    detail: Literal["full", "toolsAndAuthOnly", "statusOnly"] | None = None
    """`full` without it. Without resources, or without tools too, these are empty."""
    server_name: str | None = None
    """This server alone."""


class StatusListResult(Value):
    """A page of servers, in the order of the configuration."""

    data: list[McpServerStatus]
    next_cursor: str | None


class StartupStatus(Value):
    """A server went into another state."""

    name: str
    status: StartupState
    state: State
    error: str | None
    failure_reason: Literal["reauthenticationRequired"] | None
    hint: str | None
    thread_id: None = None


class ToolCallParams(Value):
    """A call; what it asks comes as requests to the driver."""

    server: str
    tool: str
    arguments: dict[str, Any] | None = None


class ToolCallResult(Value):
    """What the tool brought back, as the server sent it."""

    content: list[Any]
    structured_content: Any
    is_error: bool
    meta: Any = Field(serialization_alias="_meta", validation_alias="_meta")
    faults: list[str]
    """What is wrong with the result by the tool's own schema, or the specification."""
    duration_ms: float


class ToolProgress(Value):
    """How far a call is."""

    request_id: str | int
    """Of `mcpServer/tool/call`."""
    server: str
    tool: str
    progress: float
    total: float | None
    message: str | None


class ResourceReadParams(Value):
    """A resource of a server."""

    server: str
    uri: str


class ResourceReadResult(Value):
    """Its contents, as the server sent them."""

    contents: list[Any]


class ReloadResult(Value):
    """What the configuration changed: names of servers."""

    added: list[str]
    removed: list[str]
    changed: list[str]


class LoginParams(Value):
    """A login at a server; one that is under way there ends."""

    name: str
    scopes: list[str] | None = None
    timeout_secs: float | None = Field(default=None, gt=0)


class LoginResult(Value):
    """Where the person logs in; `mcpServer/oauthLogin/completed` follows."""

    authorization_url: str
    login_id: str


class LoginCompleted(Value):
    """A login came to its end; after a good one the server connects by itself."""

    name: str
    login_id: str
    success: bool
    error: str | None
    thread_id: None = None
