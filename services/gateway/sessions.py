"""Sessions of the handshake era over HTTP: an answer that nothing precedes is plain JSON, not a stream.

The SDK opens a stream of events for every request, with five tasks that keep it alive, though most have
nothing to say but the answer. For 2026-07-28 it waits whether there is more to say; so do we here.
Source: specification 2025-11-25, basic/transports, "Sending Messages to the Server", 5.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import anyio
from mcp.server.streamable_http import (
    CONTENT_TYPE_SSE,
    MCP_SESSION_ID_HEADER,
    REQUEST_CANCELLED,
    REQUEST_STREAM_BUFFER_SIZE,
    EventMessage,
    StreamableHTTPServerTransport,
    check_accept_headers,
)
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import (
    INTERNAL_ERROR,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCRequest,
    JSONRPCResponse,
    jsonrpc_message_adapter,
)
from mcp_types.version import LATEST_HANDSHAKE_VERSION
from pydantic import ValidationError
from sse_starlette import EventSourceResponse
from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
    from starlette.requests import Request
    from starlette.responses import Response

__all__ = ("Sessions",)

_SOON: Final = 1.0
"""Seconds after which a stream begins whatever there is to say: it is kept alive, a silent request is not."""
_HEADERS: Final = {
    "Cache-Control": "no-cache, no-transform",
    "Connection": "keep-alive",
    "Content-Type": CONTENT_TYPE_SSE,
}


class Sessions(StreamableHTTPSessionManager):
    """The SDK's sessions of one view."""

    def _admit_session(self, requestor: Any) -> StreamableHTTPServerTransport | None:
        admitted = super()._admit_session(requestor)
        if admitted is not None:
            admitted.__class__ = _Session
        return admitted


class _Session(StreamableHTTPServerTransport):
    """One session; what is not a request that can be answered is left to the SDK, with its words."""

    async def _handle_post_request(self, scope: Any, request: Request, receive: Any, send: Any) -> None:
        message = await self._request_in(request)
        writer = self._read_stream_writer
        if message is None or writer is None:
            await super()._handle_post_request(scope, request, receive, send)
            return
        number = str(message.id)
        late, row = anyio.create_memory_object_stream[EventMessage](REQUEST_STREAM_BUFFER_SIZE)
        self._request_streams[number] = (late, row)
        leaving = asyncio.create_task(_left(receive, late), name="gateway client")
        asked = self._create_session_message(message, request, number, LATEST_HANDSHAKE_VERSION)
        try:
            with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):  # the row then ends too
                await writer.send(asked)
            response = await self._response(row, leaving)
            await response(scope, receive, send)
        finally:
            leaving.cancel()
            await self._clean_up_memory_streams(number)

    async def _request_in(self, request: Request) -> JSONRPCRequest | None:
        """The request of an open session; None for anything else, or where something is wrong with it."""
        known = self.mcp_session_id is not None and self._get_session_id(request) == self.mcp_session_id
        if not known or self._event_store is not None or not all(check_accept_headers(request)):
            return None
        if not self._check_content_type(request):
            return None
        with suppress(ValidationError, ClientDisconnect):
            message = jsonrpc_message_adapter.validate_json(await request.body(), by_name=False)
            if isinstance(message, JSONRPCRequest) and message.method != "initialize":
                return message
        return None

    async def _response(
        self, row: MemoryObjectReceiveStream[EventMessage], leaving: asyncio.Task[None]
    ) -> Response:
        """The answer as JSON, or a stream where something is said before it, or it takes long."""
        first = None
        try:
            with anyio.move_on_after(_SOON):
                first = await row.receive()
        except (anyio.EndOfStream, anyio.ClosedResourceError):
            said = "Session terminated before the request completed"
            return self._create_error_response(said, HTTPStatus.INTERNAL_SERVER_ERROR, INTERNAL_ERROR)
        if first is not None and _is_wanted(first.message):
            return self._create_json_response(first.message)
        leaving.cancel()  # the stream looks by itself whether its client is there
        await asyncio.wait((leaving,))
        session = {MCP_SESSION_ID_HEADER: self.mcp_session_id} if self.mcp_session_id else {}
        return EventSourceResponse(content=self._events(first, row), headers=_HEADERS | session)

    async def _events(
        self, first: EventMessage | None, row: MemoryObjectReceiveStream[EventMessage]
    ) -> AsyncIterator[dict[str, Any]]:
        if first is not None:
            yield self._create_event_data(first)
            if isinstance(first.message, JSONRPCResponse | JSONRPCError):
                return
        with suppress(anyio.ClosedResourceError):
            async for event in row:
                yield self._create_event_data(event)
                if isinstance(event.message, JSONRPCResponse | JSONRPCError):
                    return


def _is_wanted(message: JSONRPCMessage) -> bool:
    """Whether a message is an answer that somebody waits for.

    Whoever cancelled a request may be leaving, and the SDK's client stumbles over a late answer that is JSON.
    """
    cancelled = isinstance(message, JSONRPCError) and message.error.code == REQUEST_CANCELLED
    return isinstance(message, JSONRPCResponse | JSONRPCError) and not cancelled


async def _left(receive: Any, late: MemoryObjectSendStream[EventMessage]) -> None:
    """Have nobody wait for an answer whose client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    late.close()
