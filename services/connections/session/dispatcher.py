"""The SDK's dispatcher with three things more: results unchecked, how long they took, why HTTP failed."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mcp.shared.exceptions import MCPError
from mcp.shared.jsonrpc_dispatcher import JSONRPCDispatcher
from mcp_types import LOG_LEVEL_META_KEY

from services.connections.calls import clock_here
from services.connections.session.internals import next_id
from services.errors import ConnectionFailed, JackfieldError, ResultTooLarge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

    from mcp.shared.dispatcher import CallOptions

    from services.clock import Clock

__all__ = ("Box", "Fault", "RecordingDispatcher", "box")

MOST_TOOLS: Final = 10_000
"""Tools of one page; the list ends with them."""
_TOOLS: Final = "tools/list"
_CANCELLED: Final = "notifications/cancelled"
_PARSE_ERROR: Final = -32700
_CONNECTION_CLOSED: Final = -32000


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


class RecordingDispatcher(JSONRPCDispatcher):
    """Leaves raw results in `box`, tells the time each took, and raises `Fault` with the true reason."""

    clock: Clock
    answered: Callable[[float], None]
    faults: MutableMapping[int | str, JackfieldError]
    log_level = ""
    """The level of log messages that requests ask for from 2026-07-28 on; empty: as the SDK has it."""

    async def send_raw_request(
        self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None, **options: Any
    ) -> dict[str, Any]:
        meta = params.get("_meta") if params is not None and self.log_level else None
        if isinstance(meta, dict) and LOG_LEVEL_META_KEY in meta:
            meta[LOG_LEVEL_META_KEY] = self.log_level
        clock = clock_here.get()
        stood = clock.stood if clock is not None else 0.0
        started = self.clock.precise()
        opts = opts if opts is not None else {}
        number = opts.get("request_id")
        if number is None:
            opts["request_id"] = number = next_id(self)
        try:
            raw = await super().send_raw_request(method, params, opts, **options)
        except MCPError as error:
            failure = self.faults.get(number) or _understood(error)
            if failure is None:
                raise
            raise Fault(error, failure) from error
        finally:
            self.faults.pop(number, None)
        # A person's thinking time is none of the server's.
        stood = clock.stood - stood if clock is not None else 0.0
        self.answered(max(self.clock.precise() - started - stood, 0.0))
        cut = _cut(raw) if method == _TOOLS else raw
        if (kept := box.get()) is not None:
            kept.raw = cut
            kept.fault = "" if cut is raw else f"the list was cut after {MOST_TOOLS:,} tools"
        return cut

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


def _understood(error: MCPError) -> JackfieldError | None:
    """The failure behind an error that the SDK's transport made up itself; None for a server's own."""
    if error.data is not None:
        return None
    if error.code == _PARSE_ERROR and error.message.startswith("Failed to parse "):
        return ConnectionFailed("the server's answer is not valid JSON-RPC", reason="protocol")
    if error.code == _CONNECTION_CLOSED and error.message.endswith("byte limit."):
        return ResultTooLarge(
            "message refused: over the limit of 64 MiB", hint="ask the tool for less, or for a resource link"
        )
    return None
