"""Between the lines of a server process and the streams the SDK's session wants."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import ErrorData, JSONRPCError, jsonrpc_message_adapter
from pydantic import ValidationError

from services.connections.frames import NotJson, Oversized, parse_big_frame, parse_frame
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

    from services.connections.stdio import StdioTransport

__all__ = ("TOO_LARGE", "UNUSABLE", "stdio_streams")

TOO_LARGE: Final = -7_264_001
UNUSABLE: Final = -7_264_002
"""Our own error codes, for a message above the limit and an answer that is none; never on the wire."""

_BIG: Final = 1 << 18
"""Lines above this many bytes are parsed so that the event loop goes on meanwhile."""


@asynccontextmanager
async def stdio_streams(transport: StdioTransport) -> AsyncIterator[tuple[Any, Any]]:
    """The pair of streams, served while the block runs; the process outlives it."""
    to_session, read_stream = anyio.create_memory_object_stream[SessionMessage | Exception](64)
    write_stream, from_session = anyio.create_memory_object_stream[SessionMessage](0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_read, transport, to_session)
        tasks.start_soon(_write, transport, from_session)
        try:
            yield read_stream, write_stream
        finally:
            tasks.cancel_scope.cancel()
            for stream in (to_session, read_stream, write_stream, from_session):
                stream.close()


async def _read(
    transport: StdioTransport, to_session: MemoryObjectSendStream[SessionMessage | Exception]
) -> None:
    try:
        async with to_session:
            while (line := await transport.line()) is not None:
                if (message := await _parse(transport, line)) is not None:
                    await to_session.send(message)
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        return  # the session is over; the process is ended by whoever owns it


async def _parse(transport: StdioTransport, line: bytes | Oversized) -> SessionMessage | None:
    if isinstance(line, Oversized):
        return _refuse(transport, line)
    if len(line) < _BIG:
        with suppress(ValidationError):
            return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
    # Python's own reader takes what the strict one refuses, such as half a surrogate pair.
    frame = await parse_big_frame(line) if len(line) >= _BIG else parse_frame(line)
    if not isinstance(frame, NotJson):
        try:
            return SessionMessage(jsonrpc_message_adapter.validate_python(frame, by_name=False))
        except (ValidationError, RecursionError):
            if (answer := _unusable(frame)) is not None:
                return answer
    if line.strip():
        junk = one_line(line[:2_000].decode("utf-8", "replace"), 300)
        transport.junk = transport.junk or junk
        transport.log(f"not a JSON-RPC message on standard output: {junk}", "stdout", "warning")
    return None


def _unusable(frame: dict[str, Any]) -> SessionMessage | None:
    """An answer that is no JSON-RPC, as an error for whoever waits for it; None where nobody can be told."""
    request_id = frame.get("id")
    if "method" in frame or isinstance(request_id, bool) or not isinstance(request_id, int | str):
        return None
    data = frame.get("result", frame.get("error"))
    error = ErrorData(code=UNUSABLE, message="the answer is not valid JSON-RPC", data=data)
    return SessionMessage(JSONRPCError(jsonrpc="2.0", id=request_id, error=error))


def _refuse(transport: StdioTransport, line: Oversized) -> SessionMessage | None:
    text = f"message of {line.length / (1 << 20):.0f} MiB refused: over the limit of 64 MiB"
    transport.log(text, "lifecycle", "error")
    if (request_id := line.request_id) is None:
        return None
    error = ErrorData(code=TOO_LARGE, message=text)
    return SessionMessage(JSONRPCError(jsonrpc="2.0", id=request_id, error=error))


async def _write(transport: StdioTransport, from_session: MemoryObjectReceiveStream[SessionMessage]) -> None:
    try:
        async with from_session:
            async for item in from_session:
                text = item.message.model_dump_json(by_alias=True, exclude_unset=True)
                await transport.write(text.encode() + b"\n")
    except (OSError, anyio.ClosedResourceError, anyio.BrokenResourceError):
        # The server no longer reads: the session hears of it as the end of its messages.
        transport.close_lines()
