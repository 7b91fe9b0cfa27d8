"""`initialize`: the handshake of all revisions before 2026-07-28, and what to do where it is refused."""

from __future__ import annotations

import re
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
from services.connections.session.internals import capabilities, client_info
from services.errors import ConnectionFailed, JackfieldError
from services.text import one_line

if TYPE_CHECKING:
    from mcp.client.session import ClientSession

__all__ = ("KNOWN", "any_handshake", "foreign", "handshake", "listed", "refused", "supported_by")

KNOWN: Final = (*HANDSHAKE_PROTOCOL_VERSIONS, *MODERN_PROTOCOL_VERSIONS)
"""Every revision this program speaks, oldest first."""

_DATE: Final = re.compile(r"\b20\d\d-\d\d-\d\d\b")
_ABOUT_VERSIONS: Final = re.compile(r"(?i)protocol[ _-]?version|version|HTTP 400 Bad Request\Z")
"""Refusals that may be about the revision offered, a bare 400 among them."""


async def any_handshake(sdk: ClientSession) -> None:
    """`initialize` with our newest revision, and with older ones where the server refuses that.

    The server's own words come first (`data.supported`, dates in the message); of a refusal that
    names none, each older revision is tried. Raises the first refusal when none is taken.
    """
    first: MCPError | None = None
    tried: list[str] = []
    waiting = [LATEST_HANDSHAKE_VERSION]
    while waiting:
        version = waiting.pop(0)
        tried.append(version)
        try:
            await _initialize(sdk, version)
        except MCPError as error:
            if first is None or supported_by(error):
                first = error
            waiting = _older(error, tried)
        else:
            return
    assert first is not None
    if supported := supported_by(first):
        raise foreign(supported) from first
    if len(tried) > 1 or (_is_refusal(first) and _DATE.search(first.message)):
        said = one_line(first.message, 200)
        raise refused(
            f"the server refuses protocol {', '.join(tried)}: {said}",
            f"protocol in its table: {listed(KNOWN)}",
        ) from first
    raise first


async def handshake(sdk: ClientSession, version: str) -> None:
    """`initialize` with exactly this revision, which the configuration pins."""
    try:
        await _initialize(sdk, version, pinned=True)
    except MCPError as error:
        if isinstance(error, Fault) and not _ABOUT_VERSIONS.search(error.message):
            raise
        if supported := supported_by(error) or tuple(_named(error)):
            raise refused(
                f"the server speaks {listed(supported)}, not {version}", 'set protocol = "auto" in its table'
            ) from error
        if "version" in error.message.lower():
            said = one_line(error.message, 200)
            raise refused(
                f"the server refuses protocol {version}: {said}", 'set protocol = "auto"'
            ) from error
        raise


def _older(error: MCPError, tried: list[str]) -> list[str]:
    """The revisions to offer after a refusal, the best first."""
    if not _is_refusal(error):
        return []
    offered = list(HANDSHAKE_PROTOCOL_VERSIONS[::-1])
    named = [version for version in offered if version in (*supported_by(error), *_named(error))]
    if left := [version for version in named if version not in tried]:
        return left
    if supported_by(error) or not _ABOUT_VERSIONS.search(error.message):
        return []
    return [version for version in offered if version not in tried]


def _is_refusal(error: MCPError) -> bool:
    """Whether the server refused; what failed on its way may quote a date and the word version as well."""
    return not isinstance(error, Fault) or error.failure.message.startswith("HTTP 4")


def _named(error: MCPError) -> list[str]:
    return _DATE.findall(error.message)


async def _initialize(sdk: ClientSession, version: str, *, pinned: bool = False) -> None:
    """One `initialize`; the SDK itself offers its newest revision only."""
    params = types.InitializeRequestParams(
        protocol_version=version,
        capabilities=capabilities(sdk, version),
        client_info=client_info(sdk),
    )
    result = await sdk.send_request(types.InitializeRequest(params=params), types.InitializeResult)
    answered = result.protocol_version
    if pinned and answered != version:
        hint = f'set protocol = "{answered}" or "auto" in its table' if answered in KNOWN else ""
        raise refused(f"the server speaks {one_line(answered, 40)}, not the pinned {version}", hint)
    if answered in MODERN_PROTOCOL_VERSIONS:
        # Said where it cannot be meant; whoever asked both ways goes back to the new one.
        said = f"protocol version {answered} begins with server/discover"
        raise MCPError(
            types.UNSUPPORTED_PROTOCOL_VERSION, said, {"supported": [answered], "requested": version}
        )
    if answered not in HANDSHAKE_PROTOCOL_VERSIONS:
        raise foreign((answered,))
    sdk.adopt(result)
    await sdk.send_notification(types.InitializedNotification())


def supported_by(error: MCPError) -> tuple[str, ...]:
    """The revisions that an error says the server speaks (`data.supported`); none where it does not."""
    try:
        data = types.UnsupportedProtocolVersionErrorData.model_validate(error.data)
    except ValidationError:
        supported = error.data.get("supported") if isinstance(error.data, dict) else None
        versions = supported if isinstance(supported, list) else ()
        return tuple(version for version in versions if isinstance(version, str))
    return tuple(data.supported)


def foreign(versions: tuple[str, ...]) -> JackfieldError:
    """The error for a server that speaks none of the revisions it was asked for."""
    if any(version in MODERN_PROTOCOL_VERSIONS for version in versions):
        hint = 'set protocol = "auto" in its table, or leave the key out'
        return refused(f"the server speaks {listed(versions)}, which has no older handshake", hint)
    return refused(f"the server speaks {listed(versions)}; this program speaks {listed(KNOWN)}", "")


def refused(text: str, hint: str) -> JackfieldError:
    return ConnectionFailed(text, hint=hint or "is there a newer version of either?", reason="protocol")


def listed(versions: tuple[str, ...]) -> str:
    """Revisions in one line."""
    return one_line(", ".join(versions), 200) or "no revision it names"
