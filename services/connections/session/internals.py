"""Everything of the SDK that it does not offer to others, in one place.

`tests/services/connections/session/test_sdk_internals.py` says which of these a newer version
of the SDK has moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp.client.session import ClientSession
    from mcp.shared.jsonrpc_dispatcher import JSONRPCDispatcher
    from mcp_types import ClientCapabilities, Implementation

__all__ = ("capabilities", "client_info", "learn_headers", "next_id")


def capabilities(sdk: ClientSession, version: str) -> ClientCapabilities:
    """What the session offers to servers of a revision: the SDK derives it from its callbacks."""
    return sdk._build_capabilities(version)


def client_info(sdk: ClientSession) -> Implementation:
    """The name and version the session goes by."""
    return sdk._client_info


def next_id(dispatcher: JSONRPCDispatcher) -> int | str:
    """The id of the dispatcher's next request, taken before the request is made."""
    return dispatcher._allocate_id()


def learn_headers(sdk: ClientSession, tool: str, headers: dict[tuple[str, ...], str]) -> None:
    """Have the session send arguments of a tool as headers (`x-mcp-header`); by path of the argument."""
    sdk._x_mcp_header_maps[tool] = headers
