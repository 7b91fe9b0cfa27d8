"""Why a connection failed, in one line with what to do: what the transport knows beside the error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.errors import (
    JackfieldError,
    StartTimeout,
    TransportClosed,
)
from services.remedies import LengthenStart
from services.text import one_line

if TYPE_CHECKING:
    from services.config.settings import ServerSettings
    from services.connections.http.transport import HttpTransport
    from services.connections.stdio.transport import StdioTransport

__all__ = ("explained", "start_timeout", "why_closed")

_REAPED: Final = 0.5
"""Seconds to wait for an exit status once the output has ended."""


async def explained(
    error: JackfieldError, stdio: StdioTransport | None, http: HttpTransport | None
) -> JackfieldError:
    """The error of a failed connection with the cause the transport knows of."""
    if http is not None and http.failure is not None:
        return http.failure
    if stdio is not None and isinstance(error, TransportClosed) and stdio.exited.is_set():
        cause = _with_junk(await why_closed(stdio), stdio)
        return TransportClosed(cause, hint=error.hint, reason="exit")
    return error


async def why_closed(stdio: StdioTransport) -> str:
    """Why a process is gone: its exit status and the last line of its standard error."""
    await stdio.wait_gone(_REAPED)
    return stdio.cause


def start_timeout(settings: ServerSettings, stdio: StdioTransport | None, said: str = "") -> StartTimeout:
    """The error for a handshake that did not end in time, with the key that lengthens it."""
    if stdio is not None:
        said = _with_junk("", stdio) or stdio.last_error_line
    error = StartTimeout(
        f"no answer within {settings.startup_timeout_sec:g} s" + (f" ({said})" if said else ""),
        hint=f"startup_timeout_sec in [mcp_servers.{one_line(settings.name, 80)}] lengthens it",
    )
    error.remedy = LengthenStart(settings.name)
    return error


def _with_junk(cause: str, stdio: StdioTransport) -> str:
    if not stdio.junk:
        return cause
    said = f'standard output, where only MCP belongs, had "{stdio.junk[:120]}"'
    return f"{cause}; {said}" if cause else said
