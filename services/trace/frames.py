"""What a trace keeps, and what it hands out: records as they came, frames as they may be shown.

A record costs its bytes by reference and one small object; who asks for a frame pays for
reading it. Only `services.trace.trace` makes either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

__all__ = (
    "Direction",
    "Ends",
    "Exchange",
    "Frame",
    "FrameKind",
    "Outline",
    "Record",
    "TraceNews",
)

Direction = Literal["out", "in", ""]
FrameKind = Literal["request", "answer", "notification", "http", "note", "other"]


class Ends(Protocol):
    """What is left of a message that was refused for its size."""

    @property
    def length(self) -> int:
        """Bytes of the whole message."""

    @property
    def head(self) -> bytes:
        """Its beginning."""

    @property
    def tail(self) -> bytes:
        """Its end; may be empty."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One row of a trace: a message, an HTTP exchange or a note. Redacted and printable."""

    number: int
    """From 1, counted over all connections of the server."""
    at: float
    """Wall clock, seconds since the epoch."""
    moment: float
    """Seconds of `time.perf_counter`."""
    connection: int
    """Which connection of this server, from 1."""
    kind: FrameKind
    direction: Direction
    method: str
    """The method, also of what is answered; `POST` and the like for HTTP; the kind of a note."""
    about: str = ""
    """The tool, the URI, the URL, the text of a note."""
    id: str = ""
    size: int = 0
    """True size in bytes; for HTTP that of both bodies."""
    latency: float | None = None
    """Seconds between a request and its answer, on both of them; of HTTP until the headers came."""
    status: str = ""
    """How it went: `ok`, an error's code and message, the HTTP status; empty while it is open."""
    error: bool = False
    peer: int = 0
    """The number of the answer to this request, or of the request of this answer; 0 for none."""
    cut: bool = False
    """Whether only the beginning was kept."""


@dataclass(frozen=True, slots=True)
class TraceNews:
    """What is new or different since a mark."""

    frames: tuple[Frame, ...]
    """In the order it happened; the newest state of each."""
    mark: int
    """For the next question."""
    more: bool
    """Whether there is more right now."""
    oldest: int
    """The number of the oldest frame that is still kept."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What the head of a message says, not yet redacted."""

    kind: FrameKind = "other"
    method: str = ""
    about: str = ""
    id: Any = None
    status: str = ""
    error: bool = False


class Exchange:
    """One HTTP request and the head of its response; bodies that are no JSON-RPC stay with it."""

    __slots__ = (
        "asked",
        "body",
        "fault",
        "kept",
        "latency",
        "method",
        "received",
        "request_body",
        "request_headers",
        "response_headers",
        "sent",
        "started",
        "status",
        "url",
    )

    def __init__(self, method: str, url: object, headers: bytes, started: float) -> None:
        self.method = method
        self.url = url
        """Anything whose `str` is the URL."""
        self.request_headers = headers
        """As they stood on the wire, a line each."""
        self.request_body = b""
        self.sent = 0
        self.started = started
        self.latency: float | None = None
        self.status = 0
        self.response_headers = b""
        self.received = 0
        self.body = b""
        self.fault = ""
        self.asked: Record | None = None
        """The JSON-RPC request that it carried, once that was read."""
        self.kept = False
        """Whether it is among the records of the trace."""

    @property
    def failed(self) -> bool:
        """Whether nothing came back, or a refusal."""
        return bool(self.fault) or self.status >= 400

    @property
    def weight(self) -> int:
        """About how many bytes it holds."""
        headers = len(self.request_headers) + len(self.response_headers)
        return 500 + headers + len(self.request_body) + len(self.body)


class Record:
    """One entry of a trace as it came."""

    __slots__ = (
        "at",
        "connection",
        "data",
        "direction",
        "exchange",
        "moment",
        "note",
        "number",
        "outline",
        "peer",
        "size",
        "tail",
    )

    def __init__(
        self,
        number: int,
        at: float,
        moment: float,
        connection: int,
        direction: Direction,
        data: bytes = b"",
        size: int = 0,
        tail: bytes = b"",
        exchange: Exchange | None = None,
        note: tuple[str, str, object] | None = None,
    ) -> None:
        self.number = number
        self.at = at
        self.moment = moment
        self.connection = connection
        self.direction = direction
        self.data = data
        self.size = size
        self.tail = tail
        self.exchange = exchange
        self.note = note
        self.outline: Outline | None = None
        """None until somebody asked."""
        self.peer: Record | None = None

    @property
    def is_exchange(self) -> bool:
        """Whether this is the row of an HTTP exchange, not of a message within one."""
        return self.exchange is not None and not self.size

    @property
    def weight(self) -> int:
        """About how many bytes it holds."""
        if self.size:
            return len(self.data)
        own = len(self.data) if self.note is None else len(self.note[1])
        return own + (self.exchange.weight if self.exchange is not None else 0)

    def release(self) -> None:
        """Let go of what is big; an answer may still point at this request."""
        self.data = self.tail = b""
        if self.exchange is not None and not self.size:
            self.exchange.kept = False
            self.exchange.body = self.exchange.request_body = b""

    @property
    def cut(self) -> bool:
        """Whether only the beginning of its bytes was kept."""
        return len(self.data) < self.size
