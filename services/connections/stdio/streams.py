"""Between the lines of a server process and the streams the SDK's session wants."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import ErrorData, JSONRPCError, JSONRPCMessage, JSONRPCNotification

from services.connections.messages.reader import UNUSABLE, Read, read
from services.connections.stdio.lines import Oversized
from services.message_limit import over_limit
from services.numbers import restored

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

    from services.connections.stdio.transport import StdioTransport
    from services.trace.trace import Trace

__all__ = ("TOO_LARGE", "stdio_streams")

TOO_LARGE: Final = -7_264_001
"""Our own error code, for a message above the limit; never on the wire."""

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
                    await transport.lines.turn()
                    note = message.message
                    if not isinstance(note, JSONRPCNotification) or transport.admits(note.method, line):
                        await to_session.send(message)
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        return  # the session is over; the process is ended by whoever owns it


async def _parse(transport: StdioTransport, line: bytes | Oversized) -> Iterable[SessionMessage]:
    """The messages of one line: one, several in a batch, or none."""
    if isinstance(line, Oversized):
        return _refuse(transport, line)
    found = await read(line)
    if found.junk and line.strip():
        transport.asides.junk_line(line)
    elif found.noise and not transport.asides.junk:
        transport.asides.junk_line(found.noise)
    if transport.lines.ended:  # it may be cut short, and the end says more than that it cannot be read
        return [SessionMessage(message) for message in found.messages if not _is_unreadable(message, found)]
    return [SessionMessage(message) for message in found.messages]


def _is_unreadable(message: JSONRPCMessage, found: Read) -> bool:
    return found.junk and isinstance(message, JSONRPCError) and message.error.code == UNUSABLE


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
