"""A recording served over Streamable HTTP: a session for each client, a stream where news come first."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from typing import TYPE_CHECKING, Any, Final

from services.connections.messages.frames import encode_frame
from services.recording.http_server import TooLarge, body_of, gone, headers_of, refused, reply
from services.recording.player import Output, Player
from services.recording.script import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.recording.script import Message, Script

__all__ = ("HttpPlayer",)

_MOST_SESSIONS: Final = 1_000
_MOST_WAITING: Final = 1_000
"""Messages that wait for a stream of the client."""
_STREAM: Final = b"text/event-stream"


class _Session:
    """One client and where its messages go."""

    def __init__(self, script: Script, longest: float) -> None:
        self.player = Player(script, longest)
        self._later: set[asyncio.Task[None]] = set()
        """What is still to be said."""
        self.streams: dict[str, asyncio.Queue[Output]] = {}
        """By the id of a request that is being answered."""
        self.general: asyncio.Queue[Output] = asyncio.Queue(_MOST_WAITING)
        """What belongs to no request, for the client's GET stream."""

    def say(self, outputs: Iterable[Output]) -> None:
        """Send each when it is due."""
        later = list(outputs)
        while later and not later[0].wait:
            self.send(later.pop(0))
        if later:
            task = asyncio.create_task(self._say_later(later))
            self._later.add(task)
            task.add_done_callback(self._later.discard)

    async def _say_later(self, outputs: list[Output]) -> None:
        began = time.monotonic()
        for output in outputs:
            await asyncio.sleep(max(began + output.wait - time.monotonic(), 0.0))
            if self.player.is_wanted(output) and self._is_there(output):
                self.send(output)

    def _is_there(self, output: Output) -> bool:
        """Whether the client has not left the stream that it belongs to."""
        return output.request is None or json.dumps(output.request) in self.streams

    def send(self, output: Output) -> None:
        queue = self.streams.get(json.dumps(output.request)) if output.request is not None else None
        queue = queue if queue is not None else self.general
        if not queue.full():
            queue.put_nowait(output)


class HttpPlayer:
    """An ASGI application."""

    def __init__(self, script: Script, longest: float = 0.0) -> None:
        """`longest` as for `Player`."""
        self._script = script
        self._longest = longest
        self._sessions: dict[str, _Session] = {}
        self._without = _Session(script, longest)
        """For whoever has no session, as from 2026-07-28 on."""

    async def app(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """One request of a client."""
        headers = headers_of(scope)
        if wrong := refused(headers, scope["server"][0]):
            await reply(send, 403, wrong)
            return
        named = headers.get("mcp-session-id")
        session = self._sessions.get(named) if named else self._without
        if session is None:
            await reply(send, 404, "no such session")
        elif scope["method"] == "POST":
            await self._post(session, receive, send)
        elif scope["method"] == "GET":
            await _stream(session.general, receive, send, [])
        elif scope["method"] == "DELETE":
            self._sessions.pop(named or "", None)
            await reply(send, 204)
        else:
            await reply(send, 405, "POST, GET or DELETE")

    async def _post(self, session: _Session, receive: Any, send: Any) -> None:
        try:
            data = await body_of(receive)
        except TooLarge:
            await reply(send, 413, "too large a message")
            return
        message = _object(data)
        if message is None:
            await reply(send, 400, "one JSON-RPC message was expected")
            return
        if kind_of(message) != "request":
            session.say(session.player.take(message))
            await reply(send, 202)
            return
        headers = []
        if message["method"] == "initialize":
            session, name = _Session(self._script, self._longest), f"replay-{secrets.token_hex(8)}"
            self._sessions[name] = session
            if len(self._sessions) > _MOST_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
            headers.append((b"mcp-session-id", name.encode()))
        await _answer(session, message, receive, send, headers)


async def _answer(
    session: _Session, message: Message, receive: Any, send: Any, headers: list[tuple[bytes, bytes]]
) -> None:
    key = json.dumps(message["id"])
    queue = session.streams[key] = asyncio.Queue[Output](_MOST_WAITING)
    try:
        outputs = list(session.player.take(message))
        first = next((output for output in outputs if output.request is not None), None)
        if first is not None and first.last:
            session.say(output for output in outputs if output is not first)
            await asyncio.sleep(first.wait)
            body = encode_frame(first.message)
            headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return
        session.say(outputs)
        await _stream(queue, receive, send, headers)
    finally:
        session.streams.pop(key, None)


async def _stream(
    queue: asyncio.Queue[Output], receive: Any, send: Any, headers: list[tuple[bytes, bytes]]
) -> None:
    """Send events as they come, until the last one, or until the client leaves."""
    headers = [*headers, (b"content-type", _STREAM), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    leaving = asyncio.ensure_future(gone(receive))
    try:
        last = False
        while not last:
            coming = asyncio.ensure_future(queue.get())
            try:
                await asyncio.wait([coming, leaving], return_when=asyncio.FIRST_COMPLETED)
                if not coming.done():
                    return
            finally:
                coming.cancel()
            output = coming.result()
            last = output.last
            event = b"event: message\ndata: " + encode_frame(output.message) + b"\n"
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        leaving.cancel()


def _object(data: bytes) -> Message | None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
