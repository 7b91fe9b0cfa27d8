"""Standard input and output as a client's streams: one JSON-RPC message a line, and nothing else on them.

Both are read and written by threads that nobody waits for: a client that neither writes nor reads any more
does not hold up the end of the process. What else is printed goes to standard error meanwhile.
"""

from __future__ import annotations

import asyncio
import os
import queue
import select
import sys
import threading
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter
from pydantic import ValidationError

from services.errors import MAX_MESSAGE, ResultTooLarge

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

__all__ = ("client_streams",)

_PIECE: Final = 1 << 16


@asynccontextmanager
async def client_streams() -> AsyncIterator[tuple[Any, Any]]:
    """The messages of the client, and where those for it go; the first ends when the client leaves."""
    incoming, outgoing = _taken(0, os.O_RDONLY), _taken(1, os.O_WRONLY)
    loop = asyncio.get_running_loop()
    arriving, messages = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    replies, leaving = anyio.create_memory_object_stream[SessionMessage](0)
    reader = threading.Thread(target=_read, args=(incoming, arriving, loop), name="stdin", daemon=True)
    writing = asyncio.create_task(_write(outgoing, leaving, arriving), name="stdout")
    reader.start()
    try:
        yield messages, replies
    finally:
        arriving.close()
        messages.close()
        replies.close()
        await asyncio.wait((writing,), timeout=1)
        writing.cancel()
        leaving.close()


def _taken(number: int, flags: int) -> int:
    """A descriptor of our own for one of the standard ones, which leads elsewhere from now on."""
    ours = os.dup(number)
    sys.stdout.flush()
    other = os.open(os.devnull, flags) if number == 0 else os.dup(2)
    os.dup2(other, number)
    os.close(other)
    return ours


def _read(descriptor: int, arriving: Any, loop: asyncio.AbstractEventLoop) -> None:
    """Hand over line by line, as fast as they are taken; in a thread of its own."""
    with suppress(RuntimeError, OSError, asyncio.CancelledError, anyio.ClosedResourceError):
        for line in _lines(descriptor):
            asyncio.run_coroutine_threadsafe(_handed_over(arriving, line), loop).result()
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(arriving.close)


async def _handed_over(arriving: Any, line: bytes | None) -> None:
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        await arriving.send(ResultTooLarge() if line is None else _message(line))


def _message(line: bytes) -> SessionMessage | Exception:
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValidationError as error:
        return error


def _lines(descriptor: int) -> Iterator[bytes | None]:
    """The lines that are not blank; None for one that is too long."""
    pieces: list[bytes] = []
    size = 0
    while piece := _piece(descriptor):
        *ends, rest = piece.split(b"\n")
        for end in ends:
            line = b"".join((*pieces, end))
            if size + len(end) > MAX_MESSAGE:
                yield None
            elif line.strip():
                yield line
            pieces, size = [], 0
        size += len(rest)
        pieces = [*pieces, rest] if size <= MAX_MESSAGE else []
    if (line := b"".join(pieces)).strip():
        yield line


def _piece(descriptor: int) -> bytes:
    """What has come, waited for; the other side may have asked for reads that do not wait."""
    while True:
        try:
            return os.read(descriptor, _PIECE)
        except BlockingIOError:
            select.select([descriptor], [], [])


async def _write(descriptor: int, leaving: Any, arriving: Any) -> None:
    """Write what leaves; where nobody reads any more, the client has left."""
    loop = asyncio.get_running_loop()
    waiting: queue.SimpleQueue[tuple[bytes, asyncio.Future[None]]] = queue.SimpleQueue()
    threading.Thread(target=_writer, args=(descriptor, waiting, loop), name="stdout", daemon=True).start()
    try:
        async for message in leaving:
            text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
            done: asyncio.Future[None] = loop.create_future()
            waiting.put((text.encode() + b"\n", done))
            await done
    except OSError:
        arriving.close()
        async for _ in leaving:
            pass


def _writer(
    descriptor: int,
    waiting: queue.SimpleQueue[tuple[bytes, asyncio.Future[None]]],
    loop: asyncio.AbstractEventLoop,
) -> None:
    while True:
        data, done = waiting.get()
        try:
            view = memoryview(data)
            while view:
                try:
                    view = view[os.write(descriptor, view) :]
                except BlockingIOError:
                    select.select([], [descriptor], [])
        except OSError as error:
            failure: OSError | None = error
        else:
            failure = None
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, done, failure)


def _settle(done: asyncio.Future[None], failure: OSError | None) -> None:
    if done.done():
        return
    if failure is None:
        done.set_result(None)
    else:
        done.set_exception(failure)
