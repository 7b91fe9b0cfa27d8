"""What a server's settings mean for its status at rest, and which changes of them need a new connection."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.connections.address import masked_address
from services.connections.login_state import status_at_rest
from services.events import ServerState, ServerStatus

if TYPE_CHECKING:
    from services.clock import Clock
    from services.settings import ServerSettings

__all__ = ("chosen_tools", "first_status", "same_connection")


def first_status(settings: ServerSettings, clock: Clock) -> ServerStatus:
    """The status of a server before anything was tried."""
    state = ServerState.STOPPED if settings.enabled else ServerState.DISABLED
    return ServerStatus(
        server=settings.name,
        state=ServerState.INVALID if settings.invalid else state,
        transport=settings.transport,
        since=clock.monotonic(),
        cause=settings.invalid,
        reason="configuration" if settings.invalid else "",
        hint=settings.hint if settings.invalid else "",
        auth=status_at_rest(settings),
        required=settings.required,
        address=masked_address(settings),
    )


def same_connection(before: ServerSettings, settings: ServerSettings, *, same_offer: bool) -> bool:
    """Whether nothing differs but what can be told, and what concerns this side alone."""
    told = replace(before, sandbox=settings.sandbox, log_level=settings.log_level)
    if same_offer:  # that there are roots is said at the beginning
        told = replace(told, roots=settings.roots)
    asked = replace(
        told,
        default_tools_approval_mode=settings.default_tools_approval_mode,
        tools=settings.tools,
        tool_output_limits=settings.tool_output_limits,
        supports_parallel_tool_calls=settings.supports_parallel_tool_calls,
        enabled_tools=settings.enabled_tools,
        disabled_tools=settings.disabled_tools,
        start=settings.start,
        keep_alive=settings.keep_alive,
    )
    return asked == settings


def chosen_tools(settings: ServerSettings) -> tuple[object, object]:
    """Which of its tools are offered."""
    return settings.enabled_tools, settings.disabled_tools
