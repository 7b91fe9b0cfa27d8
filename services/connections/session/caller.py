"""Who a request is sent for: another client, whose name and capabilities the server is to see."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("RESERVED", "Caller", "caller_here", "stamped")

_PREFIX: Final = "io.modelcontextprotocol/"
_VERSION: Final = f"{_PREFIX}protocolVersion"
_INFO: Final = f"{_PREFIX}clientInfo"
_CAPABILITIES: Final = f"{_PREFIX}clientCapabilities"
_LEVEL: Final = f"{_PREFIX}logLevel"
RESERVED: Final = frozenset({_VERSION, _INFO, _CAPABILITIES, _LEVEL, "progressToken"})
"""The members of `_meta` that belong to one connection, and are never passed on."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Another client that a request is passed on for."""

    capabilities: Mapping[str, Any] = field(default_factory=dict)
    """What it declared, as it stood on the wire."""
    info: Mapping[str, Any] | None = None
    """Its `clientInfo`; None where it did not say."""
    log_level: str = ""
    """The level of log messages that it asked for with this request (2026-07-28); empty for none."""


caller_here: ContextVar[Caller | None] = ContextVar("caller_here", default=None)
"""The client that the request of this task is passed on for; None for requests of our own."""


def stamped(params: Mapping[str, Any], caller: Caller) -> Mapping[str, Any]:
    """The parameters of a request of 2026-07-28 with the caller's envelope in the place of ours."""
    meta = params.get("_meta")
    if not isinstance(meta, dict) or _VERSION not in meta:
        return params
    own = {key: value for key, value in meta.items() if key not in (_INFO, _CAPABILITIES, _LEVEL)}
    own[_CAPABILITIES] = dict(caller.capabilities)
    if caller.info is not None:
        own[_INFO] = dict(caller.info)
    if caller.log_level:
        own[_LEVEL] = caller.log_level
    return {**params, "_meta": own}
