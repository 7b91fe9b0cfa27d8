"""Standard input and output as a client's streams: one JSON-RPC message a line, and nothing else on them."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import CancelledError
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter
from pydantic import ValidationError

from services.errors import ResultTooLarge
from services.standard_streams import Writer, lines, taken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ("client_streams",)


@asynccontextmanager
async def client_streams() -> AsyncIterator[tuple[Any, Any]]:
    """The messages of the client, and where those for it go; the first ends when the client leaves."""
    incoming, outgoing = taken(0), taken(1)
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


def _read(descriptor: int, arriving: Any, loop: asyncio.AbstractEventLoop) -> None:
    """Hand over line by line, as fast as they are taken; in a thread of its own."""
    with suppress(RuntimeError, OSError, CancelledError, anyio.ClosedResourceError):
        for line in lines(descriptor):
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


async def _write(descriptor: int, leaving: Any, arriving: Any) -> None:
    """Write what leaves; where nobody reads any more, the client has left."""
    writer = Writer(descriptor)
    try:
        async for message in leaving:
            text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
            await writer.write(text.encode() + b"\n")
    except OSError:
        arriving.close()
        async for _ in leaving:
            pass
