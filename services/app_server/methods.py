"""All methods of the machine interface: who calls them, with what, and what comes back.

Names are those of Codex's app server where it has the method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.app_server import opening_values as opening
from services.app_server import question_values as questions
from services.app_server import server_values as servers
from services.app_server import thread_values as threads
from services.app_server import turn_values as turns
from services.driving.values import Nothing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.driving.values import Value

__all__ = (
    *(
        "AGENT_DELTA",
        "APPROVAL",
        "CALL_PROGRESS",
        "CANCEL",
        "CONFIG_WARNING",
        "ELICITATION",
        "ELICITATION_FINISHED",
    ),
    *("ERROR", "INITIALIZE", "INITIALIZED", "ITEM_COMPLETED", "ITEM_STARTED", "LOGIN_COMPLETED"),
    *("Method", "OAUTH_LOGIN", "OF_DRIVER", "OURS", "REASONING_DELTA", "RELOAD", "RESOLVED", "RESOURCE_READ"),
    *("ROOTS", "ROOTS_CHANGED", "SAMPLING", "THREAD_LIST", "THREAD_READ", "THREAD_RESUME"),
    *("STARTUP_STATUS", "STATUS_LIST", "THREAD_START", "THREAD_STARTED", "TOKEN_USAGE", "TOLD_BY_DRIVER"),
    *("TOLD_BY_US", "TOOL_CALL", "TOOL_PROGRESS", "TURN_COMPLETED", "TURN_INTERRUPT", "TURN_START"),
    *(
        "TURN_STARTED",
        "WARNING",
    ),
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

THREAD_START: Final = Method(
    "thread/start",
    "Begin a conversation with a model that uses the servers' tools.",
    threads.ThreadStartParams,
    threads.ThreadStarted,
)
THREAD_LIST: Final = Method(
    "thread/list",
    "Conversations that are kept, those of sessions too, page by page.",
    threads.ThreadListParams,
    threads.ThreadListResult,
)
THREAD_READ: Final = Method(
    "thread/read",
    "One conversation, with its turns where that is wanted.",
    threads.ThreadReadParams,
    threads.ThreadTold,
)
THREAD_RESUME: Final = Method(
    "thread/resume",
    "Go on with a conversation that was kept.",
    threads.ThreadResumeParams,
    threads.ThreadTold,
)
TURN_START: Final = Method(
    "turn/start",
    "Say something to the model; what comes of it is streamed as items.",
    turns.TurnStartParams,
    turns.TurnStartResult,
)
TURN_INTERRUPT: Final = Method(
    "turn/interrupt", "End a turn and its calls.", turns.TurnInterruptParams, Nothing
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

SAMPLING: Final = Method(
    "mcpServer/sampling/request",
    "A server asks for a model's answer; only where `initialize` said so.",
    questions.SamplingRequestParams,
    questions.SamplingResponse,
)
ROOTS: Final = Method(
    "mcpServer/roots/request",
    "A server asks for its directories; only where `initialize` said so.",
    questions.RootsRequestParams,
    questions.RootsResponse,
)

ROOTS_CHANGED: Final = Method(
    "mcpServer/roots/changed",
    "The driver's directories changed; servers are told so.",
    questions.RootsChangedParams,
    questions.RootsChangedResult,
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
THREAD_STARTED: Final = Method("thread/started", "A conversation began.", threads.ThreadStarted)
TURN_STARTED: Final = Method("turn/started", "A turn began.", turns.TurnNews)
TURN_COMPLETED: Final = Method("turn/completed", "A turn ended, however it did.", turns.TurnNews)
ITEM_STARTED: Final = Method("item/started", "A text or a call of the turn begins.", turns.ItemStarted)
ITEM_COMPLETED: Final = Method("item/completed", "It is whole.", turns.ItemCompleted)
AGENT_DELTA: Final = Method("item/agentMessage/delta", "A piece of the model's answer.", turns.Delta)
REASONING_DELTA: Final = Method(
    "item/reasoning/textDelta", "A piece of what the model thinks.", turns.ReasoningDelta
)
CALL_PROGRESS: Final = Method(
    "item/mcpToolCall/progress", "How far a call of the model is.", turns.ToolCallProgress
)
TOKEN_USAGE: Final = Method(
    "thread/tokenUsage/updated", "What a request to the model used.", turns.TokenUsageUpdated
)
ERROR: Final = Method("error", "A request to the model failed.", turns.TurnFailure)
CONFIG_WARNING: Final = Method(
    "configWarning", "What is wrong with the configuration.", opening.ConfigWarning
)
WARNING: Final = Method("warning", "Something that a person should know.", opening.Warned)
RESOLVED: Final = Method(
    "serverRequest/resolved", "A request to the driver needs no answer any more.", opening.RequestResolved
)


def _named(*methods: Method) -> Mapping[str, Method]:
    return {method.name: method for method in methods}


OURS: Final = _named(
    *(INITIALIZE, STATUS_LIST, TOOL_CALL, RESOURCE_READ, RELOAD, OAUTH_LOGIN, ROOTS_CHANGED),
    *(THREAD_START, THREAD_LIST, THREAD_READ, THREAD_RESUME, TURN_START, TURN_INTERRUPT),
)
"""Requests of the driver."""
OF_DRIVER: Final = _named(ELICITATION, SAMPLING, ROOTS, APPROVAL)
"""Requests to the driver."""
TOLD_BY_DRIVER: Final = _named(INITIALIZED, CANCEL)
TOLD_BY_US: Final = _named(
    *(STARTUP_STATUS, TOOL_PROGRESS, LOGIN_COMPLETED, ELICITATION_FINISHED, RESOLVED),
    *(THREAD_STARTED, TURN_STARTED, ITEM_STARTED, AGENT_DELTA, REASONING_DELTA, CALL_PROGRESS),
    *(ITEM_COMPLETED, TOKEN_USAGE, ERROR, TURN_COMPLETED, CONFIG_WARNING, WARNING),
)
