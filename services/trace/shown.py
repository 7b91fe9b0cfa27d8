"""The one door out of a trace: records as frames, details and lines that a person may see.

Everything here passes the server's `Redactor` and is printable or plain JSON.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from services.numbers import json_text
from services.text import escaped, one_line, printable
from services.trace.frames import Frame
from services.trace.outline import key_of, outline, parsed

if TYPE_CHECKING:
    from services.secrecy.redaction import Redactor
    from services.trace.frames import Exchange, Outline, Record

__all__ = ("Door", "json_line")

_BODY: Final = 1 << 16


class Door:
    """Shows records through one server's redactor."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def frame(self, record: Record) -> Frame:
        """A record as one row."""
        common = (record.number, record.at, record.moment, record.connection)
        exchange, redactor = record.exchange, self._redactor
        if record.note is not None:
            kind, text, detail = record.note
            failed = isinstance(detail, dict) and detail.get("ok") is False  # a step of a login
            about = one_line(redactor.text(text), 300)
            return Frame(*common, "note", "", one_line(kind, 40), about, error=failed)
        if exchange is not None and record.is_exchange:
            status = str(exchange.status) if exchange.status else one_line(redactor.text(exchange.fault), 200)
            url = one_line(redactor.url(str(exchange.url)), 300)
            return Frame(
                *common,
                *("http", "out", one_line(exchange.method, 20), url),
                size=exchange.sent + exchange.received,
                latency=exchange.latency,
                status=status,
                error=not exchange.status or exchange.status >= 400,
            )
        told, peer = record.outline or outline(record), record.peer
        other = peer.outline if peer is not None else None
        asked, answered = (other, told) if told.kind == "answer" else (told, other)
        return Frame(
            *common,
            told.kind,
            record.direction,
            one_line(redactor.text(asked.method), 100) if asked else "",
            one_line(redactor.text((asked.about if asked else "") or self._beginning(told, record)), 300),
            one_line(redactor.text(key_of(told.id)), 60) if told.id is not None else "",
            record.size,
            abs(record.moment - peer.moment) if peer is not None else None,
            one_line(redactor.text(answered.status), 200) if answered else "",
            bool(answered and answered.error),
            peer.number if peer is not None else 0,
            record.cut,
        )

    def detail(self, record: Record) -> dict[str, Any]:
        """All about one record and the one it belongs to."""
        frame, peer = self.frame(record), record.peer
        told: dict[str, Any] = {
            "time": _iso(record.at),
            "connection": record.connection,
            "kind": frame.kind,
        }
        if frame.latency is not None:
            told["latency_ms"] = round(frame.latency * 1e3, 3)
        if record.note is not None:
            return told | self._noted(record.note)
        if record.exchange is not None and record.is_exchange:
            return told | {"http": self._http(record.exchange)}
        first, second = (peer, record) if peer is not None and frame.kind == "answer" else (record, peer)
        for part in (first, second):
            if part is None or not part.data:
                continue  # gone
            name = _part_name(part)
            told[f"{name}_bytes"] = part.size
            told[name] = self._content(part)
        exchange = record.exchange or (peer.exchange if peer is not None else None)
        return told | ({"http": self._http(exchange)} if exchange is not None else {})

    def saved(self, frame: Frame, record: Record) -> dict[str, Any]:
        """One frame as a line of NDJSON holds it."""
        told: dict[str, Any] = {
            "n": frame.number,
            "at": _iso(frame.at),
            "moment": round(frame.moment, 6),
            "connection": frame.connection,
            "kind": frame.kind,
        }
        if frame.direction:
            told["direction"] = frame.direction
        if frame.latency is not None:
            told["latency_ms"] = round(frame.latency * 1e3, 3)
        if record.note is not None:
            return told | self._noted(record.note)
        if frame.kind == "http" and record.exchange is not None:
            return told | {"http": self._http(record.exchange)}
        for name in ("method", "peer", "error"):
            if value := getattr(frame, name):
                told[name] = value
        told["bytes"] = frame.size
        return told | {"text" if frame.cut or frame.kind == "other" else "message": self._content(record)}

    def _beginning(self, told: Outline, record: Record) -> str:
        if told.kind != "other":
            return ""
        return self._redactor.loose(record.data[:2_000].decode("utf-8", "replace"))

    def _content(self, record: Record) -> Any:
        """What a message says, redacted; of a cut one the beginning, as text."""
        if not record.cut and (value := parsed(record.data)) is not None:
            return self._redactor.json(value)
        text = printable(self._redactor.loose(record.data.decode("utf-8", "replace")))
        return f"(the first {len(record.data):,} of {record.size:,} bytes) {text}" if record.cut else text

    def _noted(self, note: tuple[str, str, object]) -> dict[str, Any]:
        kind, text, detail = note
        told = {"note": one_line(kind, 40), "text": printable(self._redactor.text(text))}
        if detail is not None:
            told["detail"] = self._redactor.json(detail)
        return told

    def _http(self, exchange: Exchange) -> dict[str, Any]:
        redactor = self._redactor
        told: dict[str, Any] = {
            "request": f"{exchange.method} {redactor.url(str(exchange.url))}",
            "request_headers": self._headers(exchange.request_headers),
            "request_bytes": exchange.sent,
        }
        if exchange.request_body:
            told["request_body"] = self._body(exchange.request_body)
        if exchange.fault:
            return told | {"fault": redactor.text(exchange.fault)}
        told |= {"status": exchange.status, "response_headers": self._headers(exchange.response_headers)}
        if exchange.latency is not None:
            told["latency_ms"] = round(exchange.latency * 1e3, 3)
        told["response_bytes"] = exchange.received
        if exchange.body:
            told["response_body"] = self._body(exchange.body)
        return told

    def _headers(self, headers: bytes) -> list[str]:
        lines = headers.decode("latin-1").split("\r\n") if headers else ()
        pairs = (line.partition(": ") for line in lines)
        return [f"{name}: {self._redactor.header(name, value)}" for name, _, value in pairs]

    def _body(self, body: bytes) -> Any:
        if (value := parsed(body)) is not None:
            return self._redactor.json(value)
        text = body[:_BODY].decode("utf-8", "replace")
        form = "=" in text and not text.lstrip().startswith(("{", "[", "<")) and "\n" not in text.strip()
        return self._redactor.form(text) if form else self._redactor.loose(text)


def _part_name(record: Record) -> str:
    kind = record.outline.kind if record.outline is not None else "other"
    return kind if kind in ("request", "answer", "notification") else "message"


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def json_line(value: dict[str, Any]) -> str:
    """One line of NDJSON, printable."""
    return escaped(json_text(value, ensure_ascii=False))
