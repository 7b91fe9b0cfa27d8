"""Which revision of the protocol both sides speak: `auto`, `legacy`, or a pinned date.

2026-07-28 has no handshake (`server/discover`); all before have `initialize`. `auto` asks the
new way first and takes the old one where that is not understood, whichever way a server, or what
stands before it, shows that: by an error, a status, a broken connection, or silence.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
from mcp.shared.exceptions import MCPError
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, LATEST_MODERN_VERSION, MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from services.connections.session.dispatcher import Fault
from services.connections.session.handshake import (
    KNOWN,
    any_handshake,
    foreign,
    handshake,
    listed,
    refused,
    supported_by,
)
from services.errors import ConnectionFailed, LoginFailed, LoginNeeded
from services.text import one_line

if TYPE_CHECKING:
    from mcp.client.session import ClientSession

__all__ = ("KNOWN", "negotiate")

_OTHER_ANSWERS: Final = ("http", "server_error", "protocol", "closed")
"""Faults that an older server may answer a question with that it does not know."""

_SILENCE: Final = 2.0
"""Seconds that `server/discover` may stay unanswered before the older handshake goes out beside it."""


async def negotiate(sdk: ClientSession, protocol: str) -> None:
    """Agree on a revision. Raises ConnectionFailed with the reason `protocol` where there is none."""
    try:
        if protocol == "auto":
            await _auto(sdk)
        elif protocol in MODERN_PROTOCOL_VERSIONS:
            await _pinned_modern(sdk, protocol)
        elif protocol in HANDSHAKE_PROTOCOL_VERSIONS:
            await handshake(sdk, protocol)
        elif protocol == "legacy":
            await any_handshake(sdk)
        else:
            hint = f"protocol may be {', '.join(KNOWN)}, auto or legacy"
            raise refused(f"{one_line(protocol, 40)} is not a revision that Jackfield speaks", hint)
    except Fault as fault:
        raise fault.failure from fault


async def _auto(sdk: ClientSession) -> None:
    """Ask the new way; at a refusal, or beside a silence, the old way. The first that works counts."""
    asking = asyncio.create_task(_discovered(sdk, LATEST_MODERN_VERSION), name="server/discover")
    older: asyncio.Task[None] | None = None
    try:
        await asyncio.wait((asking,), timeout=_SILENCE)
        if asking.done() and _adopted(sdk, asking.result()):
            return
        silent = not asking.done()
        older = asyncio.create_task(any_handshake(sdk), name="initialize")
        if silent and await _spoke_late(asking, older) and _adopted(sdk, asking.result()):
            return
        await _older_or_again(sdk, older)
    finally:
        for task in (asking, older):
            if task is not None and not task.done():
                task.cancel()
                await asyncio.wait((task,))


async def _spoke_late(asking: asyncio.Task[Any], older: asyncio.Task[None]) -> bool:
    """Whether the first question was answered after all, and the older handshake did not work before.

    A server that was slow to start answers both at once, and one of the new era refuses the older.
    """
    await asyncio.wait((asking, older), return_when=asyncio.FIRST_COMPLETED)
    if not older.done():
        return True
    if older.exception() is None:
        return False
    await asyncio.wait((asking,), timeout=_SILENCE)
    return asking.done()


async def _older_or_again(sdk: ClientSession, older: asyncio.Task[None]) -> None:
    """The end of the older handshake; one refused by a server of the new era leads back to that."""
    try:
        await older
    except (MCPError, ConnectionFailed) as error:
        refusal = error if isinstance(error, MCPError) else error.__cause__
        supported = supported_by(refusal) if isinstance(refusal, MCPError) else ()
        mutual = [version for version in MODERN_PROTOCOL_VERSIONS if version in supported]
        if not mutual or not _adopted(sdk, await _discovered(sdk, mutual[-1])):
            raise


async def _discovered(sdk: ClientSession, version: str, *, again: bool = True) -> types.DiscoverResult | None:
    """What `server/discover` says; None where the server does not know it. Raises ConnectionFailed."""
    try:
        raw = await sdk.send_discover(version)
        return types.DiscoverResult.model_validate(raw)
    except ValidationError:
        return None
    except MCPError as error:
        if isinstance(error, Fault) and isinstance(error.failure, LoginFailed | LoginNeeded):
            raise  # nothing was asked: the older handshake would fail to log in as well
        if (
            isinstance(error, Fault)
            or error.code != types.UNSUPPORTED_PROTOCOL_VERSION
            or not (supported := supported_by(error))
        ):
            return None
        mutual = [known for known in MODERN_PROTOCOL_VERSIONS if known in supported]
        if mutual and again:  # also where it names the one it has just refused: once
            return await _discovered(sdk, mutual[-1], again=False)
        if not any(known in supported for known in HANDSHAKE_PROTOCOL_VERSIONS):
            raise foreign(supported) from error
        return None


def _adopted(sdk: ClientSession, found: types.DiscoverResult | None) -> bool:
    """Whether the session speaks the new way now: the server knows it, and a revision of ours."""
    if found is None or not any(known in found.supported_versions for known in MODERN_PROTOCOL_VERSIONS):
        return False
    sdk.adopt(found)
    return True


async def _pinned_modern(sdk: ClientSession, protocol: str) -> None:
    hint = 'set protocol = "auto" in its table, or "legacy" for the older handshake'
    try:
        await sdk.discover()
    except MCPError as error:
        if isinstance(error, Fault) and error.failure.reason not in _OTHER_ANSWERS:
            raise
        supported = supported_by(error)
        speaks = f"speaks {listed(supported)}" if supported else "does not know server/discover"
        said = "" if supported else f" ({one_line(error.message, 120)})"
        raise refused(f"the server {speaks}{said}, not the pinned {protocol}", hint) from error
    except (RuntimeError, ValidationError) as error:
        raise refused(f"the server does not speak the pinned {protocol}", hint) from error
