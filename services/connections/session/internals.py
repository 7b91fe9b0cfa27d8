"""Everything of the SDK that it does not offer to others, in one place.

`tests/services/connections/session/test_sdk_internals.py` says which of these a newer version
of the SDK has moved.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from mcp.shared.dispatcher import coerce_request_id
from mcp.shared.jsonrpc_dispatcher import JSONRPCDispatcher
from mcp_types import ErrorData, JSONRPCError

from services.connections.messages.reader import UNUSABLE
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from mcp.client.session import ClientSession
    from mcp.shared.dispatcher import CallOptions
    from mcp_types import ClientCapabilities, Implementation, JSONRPCResponse

__all__ = (
    "CUT_OFF",
    "FAILED_STREAM",
    "AnsweredDispatcher",
    "capabilities",
    "client_info",
    "learn_headers",
    "next_id",
    "prepared",
)

FAILED_STREAM: Final = "SSE stream failed: "
CUT_OFF: Final = (
    FAILED_STREAM,
    "SSE stream ended without a response",
    "SSE stream ended and reconnection attempts were exhausted",
    "server answered a request with 202 Accepted",
)
"""How the errors begin (-32000, without data) that the SDK's HTTP transport answers in a server's place."""


_QUIET: Final = 1.0
"""Seconds between two words about answers to nobody: there may be thousands."""
_PATIENCE: Final = 2.0
"""Seconds that the true answer has to follow one to nobody."""


class AnsweredDispatcher(JSONRPCDispatcher):
    """Knows which errors came as answers; the others, such as "Connection closed", are the SDK's own."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._refused: set[int | str] = set()
        self.held: MutableMapping[int | str, JSONRPCResponse | JSONRPCError] = {}
        """True answers, where the transport could only let a short one through."""
        self.one_stream = False
        """Whether all answers come on one stream, so that one with a strange id can be for any request."""
        self.waiting: set[int | str] = set()
        """The requests that wait for an answer, without those that only bring news."""
        self.unmatched: Callable[[str], None] = lambda _: None
        """Told of an answer that nobody can have asked for."""
        self._latest = 0
        self._quiet_until = 0.0

    def _resolve_pending(self, request_id: int | str | None, outcome: dict[str, Any] | ErrorData) -> None:
        if self.held and request_id is not None:
            held = self.held.pop(coerce_request_id(request_id), None)
            if held is not None:
                outcome = held.error if isinstance(held, JSONRPCError) else held.result
        if self.one_stream and not self._was_asked(request_id):
            request_id = self._meant(request_id, outcome)
        if isinstance(outcome, ErrorData) and request_id is not None:
            key = coerce_request_id(request_id)
            if key in self._pending:
                self._refused.add(key)
        super()._resolve_pending(request_id, outcome)

    def _allocate_id(self) -> int:
        number = super()._allocate_id()
        self._latest = max(self._latest, number)
        return number

    def _was_asked(self, request_id: int | str | None) -> bool:
        """Whether a request with this id was sent; an answer to one that has ended is only late."""
        key = coerce_request_id(request_id) if request_id is not None else None
        return key in self._pending or (isinstance(key, int) and 0 < key <= self._latest)

    def _meant(self, request_id: int | str | None, outcome: dict[str, Any] | ErrorData) -> int | str | None:
        """Whose answer one with an id never sent is: an error's is the one request that waits.

        A result may be for somebody else, so nobody is given it; that it came is said, once a second. The one
        request that waits is given up when the true answer does not follow soon.
        """
        is_error = isinstance(outcome, ErrorData) and outcome.code != UNUSABLE
        if is_error and len(self.waiting) == 1:
            return next(iter(self.waiting))
        loop = asyncio.get_running_loop()
        said = one_line(outcome.message, 200) if isinstance(outcome, ErrorData) else "a result"
        named = "without an id" if request_id is None else f"with the id {one_line(str(request_id), 80)}"
        then = f": {said}"
        if request_id is None and isinstance(outcome, ErrorData) and not is_error:
            named, then = said.removeprefix("an answer came "), ""  # ours: it says what stood for the id
        if loop.time() >= self._quiet_until:
            self._quiet_until = loop.time() + _QUIET
            self.unmatched(f"an answer {named} came to no request of ours{then}")
        if len(self.waiting) == 1:
            (number,) = self.waiting
            loop.call_later(_PATIENCE, self._give_up, number, f"an answer {named} came instead{then}")
        return request_id

    def _give_up(self, number: int | str, why: str) -> None:
        if number in self.waiting and number in self._pending:
            self._resolve_pending(number, ErrorData(code=UNUSABLE, message=why))

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


def prepared(
    sdk: ClientSession, method: str, params: dict[str, Any]
) -> tuple[dict[str, Any] | None, CallOptions]:
    """The parameters and options of a request as the session would send it: its envelope, its headers."""
    data: dict[str, Any] = {"method": method, "params": params}
    options: CallOptions = {}
    sdk._stamp(data, options)
    return data.get("params"), options
