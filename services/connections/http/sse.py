"""The HTTP+SSE transport of 2024-11-05: one stream of events down, a POST for each message up.

Source: specification 2024-11-05, basic/transports, "HTTP with SSE".
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import anyio
import httpx2
import mcp_types as types
from mcp.shared.message import SessionMessage

from services.connections.http.refusals import TRY_HTTP, Refusal, origin, refused
from services.connections.messages.reader import excerpt, read
from services.errors import ConnectionFailed, TransportClosed
from services.message_limit import MAX_MESSAGE
from services.text import one_line
from services.web.origins import may_follow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

    from services.connections.http.bodies import Owner
    from services.connections.http.client import Client

    Incoming = MemoryObjectSendStream[SessionMessage | Exception]
    Events = AsyncIterator[httpx2.ServerSentEvent]

__all__ = ("sse_streams",)

_ACCEPT: Final = {"accept": "text/event-stream", "cache-control": "no-store"}
_INTERNAL_ERROR: Final = -32603


@asynccontextmanager
async def sse_streams(client: Client, url: str, owner: Owner) -> AsyncIterator[tuple[Any, Any]]:
    """The pair of streams for a session, once the server has named its endpoint for messages."""
    response = await client.send(client.build_request("GET", url, headers=_ACCEPT), stream=True)
    into, read = anyio.create_memory_object_stream[SessionMessage | Exception](64)
    write, outgoing = anyio.create_memory_object_stream[SessionMessage](0)
    try:
        if owner.failure is not None:
            raise owner.failure
        _check(response)
        events = aiter(httpx2.EventSource(response, max_event_size=MAX_MESSAGE))
        endpoint = await _endpoint(events, httpx2.URL(url), owner)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_receive, events, into, owner)
            tasks.start_soon(_Sender(client, endpoint, into).run, outgoing)
            try:
                yield read, write
            finally:
                tasks.cancel_scope.cancel()
    finally:
        await response.aclose()
        for stream in (into, read, write, outgoing):
            stream.close()


def _check(response: httpx2.Response) -> None:
    if not response.is_success:
        raise refused(Refusal.of(response, response.content), sse=True, handshake=True)
    kind = response.headers.get("content-type", "").partition(";")[0].strip()
    if kind.lower() != "text/event-stream":
        raise ConnectionFailed(
            f"the server answers with {one_line(kind, 60) or 'no content type'}, not with a stream of events",
            hint=TRY_HTTP,
            reason="http",
        )


async def _endpoint(events: Events, url: httpx2.URL, owner: Owner) -> httpx2.URL:
    """Where messages go: the first event says it."""
    async for event in events:
        if event.event != "endpoint":
            continue
        endpoint = url.join(event.data.strip())
        if not may_follow(url, endpoint):
            raise ConnectionFailed(
                f"{origin(url)} wants its messages sent to another origin, {origin(endpoint)}; refused",
                reason="redirect",
            )
        return endpoint
    raise owner.failure or TransportClosed(
        "the server ended its stream of events before it named an endpoint", hint=TRY_HTTP
    )


async def _receive(events: Events, into: Incoming, owner: Owner) -> None:
    """Take messages off the stream until it ends; how it ended its owner hears from the client."""
    try:
        async with into:
            async for event in events:
                if event.event != "message" or not event.data:
                    continue
                data = event.data.encode()
                found = await read(data)
                for message in found.messages:
                    await into.send(SessionMessage(message))
                if found.junk or not found.messages:
                    await into.send(
                        ConnectionFailed(f"an event that is not a JSON-RPC message: {excerpt(data)}")
                    )
    except httpx2.SSEError as error:
        owner.lose(TransportClosed(f"the stream of events broke: {one_line(str(error))}", reason="closed"))
    except (httpx2.HTTPError, httpx2.StreamError, OSError, anyio.BrokenResourceError):
        return


class _Sender:
    """POSTs messages; requests side by side, so that a slow one holds up no other."""

    def __init__(self, client: Client, endpoint: httpx2.URL, into: Incoming) -> None:
        self._client = client
        self._endpoint = endpoint
        self._into = into

    async def run(self, outgoing: MemoryObjectReceiveStream[SessionMessage]) -> None:
        async with outgoing, anyio.create_task_group() as tasks:
            async for item in outgoing:
                if isinstance(item.message, types.JSONRPCRequest):
                    tasks.start_soon(self._post, item.message)
                else:
                    await self._post(item.message)

    async def _post(self, message: types.JSONRPCMessage) -> None:
        body = message.model_dump(by_alias=True, mode="json", exclude_unset=True)
        response = await self._client.send(
            self._client.build_request("POST", self._endpoint, json=body), stream=True
        )
        await response.aclose()
        if response.is_success or not isinstance(message, types.JSONRPCRequest):
            return
        error = types.ErrorData(code=_INTERNAL_ERROR, message=f"HTTP {response.status_code}")
        try:
            await self._into.send(
                SessionMessage(types.JSONRPCError(jsonrpc="2.0", id=message.id, error=error))
            )
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return
