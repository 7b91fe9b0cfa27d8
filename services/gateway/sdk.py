"""What the gateway uses of the SDK's server that it does not offer to others, in one place.

`tests/services/gateway/test_gateway_sdk.py` says which of these a newer version of the SDK has moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from mcp.server.session import ServerSession

__all__ = ("connection_of", "notify", "on_close", "request")


def connection_of(session: ServerSession) -> Hashable:
    """The connection that a request came over; one request's own on 2026-07-28."""
    return session._connection


def on_close(session: ServerSession, callback: Callable[[], None]) -> None:
    """Have this called when the connection of a request ends."""
    session._connection.exit_stack.callback(callback)


async def request(session: ServerSession, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Ask the client something in the middle of its request; the result as it came."""
    return await session._request_outbound.send_raw_request(method, params)


async def notify(
    session: ServerSession, method: str, params: Mapping[str, Any] | None, *, within: bool
) -> None:
    """Tell the client something, `within` its request or beside it."""
    channel = session._request_outbound if within else session._connection.outbound
    await channel.notify(method, params)
