"""Results given to clients as they came: the SDK's server checks an empty one in the place of each."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ConfigDict

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

    Context = ServerRequestContext[Any, Any]
    Handle = Callable[[Context], Awaitable[dict[str, Any]]]

__all__ = ("AnyParams", "Handle", "as_it_came", "kept_apart", "page")

_PAGE: Final = 1_000
"""Entries of one page of a list."""
_NEWER: Final = frozenset({"resultType", "ttlMs", "cacheScope"})
"""Members of results that clients of the handshake era do not know."""
_CACHEABLE: Final = frozenset(
    {
        "tools/list",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
        "resources/read",
        "skills/list",
        "skills/get",
        "resources/directory/read",
    }
)
_EMPTY: Final[dict[str, dict[str, Any]]] = {
    "tools/list": {"tools": []},
    "prompts/list": {"prompts": []},
    "resources/list": {"resources": []},
    "resources/templates/list": {"resourceTemplates": []},
    "tools/call": {"content": []},
    "prompts/get": {"messages": []},
    "resources/read": {"contents": []},
    "completion/complete": {"completion": {"values": []}},
}
"""What the SDK checks in the place of results."""


class AnyParams(types.RequestParams):
    """Parameters that are read by their names."""

    model_config = ConfigDict(extra="allow")


@dataclass(slots=True)
class _Kept:
    result: dict[str, Any] | None = None


_kept: ContextVar[_Kept | None] = ContextVar("kept", default=None)


async def as_it_came(ctx: Context, call_next: CallNext) -> HandlerResult:
    """Give a client the very result of the server."""
    kept = _Kept()
    token = _kept.set(kept)
    try:
        checked = await call_next(ctx)
    finally:
        _kept.reset(token)
    if kept.result is None:
        return checked
    if ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS:
        return {key: value for key, value in kept.result.items() if key not in _NEWER}
    return _enveloped(kept.result, checked if isinstance(checked, dict) else {}, ctx.method)


def kept_apart(method: str, handle: Handle) -> Callable[[Context, AnyParams], Awaitable[dict[str, Any]]]:
    """The handler of a method: its result is kept apart, and an empty one given to the SDK's checks."""

    async def handler(context: Context, params: AnyParams) -> dict[str, Any]:
        result = await handle(context)
        if (kept := _kept.get()) is not None:
            kept.result = result
        return {**_EMPTY.get(method, {}), "resultType": "complete", "ttlMs": 0, "cacheScope": "private"}

    return handler


def page(context: Context, key: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """The page of a list that a request wants."""
    cursor = (context.params or {}).get("cursor")
    if cursor is None and len(entries) <= _PAGE:
        return {key: entries}
    try:
        at = int(cursor or 0)
    except ValueError:
        raise MCPError(types.INVALID_PARAMS, "the cursor is none of this list") from None
    found = {key: entries[at : at + _PAGE]}
    return found | ({"nextCursor": str(at + _PAGE)} if at + _PAGE < len(entries) else {})


def _enveloped(result: dict[str, Any], checked: Mapping[str, Any], method: str) -> dict[str, Any]:
    """A result of 2026-07-28 with what a server must say beside it, where the one behind did not."""
    told = {"resultType": "complete", **result}
    if method in _CACHEABLE and told["resultType"] == "complete":
        told = {"ttlMs": 0, "cacheScope": "private", **told}
    meta = result.get("_meta")
    if meta is None or isinstance(meta, dict):
        told["_meta"] = {**(checked.get("_meta") or {}), **(meta or {})}
    return told
