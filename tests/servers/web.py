"""A small MCP server over HTTP within the test's own process; it speaks every revision and fails on demand.

Written by hand on asyncio, so that it can do what no SDK would do. Tools:
  echo(text)         the text, as JSON; `stream` sends it as an event stream
  fail(kind, …)      one of the methods of `web_faults.Faults`
  ask(), roots()     an elicitation, or `roots/list`, the way the era has it; the answer as JSON
  sample(…)          `sampling/createMessage` with these parameters, alike
The rest of what it does is chosen by `Web`'s parameters and by what tests do to a running one.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from tests.servers.web_faults import Faults
from tests.servers.web_wire import Reply, Request, Stream, error, read_request, result, text

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

__all__ = ("MODERN", "REVISIONS", "Web")

REVISIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
MODERN = "2026-07-28"

_TEXT = {"type": "string"}
TOOLS: list[dict[str, Any]] = [
    {"name": "echo", "inputSchema": {"type": "object", "properties": {"text": _TEXT}}},
    {"name": "stream", "inputSchema": {"type": "object", "properties": {"text": _TEXT}}},
    {"name": "fail", "inputSchema": {"type": "object", "properties": {"kind": _TEXT}}},
    {"name": "ask", "inputSchema": {"type": "object"}},
    {"name": "roots", "inputSchema": {"type": "object"}},
    {"name": "sample", "inputSchema": {"type": "object"}},
]
QUESTION = {
    "message": "Your name?",
    "requestedSchema": {"type": "object", "properties": {"name": {**_TEXT, "default": "Bob"}}},
}


class Web:
    """`async with Web(...) as web:` serves at `web.url` until the block ends."""

    def __init__(
        self,
        speaks: tuple[str, ...] = (*REVISIONS, MODERN),
        *,
        sessions: bool = True,
        ttl: int = 0,
        list_changed: bool = True,
        answers_with: str = "",
        before: Callable[[Request], Reply | None] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.speaks = speaks
        self.answers_with = answers_with
        """Answer `initialize` with this revision whatever was offered."""
        self.sessions: set[str] | None = set() if sessions else None
        self.before = before
        """Asked first; a reply of it is the answer."""
        self.tls = tls
        self.ttl = ttl
        self.list_changed = list_changed
        self.forgets_with = 404
        """The status for a session that is not known."""
        self.tools = list(TOOLS)
        self.requests: list[Request] = []
        self.streams: list[Stream] = []
        """The open streams of news: GET of the older revisions, `subscriptions/listen`."""
        self.experimental: tuple[str, ...] = ()
        """The experimental capabilities it declares; it knows no methods of theirs."""
        self.listening: dict[str, Any] = {}
        """The filter of the last `subscriptions/listen`, and its id."""
        self.answers: dict[Any, asyncio.Future[Any]] = {}
        self.port = 0
        self._numbers = itertools.count(1)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/mcp"

    @property
    def methods(self) -> list[str]:
        """The JSON-RPC methods in the order they came."""
        return [request.message.get("method", "") for request in self.requests if request.method == "POST"]

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Serve, at the same port as before where there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Be gone, as a process that is killed: connections are reset, sessions forgotten."""
        if self._server is not None:
            self._server.close()
        for writer in self._open:
            writer.transport.abort()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        self.streams.clear()
        self.forget()

    def forget(self) -> None:
        """Lose all sessions."""
        if self.sessions is not None:
            self.sessions.clear()

    async def notify(self, method: str, **params: Any) -> None:
        """Send a notification to whoever listens."""
        meta = {"io.modelcontextprotocol/subscriptionId": self.listening["id"]} if self.listening else {}
        body = params | ({"_meta": meta} if meta else {})
        for stream in tuple(self.streams):
            with suppress(ConnectionError):  # it has hung up meanwhile
                await stream.event({"jsonrpc": "2.0", "method": method, "params": body})

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self._open.add(writer)
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                while (request := await read_request(reader)) is not None and not writer.is_closing():
                    self.requests.append(request)
                    reply = await self._answer(request, writer)
                    if reply is not None:
                        await reply.send(writer)
        finally:
            self._serving.discard(task)
            self._open.discard(writer)
            writer.close()

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> Reply | None:
        if self.before is not None and (reply := self.before(request)) is not None:
            return reply
        session = request.header("mcp-session-id")
        if self.sessions is not None and session is not None and session not in self.sessions:
            return error("server-error", -32000, "Bad Request: no valid session ID", self.forgets_with)
        match request.method:
            case "GET" if self.sessions is not None and MODERN not in self.speaks:
                await self._news(Stream(writer))
                return None
            case "DELETE":
                self.forget()
                return Reply(200)
            case "POST":
                return await self._message(request, writer)
        return Reply(405)

    async def _news(self, stream: Stream) -> None:
        await stream.open()
        self.streams.append(stream)
        await stream.ended.wait()
        self.streams.remove(stream)

    async def _message(self, request: Request, writer: asyncio.StreamWriter) -> Reply | None:
        message = request.message
        number, method, params = message.get("id"), message.get("method"), message.get("params") or {}
        if method is None and number in self.answers:
            self.answers.pop(number).set_result(message.get("result", message.get("error")))
        if method is None or number is None:
            return Reply(202)
        modern = request.header("mcp-protocol-version") == MODERN
        if modern and MODERN not in self.speaks:
            return error(number, -32000, "Bad Request: unsupported protocol version", 400)
        match method:
            case "server/discover":
                value = {"supportedVersions": [MODERN], "serverInfo": {"name": "web", "version": "1"}}
                return self._cached(number, value | {"capabilities": self._capabilities()})
            case "initialize":
                return self._initialize(number, params)
            case "subscriptions/listen":
                await self._listen(number, params["notifications"], Stream(writer))
                return None
            case "tools/list":
                return self._cached(number, {"tools": self.tools})
            case "resources/list":
                return self._cached(number, {"resources": [{"uri": "web://a", "name": "a"}]})
            case "resources/templates/list":
                return self._cached(number, {"resourceTemplates": []})
            case "resources/read":
                read = {"uri": params["uri"], "text": f"read {next(self._numbers)}"}
                return self._cached(number, {"contents": [read]})
            case "tools/call":
                return await self._call(number, params, writer, modern=modern)
            case "ping" | "resources/subscribe" | "resources/unsubscribe" | "logging/setLevel":
                return result(number, {})
        return error(number, -32601, f"Method not found: {method}", 404 if modern else 200)

    def _capabilities(self) -> dict[str, Any]:
        changes = {"listChanged": self.list_changed}
        declared: dict[str, Any] = {"tools": changes, "resources": {**changes, "subscribe": True}}
        if self.experimental:
            declared["experimental"] = {name: {} for name in self.experimental}
        return declared

    def _cached(self, number: Any, value: dict[str, Any]) -> Reply:
        hints = {"resultType": "complete", "ttlMs": self.ttl, "cacheScope": "private"}
        return result(number, (hints if MODERN in self.speaks else {}) | value)

    def _initialize(self, number: Any, params: dict[str, Any]) -> Reply:
        known = [version for version in self.speaks if version != MODERN]
        if not known:
            return error(number, -32022, "Unsupported", 400, {"supported": [MODERN], "requested": "?"})
        offered = params["protocolVersion"]
        headers = {}
        if self.sessions is not None:
            headers["mcp-session-id"] = f"session-{next(self._numbers)}"
            self.sessions.add(headers["mcp-session-id"])
        value = {
            "protocolVersion": self.answers_with or (offered if offered in known else known[-1]),
            "capabilities": self._capabilities(),
            "serverInfo": {"name": "web", "version": "1"},
        }
        return result(number, value, **headers)

    async def _listen(self, number: Any, wanted: dict[str, Any], stream: Stream) -> None:
        await stream.open()
        self.listening = {"id": number, **wanted}
        meta = {"io.modelcontextprotocol/subscriptionId": number}
        acknowledged = "notifications/subscriptions/acknowledged"
        params = {"_meta": meta, "notifications": wanted}
        await stream.event({"jsonrpc": "2.0", "method": acknowledged, "params": params})
        self.streams.append(stream)
        await stream.ended.wait()
        self.streams.remove(stream)

    # Tools.

    async def _call(
        self, number: Any, params: dict[str, Any], writer: asyncio.StreamWriter, *, modern: bool
    ) -> Reply | None:
        arguments = params.get("arguments") or {}
        said = text(arguments.get("text", ""), modern=modern)
        match params["name"]:
            case "stream":
                stream = Stream(writer)
                await stream.open()
                await stream.event({"jsonrpc": "2.0", "id": number, "result": said})
                await stream.end()
                return None
            case "fail":
                kind = arguments.pop("kind")
                reply: Reply | None = await getattr(Faults, kind)(number, writer, **arguments)
                return reply
            case "ask" | "roots" | "sample":
                return await self._ask(number, params, writer, modern=modern)
        return result(number, said)

    async def _ask(
        self, number: Any, params: dict[str, Any], writer: asyncio.StreamWriter, *, modern: bool
    ) -> Reply | None:
        question: dict[str, Any] = {"method": "roots/list"}
        if params["name"] == "ask":
            question = {"method": "elicitation/create", "params": QUESTION}
        elif params["name"] == "sample":
            question = {"method": "sampling/createMessage", "params": params["arguments"]}
        if modern:
            answers = params.get("inputResponses")
            if answers is None:
                wanted = {"resultType": "input_required", "inputRequests": {"q": question}}
                return result(number, wanted)
            return result(number, text(json.dumps(answers["q"]), modern=True))
        stream = Stream(writer)
        await stream.open()
        asked = f"ask-{next(self._numbers)}"
        answer = self.answers[asked] = asyncio.get_running_loop().create_future()
        await stream.event({"jsonrpc": "2.0", "id": asked, **question})
        said = text(json.dumps(await answer), modern=False)
        await stream.event({"jsonrpc": "2.0", "id": number, "result": said})
        await stream.end()
        return None


async def _main() -> None:
    async with Web() as web:
        print(web.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":  # a server of its own: its URL on standard output, until standard input ends
    asyncio.run(_main())
