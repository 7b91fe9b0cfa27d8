"""What an HTTP client tells a trace: every exchange, the messages in bodies and in events.

Event hooks see each request as it goes out, those of a login and of a redirect too; the body of
an answer is looked at while the client reads it.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Final

import httpx2

from services.trace.frames import Exchange
from services.trace.trace import KEPT_OF_ONE
from services.web.body_streams import pass_through

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

    from services.trace.trace import Trace

__all__ = ("EventSplitter", "failed", "hooks")

_EXCHANGE: Final = "jackfield.exchange"
_TAIL: Final = 1 << 10
_BODY: Final = 1 << 13
_LONGEST_NAME: Final = 100
_STREAM: Final = re.compile(rb"(?im)^content-type: *text/event-stream\b")


def hooks(
    trace: Trace | None, *, whole: bool = False
) -> Mapping[str, list[Callable[[Any], Awaitable[None]]]]:
    """The event hooks of a client whose exchanges go into a trace.

    With `whole` each body is one message, whatever it holds: for an interface that speaks no JSON-RPC, and
    whose streams are of thousands of small events.
    """
    if trace is None:
        return {}

    async def on_request(request: httpx2.Request) -> None:
        exchange = Exchange(request.method, request.url, _lines(request.headers), time.perf_counter())
        request.extensions = {**request.extensions, _EXCHANGE: exchange}
        try:
            body = request.content
        except httpx2.RequestNotRead:
            return
        exchange.sent = len(body)
        if whole or b'"jsonrpc"' in body:
            trace.sent(body, exchange)
        else:
            exchange.request_body = body[:_BODY]

    async def on_response(response: httpx2.Response) -> None:
        exchange = response.request.extensions.get(_EXCHANGE)
        if exchange is not None:
            exchange.latency = time.perf_counter() - exchange.started
            exchange.status = response.status_code
            exchange.response_headers = _lines(response.headers)
            trace.exchanged(exchange)
            _tap(response, trace, exchange, whole=whole)

    return {"request": [on_request], "response": [on_response]}


def failed(trace: Trace | None, request: httpx2.Request, why: str) -> None:
    """Nothing came back for a request."""
    exchange = request.extensions.get(_EXCHANGE)
    if trace is not None and exchange is not None and not exchange.status and not exchange.fault:
        exchange.latency = time.perf_counter() - exchange.started
        exchange.fault = why
        trace.exchanged(exchange)


def _lines(headers: httpx2.Headers) -> bytes:
    """One value for all headers: a trace holds thousands of them."""
    lines = [name + b": " + value for name, value in headers.raw]
    joined = b"\r\n".join(lines)
    if joined.count(b"\r\n") >= max(len(lines), 1):  # refused on its way out, but its value may be a secret
        joined = b"\r\n".join(line.replace(b"\r\n", b" ") for line in lines)
    return joined


def _tap(response: httpx2.Response, trace: Trace, exchange: Exchange, *, whole: bool) -> None:
    """Look at the decoded body while somebody reads it."""
    streams = not whole and _STREAM.search(exchange.response_headers) is not None
    body = _Events(trace, exchange) if streams else _Whole(trace, exchange, always=whole)

    async def looked_at(decoded: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        try:
            async for chunk in decoded:
                exchange.received += len(chunk)
                body.feed(chunk)
                yield chunk
        finally:
            body.end()

    pass_through(response, looked_at)


class _Piece:
    """Bytes of which the beginning, the end and the number are kept."""

    def __init__(self, most: int = KEPT_OF_ONE) -> None:
        self._most = most
        self.head = bytearray()
        self.tail = b""
        self.size = 0

    def add(self, data: bytes) -> None:
        self.size += len(data)
        if (room := self._most - len(self.head)) > 0:
            self.head += data[:room]
        if self.size > self._most:
            self.tail = (self.tail + data[-_TAIL:])[-_TAIL:]


class _Whole:
    """A body that is one message (`always`), or may be none."""

    def __init__(self, trace: Trace, exchange: Exchange, *, always: bool) -> None:
        self._always = always
        self._trace = trace
        self._exchange = exchange
        self._piece: _Piece | None = _Piece()

    def feed(self, chunk: bytes) -> None:
        if self._piece is not None:
            self._piece.add(chunk)

    def end(self) -> None:
        piece, self._piece = self._piece, None
        if piece is None or not piece.size:
            return
        if self._always or b'"jsonrpc"' in piece.head or b'"jsonrpc"' in piece.tail:
            self._trace.received_part(bytes(piece.head), piece.size, piece.tail, self._exchange)
        else:
            self._trace.bodied(self._exchange, bytes(piece.head[:_BODY]))


class _Events:
    """A body of server-sent events, each a message."""

    def __init__(self, trace: Trace, exchange: Exchange) -> None:
        self._trace = trace
        self._exchange = exchange
        self._splitter = EventSplitter(self._event)

    def feed(self, chunk: bytes) -> None:
        self._splitter.feed(chunk)

    def end(self) -> None:
        self._splitter = EventSplitter(self._event)

    def _event(self, name: str, head: bytes, size: int, tail: bytes) -> None:
        if name in ("", "message"):
            self._trace.received_part(head, size, tail, self._exchange)
        else:
            data = head[:_BODY].decode("utf-8", "replace")
            if name == "endpoint":  # its query holds the session
                data = self._trace.redactor.url(data.strip())
            self._trace.note("event", f"{name} {data}")


class EventSplitter:
    """Cuts a stream of server-sent events (WHATWG HTML, 9.2) into their data; linear, bounded.

    Of an event with more than `most` bytes the beginning is told.
    """

    def __init__(self, tell: Callable[[str, bytes, int, bytes], None], *, most: int = KEPT_OF_ONE) -> None:
        self._tell = tell
        self._most = most
        self._line = _Piece(most)
        self._data = _Piece(most)
        self._begun = False
        self._name = ""
        self._after_cr = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes; complete events are told."""
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        if not chunk:
            return
        self._after_cr = chunk.endswith(b"\r")
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            self._end_line(line)
        if rest:
            self._line.add(rest)

    def _end_line(self, line: bytes) -> None:
        if self._line.size:
            self._line.add(line)
            whole, self._line = self._line, _Piece(self._most)
            self._take(bytes(whole.head), whole.size, whole.tail)
        else:
            self._take(line, len(line), b"")

    def _take(self, line: bytes, size: int, tail: bytes) -> None:
        if not size:
            self._end_event()
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            if self._begun:
                self._data.add(b"\n")
            self._begun = True
            self._data.add(value)
            if size > len(line):
                self._data.size += size - len(line)
                self._data.tail = tail
        elif name == b"event":
            self._name = value[:_LONGEST_NAME].decode("utf-8", "replace")

    def _end_event(self) -> None:
        data, name = self._data, self._name
        self._data, self._begun, self._name = _Piece(self._most), False, ""
        if data.size:
            self._tell(name, bytes(data.head), data.size, data.tail)
