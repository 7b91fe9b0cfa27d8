"""Everything of the SDK that it does not offer to others, in one place.

`tests/services/connections/session/test_sdk_internals.py` says which of these a newer version
of the SDK has moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mcp.shared.dispatcher import coerce_request_id
from mcp.shared.jsonrpc_dispatcher import JSONRPCDispatcher
from mcp_types import ErrorData

if TYPE_CHECKING:
    from mcp.client.session import ClientSession
    from mcp_types import ClientCapabilities, Implementation

__all__ = (
    "CUT_OFF",
    "FAILED_STREAM",
    "AnsweredDispatcher",
    "capabilities",
    "client_info",
    "learn_headers",
    "next_id",
)

FAILED_STREAM: Final = "SSE stream failed: "
CUT_OFF: Final = (
    FAILED_STREAM,
    "SSE stream ended without a response",
    "SSE stream ended and reconnection attempts were exhausted",
    "server answered a request with 202 Accepted",
)
"""How the errors begin (-32000, without data) that the SDK's HTTP transport answers in a server's place."""


class AnsweredDispatcher(JSONRPCDispatcher):
    """Knows which errors came as answers; the others, such as "Connection closed", are the SDK's own."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._refused: set[int | str] = set()

    def _resolve_pending(self, request_id: int | str | None, outcome: dict[str, Any] | ErrorData) -> None:
        if isinstance(outcome, ErrorData) and request_id is not None:
            key = coerce_request_id(request_id)
            if key in self._pending:
                self._refused.add(key)
        super()._resolve_pending(request_id, outcome)

    def was_answered(self, request_id: int | str) -> bool:
        """Whether the error of this request, which has just ended, came as its answer; asked once."""
        key = coerce_request_id(request_id)
        answered = key in self._refused
        self._refused.discard(key)
        return answered


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
