"""Between the lines of a server process and the streams the SDK's session wants."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import ErrorData, JSONRPCError, JSONRPCNotification, jsonrpc_message_adapter
from pydantic import ValidationError

from services.connections.stdio.frames import NotJson, parse_big_frame, parse_frame
from services.connections.stdio.lines import Oversized, answer_id
from services.errors import over_limit
from services.numbers import restored

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

    from services.connections.stdio.transport import StdioTransport
    from services.trace.trace import Trace

__all__ = ("TOO_LARGE", "UNUSABLE", "stdio_streams")

TOO_LARGE: Final = -7_264_001
UNUSABLE: Final = -7_264_002
"""Our own error codes, for a message above the limit and an answer that is none; never on the wire."""

_BIG: Final = 1 << 18
"""Lines above this many bytes are parsed so that the event loop goes on meanwhile."""

_UNWRITTEN: Final = 64
"""Messages that may wait for a server that does not read: whoever cancels a call need not wait with it."""


@asynccontextmanager
async def stdio_streams(
    transport: StdioTransport, trace: Trace | None = None
) -> AsyncIterator[tuple[Any, Any]]:
    """The pair of streams, served while the block runs; the process outlives it."""
    to_session, read_stream = anyio.create_memory_object_stream[SessionMessage | Exception](64)
    write_stream, from_session = anyio.create_memory_object_stream[SessionMessage](_UNWRITTEN)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_read, transport, to_session, trace)
        tasks.start_soon(_write, transport, from_session, trace)
        try:
            yield read_stream, write_stream
        finally:
            tasks.cancel_scope.cancel()
            for stream in (to_session, read_stream, write_stream, from_session):
                stream.close()


async def _read(
    transport: StdioTransport,
    to_session: MemoryObjectSendStream[SessionMessage | Exception],
    trace: Trace | None,
) -> None:
    try:
        async with to_session:
            while (line := await transport.line()) is not None:
                if trace is not None:
                    trace.received(line)
                for message in await _parse(transport, line):
                    await transport.turn()
                    note = message.message
                    if not isinstance(note, JSONRPCNotification) or transport.admits(note.method, line):
                        await to_session.send(message)
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        return  # the session is over; the process is ended by whoever owns it


async def _parse(transport: StdioTransport, line: bytes | Oversized) -> Iterable[SessionMessage]:
    """The messages of one line: one, several in a batch (2025-03-26 had them), or none."""
    if isinstance(line, Oversized):
        return _refuse(transport, line)
    if len(line) < _BIG:
        with suppress(ValidationError):
            return (SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False)),)
    start = line[:100].lstrip()[:1]
    if start not in (b"{", b"[", b"\xef"):
        _junk(transport, line)  # most junk is text, and finding that out must not cost much
        return ()
    wrapped = b'{"batch":%b}' % line if start == b"[" else line
    # Python's own reader takes what the strict one refuses, such as half a surrogate pair.
    frame = await parse_big_frame(wrapped) if len(line) >= _BIG else parse_frame(wrapped)
    if isinstance(frame, NotJson):
        _junk(transport, line)
        return _unreadable(line, frame) if not transport.ended else ()
    batch = frame["batch"] if wrapped is not line else None
    read = [_message(part) for part in (batch if isinstance(batch, list) else [frame])]
    messages = [message for message in read if message is not None]
    if len(messages) < len(read):
        _junk(transport, line)
    return messages


def _message(frame: object) -> SessionMessage | None:
    """The message, or an error in the place of an answer that is none; None for what is neither."""
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_python(frame, by_name=False))
    except (ValidationError, RecursionError):
        return _unusable(frame) if isinstance(frame, dict) else None


def _junk(transport: StdioTransport, line: bytes) -> None:
    if line.strip():
        transport.junk_line(line)


def _unreadable(line: bytes, why: NotJson) -> Iterable[SessionMessage]:
    """An error for whoever waits for this answer, where its beginning or end says who that is."""
    request_id = answer_id(line[:1_000], line[-1_000:])
    if request_id is None:
        return ()
    error = ErrorData(code=UNUSABLE, message=f"the answer is not readable JSON: {why.reason}")
    return (SessionMessage(JSONRPCError(jsonrpc="2.0", id=request_id, error=error)),)


def _unusable(frame: dict[str, Any]) -> SessionMessage | None:
    """An answer that is no JSON-RPC, as an error for whoever waits for it; None where nobody can be told."""
    request_id = frame.get("id")
    if "method" in frame or isinstance(request_id, bool) or not isinstance(request_id, int | str):
        return None
    data = frame.get("result", frame.get("error"))
    error = ErrorData(code=UNUSABLE, message="the answer is not valid JSON-RPC", data=data)
    return SessionMessage(JSONRPCError(jsonrpc="2.0", id=request_id, error=error))


def _refuse(transport: StdioTransport, line: Oversized) -> Iterable[SessionMessage]:
    size = f"of {line.length / (1 << 20):.0f} MiB" if line.ended else "without an end"
    text = over_limit(size)
    transport.log(text, "lifecycle", "error")
    if (request_id := line.request_id) is None:
        return ()
    error = ErrorData(code=TOO_LARGE, message=text)
    return (SessionMessage(JSONRPCError(jsonrpc="2.0", id=request_id, error=error)),)


async def _write(
    transport: StdioTransport,
    from_session: MemoryObjectReceiveStream[SessionMessage],
    trace: Trace | None,
) -> None:
    try:
        async with from_session:
            async for item in from_session:
                text = item.message.model_dump_json(by_alias=True, exclude_unset=True)
                data = restored(text.encode())
                if trace is not None:
                    trace.sent(data)
                await transport.write(data + b"\n")
    except (OSError, anyio.ClosedResourceError, anyio.BrokenResourceError):
        # The server no longer reads: the session hears of it as the end of its messages.
        transport.close_lines()
