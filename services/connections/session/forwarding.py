"""A request of another client, sent on as it is: neither its parameters nor its result are read by models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mcp.shared.exceptions import MCPError
from mcp_types import HEADER_MISMATCH, METHOD_NOT_FOUND

from services.connections.calls import Progress
from services.connections.session.caller import RESERVED, caller_here
from services.connections.session.dispatcher import Fault
from services.connections.session.internals import prepared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.connections.calls import OnProgress
    from services.connections.session.caller import Caller
    from services.connections.session.session import Session

__all__ = ("forward",)

_CALL: Final = "tools/call"


async def forward(
    session: Session, method: str, params: Mapping[str, Any], caller: Caller, on_progress: OnProgress
) -> dict[str, Any]:
    """The result as it stood on the wire. Raises MCPError for an error of the server, JackfieldError else.

    On 2026-07-28 the server sees the caller's name and capabilities; before, those of the handshake.
    """
    if session.dispatcher is None:
        raise MCPError(METHOD_NOT_FOUND, "Method not found")
    try:
        return await _send(session, method, params, caller, on_progress)
    except MCPError as error:
        if error.code != HEADER_MISMATCH or method != _CALL or not session.modern:
            raise
        # The server's idea of which arguments are headers has changed: list once, send once more.
        session.answers.forget("tools/list")
        await session.page("tools")
        return await _send(session, method, params, caller, on_progress)


async def _send(
    session: Session, method: str, params: Mapping[str, Any], caller: Caller, on_progress: OnProgress
) -> dict[str, Any]:
    async def tell(progress: float, total: float | None, message: str | None) -> None:
        on_progress(Progress(progress, total, message or ""))

    meta = {key: value for key, value in (params.get("_meta") or {}).items() if key not in RESERVED}
    given = {key: value for key, value in params.items() if key != "_meta"} | (
        {"_meta": meta} if meta else {}
    )
    ready, options = prepared(session.sdk, method, given)
    if method == _CALL:
        options["on_progress"] = tell
    token = caller_here.set(caller)
    try:
        assert session.dispatcher is not None
        return await session.dispatcher.send_raw_request(method, ready, options)
    except Fault as fault:
        raise fault.failure from fault
    finally:
        caller_here.reset(token)
