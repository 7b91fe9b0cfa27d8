"""All methods of the machine interface: who calls them, with what, and what comes back.

Names are those of Codex's app server where it has the method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.app_server import opening_values as opening
from services.app_server import question_values as questions
from services.app_server import server_values as servers
from services.app_server.values import Nothing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.app_server.values import Value

__all__ = (
    *("APPROVAL", "CANCEL", "CONFIG_WARNING", "ELICITATION", "ELICITATION_FINISHED", "INITIALIZE"),
    *("INITIALIZED", "LOGIN_COMPLETED", "Method", "OAUTH_LOGIN", "OF_DRIVER", "OURS", "RELOAD", "RESOLVED"),
    *("RESOURCE_READ", "STARTUP_STATUS", "STATUS_LIST", "TOLD_BY_DRIVER", "TOLD_BY_US", "TOOL_CALL"),
    *("TOOL_PROGRESS", "WARNING"),
)


@dataclass(frozen=True, slots=True)
class Method:
    """A request, or without a result a notification."""

    name: str
    about: str
    params: type[Value]
    result: type[Value] | None = None


INITIALIZE: Final = Method(
    "initialize",
    "Open the conversation; servers start after it.",
    opening.InitializeParams,
    opening.InitializeResult,
)

STATUS_LIST: Final = Method(
    "mcpServerStatus/list",
    "Servers with their state and what they offer, page by page; waits for none.",
    servers.StatusListParams,
    servers.StatusListResult,
)
TOOL_CALL: Final = Method(
    "mcpServer/tool/call",
    "Call a tool; waits for a server that starts.",
    servers.ToolCallParams,
    servers.ToolCallResult,
)
RESOURCE_READ: Final = Method(
    "mcpServer/resource/read", "Read a resource.", servers.ResourceReadParams, servers.ResourceReadResult
)
OAUTH_LOGIN: Final = Method(
    "mcpServer/oauth/login",
    "Begin a login; the address for the person comes back.",
    servers.LoginParams,
    servers.LoginResult,
)
RELOAD: Final = Method(
    "config/mcpServer/reload",
    "Read the configuration again and live by it.",
    Nothing,
    servers.ReloadResult,
)

ELICITATION: Final = Method(
    "mcpServer/elicitation/request",
    "A server asks the person.",
    questions.ElicitationParams,
    questions.ElicitationResponse,
)
APPROVAL: Final = Method(
    "item/mcpToolCall/requestApproval",
    "A model asks to call a tool.",
    questions.ApprovalRequestParams,
    questions.ApprovalResponse,
)

INITIALIZED: Final = Method("initialized", "The driver has read the answer to `initialize`.", Nothing)
CANCEL: Final = Method(
    "$/cancelRequest", "Cancel a request; it is answered with -32800.", opening.CancelParams
)

STARTUP_STATUS: Final = Method(
    "mcpServer/startupStatus/updated", "A server went into another state.", servers.StartupStatus
)
TOOL_PROGRESS: Final = Method("mcpServer/tool/progress", "How far a call is.", servers.ToolProgress)
LOGIN_COMPLETED: Final = Method(
    "mcpServer/oauthLogin/completed", "A login came to its end.", servers.LoginCompleted
)
ELICITATION_FINISHED: Final = Method(
    "mcpServer/elicitation/finished", "A server says that a page is finished.", questions.ElicitationFinished
)
CONFIG_WARNING: Final = Method(
    "configWarning", "What is wrong with the configuration.", opening.ConfigWarning
)
WARNING: Final = Method("warning", "Something that a person should know.", opening.Warned)
RESOLVED: Final = Method(
    "serverRequest/resolved", "A request to the driver needs no answer any more.", opening.RequestResolved
)


def _named(*methods: Method) -> Mapping[str, Method]:
    return {method.name: method for method in methods}


OURS: Final = _named(INITIALIZE, STATUS_LIST, TOOL_CALL, RESOURCE_READ, RELOAD, OAUTH_LOGIN)
"""Requests of the driver."""
OF_DRIVER: Final = _named(ELICITATION, APPROVAL)
"""Requests to the driver."""
TOLD_BY_DRIVER: Final = _named(INITIALIZED, CANCEL)
TOLD_BY_US: Final = _named(
    STARTUP_STATUS, TOOL_PROGRESS, LOGIN_COMPLETED, ELICITATION_FINISHED, RESOLVED, CONFIG_WARNING, WARNING
)
