"""Between the lines of a server process and the streams the SDK's session wants."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import ErrorData, JSONRPCError, JSONRPCMessage, JSONRPCNotification, JSONRPCResponse

from services.connections.messages.reader import UNUSABLE, Read, read
from services.connections.stdio.lines import Oversized
from services.message_limit import over_limit
from services.numbers import restored

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from typing import Self

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
    incoming, outgoing = _Incoming(transport, trace), _Outgoing(transport, trace)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(outgoing.serve)
        try:
            yield incoming, outgoing
        finally:
            tasks.cancel_scope.cancel()
            incoming.close()
            outgoing.close()


class _Incoming:
    """What the server says, read when the session asks for more: no task and no queue stand between."""

    def __init__(self, transport: StdioTransport, trace: Trace | None) -> None:
        self._transport = transport
        self._trace = trace
        self._line: bytes | Oversized = b""
        self._left: deque[SessionMessage] = deque()
        """The messages of the line that have not been taken."""
        self._spawned = False
        """Whether the message that was taken last has a task of its own, which comes before the next one."""
        self._open = True

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage:
        if self._spawned:
            self._spawned = False
            await asyncio.sleep(0)
        while self._open:
            while self._left:
                await self._transport.lines.turn()
                message = self._left.popleft()
                note = message.message
                if isinstance(note, JSONRPCResponse | JSONRPCError):
                    return message
                if not isinstance(note, JSONRPCNotification) or self._transport.admits(
                    note.method, self._line
                ):
                    self._spawned = True
                    return message
            if (line := await self._transport.line()) is None:
                break
            self._line = line
            if self._trace is not None:
                self._trace.received(line)
            self._left.extend(await _parse(self._transport, line))
        raise StopAsyncIteration

    async def receive(self) -> SessionMessage:
        """The next message; raises EndOfStream when there will be none."""
        try:
            return await anext(self)
        except StopAsyncIteration:
            raise anyio.EndOfStream from None

    def close(self) -> None:
        """Nobody listens any more."""
        self._open = False
        self._left.clear()

    async def aclose(self) -> None:
        """As `close`."""
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()


class _Outgoing:
    """What is said to the server: written at once while it reads, else in a row, in the order it came."""

    def __init__(self, transport: StdioTransport, trace: Trace | None) -> None:
        self._transport = transport
        self._trace = trace
        self._late, self._row = anyio.create_memory_object_stream[SessionMessage | None](_UNWRITTEN)
        self._at_once = True
        """Whether nothing is in the row, or taken out of it and not yet written."""
        self._open = True

    async def send(self, item: SessionMessage, /) -> None:
        """Send one message; waits where too many wait already. Raises as a memory stream does."""
        if not self._at_once or not self._open:
            self._at_once = False
            await self._late.send(item)
            return
        try:
            self._post(item)
        except OSError:
            self._end()
        else:
            if self._transport.clogged:
                self._at_once = False
                self._late.send_nowait(None)

    def _post(self, item: SessionMessage) -> None:
        text = item.message.model_dump_json(by_alias=True, exclude_unset=True)
        data = restored(text.encode())
        if self._trace is not None:
            self._trace.sent(data)
        self._transport.post(data + b"\n")

    async def serve(self) -> None:
        """Write what is in the row, as fast as the server reads."""
        try:
            async with self._row:
                async for item in self._row:
                    if item is not None:
                        self._post(item)
                    await self._transport.taken()
                    left = self._row.statistics()
                    self._at_once = not left.current_buffer_used and not left.tasks_waiting_send
        except (OSError, anyio.ClosedResourceError, anyio.BrokenResourceError):
            self._end()

    def _end(self) -> None:
        """The server no longer reads: the session hears of it as the end of its messages."""
        self._row.close()
        self._open = False
        self._transport.close_lines()

    def close(self) -> None:
        """Nothing more is sent."""
        self._open = False
        self._late.close()
        self._row.close()

    async def aclose(self) -> None:
        """No more is taken; what is in the row is still written."""
        self._open = False
        self._late.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


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
