"""A small server of the HTTP+SSE transport of 2024-11-05 within the test's own process, by hand on asyncio.

GET /sse opens the stream and names the endpoint; what is POSTed there is answered on the stream. Tools:
echo(text); `fail(kind)` with kind "status" (the POST is refused), "end" (the stream ends), "cut" (it breaks).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from tests.servers.web_wire import Reply, Request, Stream, read_request

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("OldSse",)

TOOLS = [{"name": name, "inputSchema": {"type": "object"}} for name in ("echo", "fail")]


class OldSse:
    """`async with OldSse() as old:` serves at `old.url` until the block ends."""

    def __init__(
        self,
        endpoint: str = "/messages?session=1",
        *,
        before: Callable[[Request], Reply | None] | None = None,
        line_end: str = "\n",
    ) -> None:
        self.endpoint = endpoint
        self.before = before
        """Asked first; a reply of it is the answer."""
        self._line_end = line_end
        self.requests: list[Request] = []
        self.port = 0
        self.stream: Stream | None = None
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/sse"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Serve, at the same port as before where there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Be gone."""
        assert self._server is not None
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def notify(self, method: str) -> None:
        """Send a notification."""
        await self._say({"jsonrpc": "2.0", "method": method})

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                while (request := await read_request(reader)) is not None:
                    self.requests.append(request)
                    await self._answer(request, writer)
        finally:
            self._serving.discard(task)
            writer.close()

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if self.before is not None and (reply := self.before(request)) is not None:
            await reply.send(writer)
        elif request.method == "GET" and request.path == "/sse":
            self.stream = stream = Stream(writer, self._line_end)
            await stream.open()
            await stream.event(self.endpoint, name="endpoint")
            await stream.ended.wait()
        elif request.method == "POST" and request.path == self.endpoint:
            await self._message(request.message, writer)
        else:
            await Reply(405).send(writer)

    async def _message(self, message: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        number, params = message.get("id"), message.get("params") or {}
        arguments = params.get("arguments") or {}
        kind = arguments.get("kind")
        await Reply(500 if kind == "status" else 202, b"Accepted").send(writer)
        assert self.stream is not None
        if kind == "end":
            await self.stream.end()
        elif kind == "cut":
            self.stream.cut()
        elif number is not None and kind is None:
            answer = {"jsonrpc": "2.0", "id": number, **self._result(message["method"], params, arguments)}
            await self._say(answer)

    def _result(self, method: str, params: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
        match method:
            case "initialize":
                value: dict[str, Any] = {
                    "protocolVersion": "2024-11-05",
                    "capabilities": {"tools": {"listChanged": True}},
                    "serverInfo": {"name": "old", "version": "1"},
                }
            case "tools/list":
                value = {"tools": TOOLS}
            case "tools/call":
                value = {"content": [{"type": "text", "text": arguments.get("text", "")}]}
            case "ping":
                value = {}
            case _:
                return {"error": {"code": -32601, "message": f"Method not found: {method}"}}
        return {"result": value}

    async def _say(self, message: dict[str, Any]) -> None:
        assert self.stream is not None
        await self.stream.event(message, name="message")
