"""Which revision of the protocol both sides speak: `auto`, `legacy`, or a pinned date.

2026-07-28 has no handshake (`server/discover`); all before have `initialize`. `auto` asks the
new way first and takes the old one where that is not understood.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import mcp_types as types
from mcp.shared.exceptions import MCPError
from mcp_types.version import (
    HANDSHAKE_PROTOCOL_VERSIONS,
    LATEST_HANDSHAKE_VERSION,
    MODERN_PROTOCOL_VERSIONS,
)
from pydantic import ValidationError

from services.connections.session.dispatcher import Fault
from services.connections.session.internals import capabilities, client_info, negotiate_auto
from services.errors import ConnectionFailed, JackfieldError
from services.text import one_line

if TYPE_CHECKING:
    from mcp.client.session import ClientSession

__all__ = ("KNOWN", "negotiate")

KNOWN: Final = (*HANDSHAKE_PROTOCOL_VERSIONS, *MODERN_PROTOCOL_VERSIONS)
"""Every revision this program speaks, oldest first."""

_OTHER_ANSWERS: Final = ("http", "server_error", "protocol", "closed")
"""Faults that an older server may answer a question with that it does not know."""


async def negotiate(sdk: ClientSession, protocol: str) -> None:
    """Agree on a revision. Raises ConnectionFailed with the reason `protocol` where there is none."""
    try:
        if protocol == "auto":
            await _auto(sdk)
        elif protocol in MODERN_PROTOCOL_VERSIONS:
            await _pinned_modern(sdk, protocol)
        elif protocol in HANDSHAKE_PROTOCOL_VERSIONS:
            await _handshake(sdk, protocol, pinned=True)
        elif protocol == "legacy":
            await _handshake(sdk, LATEST_HANDSHAKE_VERSION, pinned=False)
        else:
            hint = f"protocol may be {', '.join(KNOWN)}, auto or legacy"
            raise _refused(f"{one_line(protocol, 40)} is no revision that this program speaks", hint)
    except Fault as fault:
        raise fault.failure from fault


async def _auto(sdk: ClientSession) -> None:
    try:
        await negotiate_auto(sdk)
    except MCPError as error:
        if error.code != types.UNSUPPORTED_PROTOCOL_VERSION:
            raise
        raise _foreign(_supported(error)) from error
    except RuntimeError as error:  # the SDK's word for a handshake answered with an unknown revision
        raise _foreign((str(error).rpartition(": ")[2],)) from error


async def _pinned_modern(sdk: ClientSession, protocol: str) -> None:
    hint = 'set protocol = "auto" in its table, or "legacy" for the older handshake'
    try:
        await sdk.discover()
    except MCPError as error:
        if isinstance(error, Fault) and error.failure.reason not in _OTHER_ANSWERS:
            raise
        supported = _supported(error)
        speaks = f"speaks {_listed(supported)}" if supported else "does not know server/discover"
        said = "" if supported else f" ({one_line(error.message, 120)})"
        raise _refused(f"the server {speaks}{said}, not the pinned {protocol}", hint) from error
    except (RuntimeError, ValidationError) as error:
        raise _refused(f"the server does not speak the pinned {protocol}", hint) from error


async def _handshake(sdk: ClientSession, version: str, *, pinned: bool) -> None:
    """`initialize` with exactly this revision offered; the SDK itself offers its newest only."""
    params = types.InitializeRequestParams(
        protocol_version=version,
        capabilities=capabilities(sdk, version),
        client_info=client_info(sdk),
    )
    try:
        result = await sdk.send_request(types.InitializeRequest(params=params), types.InitializeResult)
    except MCPError as error:
        if supported := _supported(error):
            hint = 'set protocol = "auto" in its table'
            raise _refused(f"the server speaks {_listed(supported)}, not {version}", hint) from error
        raise
    answered = result.protocol_version
    if pinned and answered != version:
        hint = f'set protocol = "{answered}" or "auto" in its table' if answered in KNOWN else ""
        raise _refused(f"the server speaks {one_line(answered, 40)}, not the pinned {version}", hint)
    if answered not in HANDSHAKE_PROTOCOL_VERSIONS:
        raise _foreign((answered,))
    sdk.adopt(result)
    await sdk.send_notification(types.InitializedNotification())


def _supported(error: MCPError) -> tuple[str, ...]:
    try:
        data = types.UnsupportedProtocolVersionErrorData.model_validate(error.data)
    except ValidationError:
        return ()
    return tuple(data.supported)


def _foreign(versions: tuple[str, ...]) -> JackfieldError:
    return _refused(f"the server speaks {_listed(versions)}; this program speaks {_listed(KNOWN)}", "")


def _refused(text: str, hint: str) -> JackfieldError:
    return ConnectionFailed(text, hint=hint or "is there a newer version of either?", reason="protocol")


def _listed(versions: tuple[str, ...]) -> str:
    return one_line(", ".join(versions), 200) or "no revision it names"
