"""HTTP/1.1 by hand for the web server: requests in, answers and streams of events out."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

__all__ = ("Reply", "Request", "Stream", "error", "read_request", "result", "text")

PHRASES = {200: "OK", 202: "Accepted", 307: "Temporary Redirect", 404: "Not Found", 429: "Too Many Requests"}


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `headers` by lower-case name, each with all its values."""

    method: str
    path: str
    headers: dict[str, list[str]]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        values = self.headers.get(name)
        return values[0] if values else None

    @property
    def message(self) -> dict[str, Any]:
        message = json.loads(self.body) if self.body else {}
        return message if isinstance(message, dict) else {}


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer; with `cut` only so many bytes of the body, and then nothing more."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None

    async def send(self, writer: asyncio.StreamWriter) -> None:
        headers = {"content-length": str(len(self.body)), **self.headers}
        if self.body:
            headers = {"content-type": "application/json", **headers}
        lines = [f"HTTP/1.1 {self.status} {PHRASES.get(self.status, 'Status')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join((*lines, "", "")).encode("latin-1") + self.body[: self.cut])
        await writer.drain()
        if self.cut is not None:
            writer.close()


def result(number: Any, value: Any, **headers: str) -> Reply:
    """A JSON-RPC result as application/json."""
    return Reply(body=json.dumps({"jsonrpc": "2.0", "id": number, "result": value}).encode(), headers=headers)


def error(number: Any, code: int, message: str, status: int = 200, data: Any = None) -> Reply:
    """A JSON-RPC error."""
    fault = {"code": code, "message": message} | ({"data": data} if data is not None else {})
    return Reply(status, json.dumps({"jsonrpc": "2.0", "id": number, "error": fault}).encode())


def text(words: str, *, modern: bool) -> dict[str, Any]:
    """A result with one text block."""
    content = [{"type": "text", "text": words}]
    return {"content": content} | ({"resultType": "complete"} if modern else {})


class Stream:
    """A stream of server-sent events that stays open."""

    def __init__(self, writer: asyncio.StreamWriter, line_end: str = "\n") -> None:
        self._writer = writer
        self._line_end = line_end
        self.ended = asyncio.Event()

    @property
    def left(self) -> bool:
        """Whether the other side has hung up."""
        reader = self._writer.transport.get_protocol()._stream_reader  # type: ignore[attr-defined]
        return self._writer.is_closing() or reader is None or reader.at_eof()

    async def open(self, **headers: str) -> None:
        lines = ["HTTP/1.1 200 OK", "content-type: text/event-stream", "transfer-encoding: chunked"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self._writer.write("\r\n".join((*lines, "", "")).encode())
        await self._writer.drain()

    async def event(
        self, data: object, *, name: str = "", number: str = "", retry: int | None = None
    ) -> None:
        lines = [f"event: {name}"] if name else []
        lines += [f"id: {number}"] if number else []
        lines += [f"retry: {retry}"] if retry is not None else []
        lines.append(f"data: {data if isinstance(data, str) else json.dumps(data)}")
        await self.raw(self._line_end.join((*lines, "", "")).encode())

    async def raw(self, data: bytes) -> None:
        self._writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await self._writer.drain()

    async def end(self) -> None:
        """End the stream properly."""
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()
        self.ended.set()

    def cut(self) -> None:
        """Hang up in the middle."""
        self._writer.transport.abort()
        self.ended.set()


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """The next request of a connection; None at its end."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        headers: dict[str, list[str]] = {}
        for line in filter(None, lines):
            name, _, value = line.partition(":")
            headers.setdefault(name.lower(), []).append(value.strip())
        body = await reader.readexactly(int(headers.get("content-length", ["0"])[0]))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    method, path, _ = first.split(" ")
    return Request(method, path, headers, body)
