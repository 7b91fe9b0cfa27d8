"""What a demo tool receives and what it may give back."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp.server.subscriptions import InMemorySubscriptionBus
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from mcp.server.context import ServerRequestContext

__all__ = (
    "LEVELS",
    "Call",
    "DemoState",
    "DemoTool",
    "Outcome",
    "complain",
    "failure",
    "result",
    "session_key",
    "text",
)

Outcome = types.CallToolResult | types.InputRequiredResult | dict[str, Any]
"""A dict is a result of an extension."""

LEVELS: tuple[types.LoggingLevel, ...] = (
    "debug",
    "info",
    "notice",
    "warning",
    "error",
    "critical",
    "alert",
    "emergency",
)


@dataclass(slots=True)
class DemoState:
    """What the process remembers between calls."""

    bus: InMemorySubscriptionBus = field(default_factory=InMemorySubscriptionBus)
    grown: list[str] = field(default_factory=list)
    visited: set[str] = field(default_factory=set)
    """HTTP sessions ("" on stdio) that were sent to a page, and have not called again."""
    levels: dict[str, types.LoggingLevel] = field(default_factory=dict)
    """Lowest log level wanted, by HTTP session ("" on stdio); 2025-11-25 only."""
    brews: dict[str, Any] = field(default_factory=dict)
    """`services.demo.tasks.Brew`, each by the id of its task."""


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call, with the way back to the client that made it."""

    context: ServerRequestContext[Any, Any]
    params: types.CallToolRequestParams
    state: DemoState

    @property
    def arguments(self) -> Mapping[str, Any]:
        return self.params.arguments or {}

    @property
    def modern(self) -> bool:
        """Whether the client speaks 2026-07-28, where a server returns its questions."""
        return self.context.protocol_version in MODERN_PROTOCOL_VERSIONS

    async def progress(self, done: float, total: float, message: str) -> None:
        """Tell a client that asked for progress how far the call is."""
        await self.context.session.report_progress(done, total, message)

    async def log(self, level: types.LoggingLevel, data: Any) -> bool:
        """Send a log message if the client wants those of this level."""
        wanted = self.wanted_level
        if wanted is None or LEVELS.index(level) < LEVELS.index(wanted):
            return False
        await self.context.session.send_log_message(
            level, data, logger="demo", related_request_id=self.context.request_id
        )
        return True

    @property
    def wanted_level(self) -> types.LoggingLevel | None:
        """The lowest log level the client wants: set for the session, or at 2026-07-28 for this request."""
        if not self.modern:
            return self.state.levels.get(session_key(self.context), "debug")
        wanted = (self.context.meta or {}).get(types.LOG_LEVEL_META_KEY)
        return next((level for level in LEVELS if level == wanted), None)


@dataclass(frozen=True, slots=True)
class DemoTool:
    """A tool as it is announced and what answers its calls."""

    tool: types.Tool
    run: Callable[[Call], Awaitable[Outcome]]


def session_key(context: ServerRequestContext[Any, Any]) -> str:
    """The HTTP session a message belongs to, "" on stdio."""
    request = context.request
    return "" if request is None else str(request.headers.get("mcp-session-id", ""))


def text(words: str) -> types.TextContent:
    """A text block."""
    return types.TextContent(text=words)


def result(
    *blocks: types.ContentBlock | str, structured: dict[str, Any] | None = None
) -> types.CallToolResult:
    """A successful result; a plain string stands for a text block."""
    content = [text(block) if isinstance(block, str) else block for block in blocks]
    return types.CallToolResult(content=content, structured_content=structured)


def failure(words: str) -> types.CallToolResult:
    """A result that says the tool failed (`isError`)."""
    return types.CallToolResult(content=[text(words)], is_error=True)


def complain(line: str) -> None:
    """Write one line on standard error at once."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
