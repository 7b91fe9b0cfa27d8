"""The SDK's dispatcher with three things more: results unchecked, how long they took, why HTTP failed."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mcp.shared.exceptions import MCPError
from mcp_types import CONNECTION_CLOSED, LOG_LEVEL_META_KEY, PARSE_ERROR

from services.connections.calls import clock_here
from services.connections.messages.frames import MOST_LISTED
from services.connections.session.asked import as_meant
from services.connections.session.caller import caller_here, stamped
from services.connections.session.internals import CUT_OFF, FAILED_STREAM, AnsweredDispatcher, next_id
from services.errors import ConnectionFailed, JackfieldError, ResultTooLarge, TransportClosed
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    from mcp.shared.dispatcher import CallOptions, OnRequest

    from services.clock import Clock

__all__ = ("Box", "Fault", "RecordingDispatcher", "box")

MOST_TOOLS: Final = MOST_LISTED - 1
"""Tools of one page; the list ends with them."""
_TOOLS: Final = "tools/list"
_NEWS: Final = "subscriptions/listen"
_CALL: Final = "tools/call"
_CANCELLED: Final = "notifications/cancelled"


@dataclass(slots=True)
class Box:
    """Where the dispatcher leaves the result of the request its task sent, before the SDK checks it."""

    raw: dict[str, Any] | None = None
    fault: str = ""
    """What was left out of it, in one line."""


box: ContextVar[Box | None] = ContextVar("box", default=None)


class Fault(MCPError):
    """A request that failed on its way; to the SDK it is an error like those servers send."""

    def __init__(self, error: MCPError, failure: JackfieldError) -> None:
        super().__init__(code=error.code, message=error.message, data=error.data)
        self.failure = failure


class RecordingDispatcher(AnsweredDispatcher):
    """Leaves raw results in `box`, tells the time each took, and raises `Fault` with the true reason."""

    clock: Clock
    answered: Callable[[float], None]
    faults: MutableMapping[int | str, JackfieldError]
    over_http = False
    """Whether the SDK's transport stands between, which answers in a server's place what it cannot get."""
    log_level = ""
    """The level of log messages that requests ask for from 2026-07-28 on; empty: as the SDK has it."""

    beside_calls: Mapping[str, Any] = {}
    """What the `_meta` of every call carries."""
    beside_news: Mapping[str, Any] = {}
    """What `subscriptions/listen` asks for beside what the SDK knows to ask for."""

    refused: Callable[[str], None] = staticmethod(lambda _: None)
    """Told of requests of the server that are not valid."""

    elsewhere: Callable[[str, Mapping[str, Any] | None], Awaitable[dict[str, Any] | None]] | None = None
    """Asked first what a request of the server is answered, as it came; None leaves it to the session."""

    async def run(self, on_request: OnRequest, *rest: Any, **options: Any) -> None:
        async def answered(context: Any, method: str, params: Mapping[str, Any] | None) -> dict[str, Any]:
            if self.elsewhere is not None and (answer := await self.elsewhere(method, params)) is not None:
                return answer
            return await on_request(context, method, params)

        await super().run(as_meant(answered, self.refused), *rest, **options)

    async def send_raw_request(
        self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None, **options: Any
    ) -> dict[str, Any]:
        meta = params.get("_meta") if params is not None and self.log_level else None
        if isinstance(meta, dict) and LOG_LEVEL_META_KEY in meta:
            meta[LOG_LEVEL_META_KEY] = self.log_level
        if method == _CALL and self.beside_calls:
            params = {**(params or {}), "_meta": {**((params or {}).get("_meta") or {}), **self.beside_calls}}
        if method == _NEWS and self.beside_news:
            wishes = {**((params or {}).get("notifications") or {}), **self.beside_news}
            params = {**(params or {}), "notifications": wishes}
        if (caller := caller_here.get()) is not None and params is not None:
            params = stamped(params, caller)
        clock = clock_here.get()
        stood = clock.stood if clock is not None else 0.0
        started = self.clock.precise()
        opts = opts if opts is not None else {}
        number = opts.get("request_id")
        if number is None:
            opts["request_id"] = number = next_id(self)
        if method != _NEWS:
            self.waiting.add(number)
        try:
            raw = await super().send_raw_request(method, params, opts, **options)
        except MCPError as error:
            failure = self._failure(error, number)
            if failure is None:
                raise
            raise Fault(error, failure) from error
        finally:
            self.faults.pop(number, None)
            self.waiting.discard(number)
            self.was_answered(number)  # forgotten, where the caller left before its answer
        # A person's thinking time is none of the server's.
        stood = clock.stood - stood if clock is not None else 0.0
        self.answered(max(self.clock.precise() - started - stood, 0.0))
        cut = _cut(raw) if method == _TOOLS else raw
        if (kept := box.get()) is not None:
            kept.raw = cut
            kept.fault = "" if cut is raw else f"the list was cut after {MOST_TOOLS:,} tools"
        return cut

    def _failure(self, error: MCPError, number: int | str) -> JackfieldError | None:
        """Why a request failed on its way; None for an error that the server answered with."""
        if (met := self.faults.get(number)) is not None:
            return met
        if self.was_answered(number):
            return _of_transport(error) if self.over_http else None
        ended = error.code == CONNECTION_CLOSED
        return TransportClosed("the connection ended before the answer") if ended else None

    async def notify(
        self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None, **options: Any
    ) -> None:
        clock = clock_here.get()
        if method == _CANCELLED and clock is not None and clock.is_up:
            params = {**(params or {}), "reason": f"no result within {clock.seconds:g} s"}
        await super().notify(method, params, opts, **options)


def _cut(raw: dict[str, Any]) -> dict[str, Any]:
    """A page of tools without those beyond the bound, before a model is made of each."""
    tools = raw.get("tools")
    if not isinstance(tools, list) or len(tools) <= MOST_TOOLS:
        return raw
    return {key: value for key, value in raw.items() if key != "nextCursor"} | {"tools": tools[:MOST_TOOLS]}


def _of_transport(error: MCPError) -> JackfieldError | None:
    """The failure behind an answer that the SDK's HTTP transport made up; None for a server's own."""
    if error.data is not None:
        return None
    if error.code == PARSE_ERROR and error.message.startswith("Failed to parse "):
        return ConnectionFailed("the server's answer is not valid JSON-RPC", reason="protocol")
    if error.code != CONNECTION_CLOSED or not error.message.startswith(CUT_OFF):
        return None
    if error.message.startswith(FAILED_STREAM) and error.message.endswith("byte limit."):
        return ResultTooLarge()
    return TransportClosed(one_line(error.message))
