"""Standing between a client and a server over Streamable HTTP: bodies go through as they are, piece by piece.

Every path of the server's origin is there, so that a session, its streams and HTTP+SSE work; redirects
and refusals are the client's to understand.
"""

from __future__ import annotations

import asyncio
import itertools
import zlib
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx2

from services.error_translation import translate
from services.errors import ConnectionFailed
from services.message_limit import MAX_MESSAGE
from services.recording.http_server import TooLarge, body_of, gone, headers_of, refused, reply
from services.recording.login import Answer, LoginPassage
from services.trace.exchanges import EventSplitter
from services.web.proxies import client_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.recording.frames import Direction, RecordingFile

__all__ = ("HttpRecorder",)

_OF_ONE_HOP: Final = frozenset(
    {"connection", "host", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
_READABLE: Final = ("gzip", "deflate", "identity")
"""Encodings that are read here too; others the server is not asked for."""
_TIMEOUT: Final = httpx2.Timeout(30.0, read=None)
_LIMITS: Final = httpx2.Limits(max_connections=None, max_keepalive_connections=20)
_STREAM: Final = "text/event-stream"


class HttpRecorder:
    """An ASGI application."""

    def __init__(self, url: str, recording: RecordingFile, environ: Mapping[str, str]) -> None:
        """Reads files. `url` is the server's."""
        parts = urlsplit(url)
        self._origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self.path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        """Where the server is, on our address as on its own."""
        self._recording = recording
        self._client = httpx2.AsyncClient(timeout=_TIMEOUT, **client_options(environ, _LIMITS))
        self._login = LoginPassage(url, self._client)
        self._numbers = itertools.count(1)

    async def app(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """One request of a client, and its response as it comes."""
        if wrong := refused(headers_of(scope), scope["server"][0]):
            await reply(send, 403, wrong)
            return
        try:
            body = await body_of(receive)
        except TooLarge:
            await reply(send, 413, "too large a message")
            return
        if await self._log_in(scope, body, send):
            return
        request = self._request(scope, body)
        # A form is a login of the older kind, at the server itself: it and its answer hold secrets.
        recording = None if _is_form(scope) else self._recording
        tap = _Tap(recording, next(self._numbers), f"{request.method} {scope['path']}")
        if body:
            tap.frame("out", body)
        passing = asyncio.ensure_future(self._pass(request, tap, send, _ours(scope)))
        leaving = asyncio.ensure_future(gone(receive))
        try:
            await asyncio.wait([passing, leaving], return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            passing.cancel()
            await asyncio.gather(passing, return_exceptions=True)

    async def _log_in(self, scope: dict[str, Any], body: bytes, send: Any) -> bool:
        """Answer a request that belongs to a login; whether it was one. It leaves no more than a note."""
        method, path = scope["method"], scope["path"]
        query = scope["query_string"].decode("latin-1")
        try:
            answer = await self._login.answer(method, path, query, headers_of(scope), body, _ours(scope))
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ConnectionFailed) as error:
            answer = Answer(502, ((b"content-type", b"text/plain"),), translate(error).message.encode())
        if answer is None:
            return False
        shown = "/".join(path.split("/")[:4])
        self._recording.note("login", f"{method} {shown}: {answer.status}")
        await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
        await send({"type": "http.response.body", "body": answer.body})
        return True

    def _request(self, scope: Mapping[str, Any], body: bytes) -> httpx2.Request:
        query = scope["query_string"].decode("latin-1")
        path = scope.get("raw_path", b"").decode("latin-1") or scope["path"]
        headers = [
            (name, value) for name, value in scope["headers"] if name.decode().lower() not in _OF_ONE_HOP
        ]
        asked = headers_of(scope).get("accept-encoding", "")
        readable = [word for word in asked.replace(" ", "").split(",") if word.partition(";")[0] in _READABLE]
        headers = [(name, value) for name, value in headers if name.lower() != b"accept-encoding"]
        headers.append((b"accept-encoding", ", ".join(readable or ["identity"]).encode()))
        url = f"{self._origin}{path}{'?' if query else ''}{query}"
        extensions = {"timeout": _TIMEOUT.as_dict()}
        return httpx2.Request(
            scope["method"], url, headers=headers, content=body or None, extensions=extensions
        )

    async def _pass(self, request: httpx2.Request, tap: _Tap, send: Any, ours: str) -> None:
        try:
            response = await self._client.send(request, stream=True, follow_redirects=False)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            failure = translate(error)
            tap.note(502, failure.message)
            await reply(send, 502, failure.message)
            return
        try:
            headers = [
                (name, self._told(name, value, ours))
                for name, value in response.headers.raw
                if name.decode("latin-1").lower() not in _OF_ONE_HOP
            ]
            await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
            tap.begin(response.status_code, response.headers)
            async for chunk in response.aiter_raw():
                tap.feed(chunk)
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except httpx2.HTTPError as error:  # cut short: the client sees the same
            tap.note(response.status_code, translate(error).message)
            raise
        finally:
            tap.end()
            await response.aclose()

    def _told(self, name: bytes, value: bytes, ours: str) -> bytes:
        """The value of a response's header as the client is to see it."""
        if name.lower() != b"www-authenticate":
            return value
        return self._login.challenge(value.decode("latin-1"), ours).encode("latin-1", "replace")

    async def close(self) -> None:
        """Let go of all connections."""
        await self._client.aclose()


def _is_form(scope: Mapping[str, Any]) -> bool:
    return headers_of(scope).get("content-type", "").startswith("application/x-www-form-urlencoded")


def _ours(scope: Mapping[str, Any]) -> str:
    """Our origin as the client knows it."""
    return f"http://{headers_of(scope).get('host', '')}"


class _Tap:
    """Makes frames of one exchange for the recording."""

    def __init__(self, recording: RecordingFile | None, number: int, what: str) -> None:
        self._recording = recording
        self._about: dict[str, Any] = {"exchange": number, "request": what}
        self._held = bytearray()
        self._events: EventSplitter | None = None
        self._inflate: Any = None

    def frame(self, direction: Direction, data: bytes) -> None:
        """One message, or several in a batch."""
        if data.strip() and self._recording is not None:
            self._recording.put(direction, data, **self._about)

    def note(self, status: int, why: str) -> None:
        """No answer, or half of one."""
        if self._recording is not None:
            self._recording.put("in", why.encode(), **self._about, status=status)

    def begin(self, status: int, headers: httpx2.Headers) -> None:
        """The head of the response is there."""
        self._about["status"] = status
        if headers.get("content-encoding", "").strip().lower() in ("gzip", "deflate"):
            self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)
        if headers.get("content-type", "").partition(";")[0].strip().lower() == _STREAM:
            self._events = EventSplitter(self._event, most=MAX_MESSAGE)

    def feed(self, chunk: bytes) -> None:
        """Bytes of the body as they stand on the wire."""
        if self._inflate is not None:
            try:
                chunk = self._inflate.decompress(chunk, MAX_MESSAGE)
            except zlib.error:
                return
        if self._events is not None:
            self._events.feed(chunk)
        elif len(self._held) <= MAX_MESSAGE:
            self._held += chunk

    def end(self) -> None:
        """The body has come to its end."""
        if self._events is None:
            self.frame("in", bytes(self._held))
        self._held = bytearray()

    def _event(self, name: str, head: bytes, size: int, tail: bytes) -> None:
        if name in ("", "message"):
            self.frame("in", head)
        elif self._recording is not None:
            self._recording.put("in", head, **self._about, event=name)
