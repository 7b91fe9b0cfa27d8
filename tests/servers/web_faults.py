"""What can go wrong with one answer over HTTP; each method is a `kind` of the web server's tool `fail`."""

from __future__ import annotations

import asyncio
import gzip
import json
import struct
from typing import Any

from tests.servers.web_wire import Reply, Stream, error, text

__all__ = ("Faults",)


class Faults:
    """Each answers the request of that number, or does something else to its connection."""

    @staticmethod
    async def status(
        number: Any, writer: asyncio.StreamWriter, status: int, body: str = "", **headers: str
    ) -> Reply:
        kind = {"content-type": "text/plain"}
        return Reply(status, body.encode(), kind | {k.replace("_", "-"): v for k, v in headers.items()})

    @staticmethod
    async def rpc_error(
        number: Any,
        writer: asyncio.StreamWriter,
        status: int,
        code: int = -32603,
        message: str = "Internal error of its own",
    ) -> Reply:
        return error(number, code, message, status)

    @staticmethod
    async def reset(number: Any, writer: asyncio.StreamWriter) -> None:
        sock = writer.get_extra_info("socket")
        sock.setsockopt(1, 13, struct.pack("ii", 1, 0))  # SO_LINGER of zero seconds: a real RST
        writer.transport.abort()

    @staticmethod
    async def cut(number: Any, writer: asyncio.StreamWriter) -> Reply:
        body = json.dumps({"jsonrpc": "2.0", "id": number, "result": text("x" * 1000, modern=False)}).encode()
        return Reply(200, body, cut=100)

    @staticmethod
    async def page(number: Any, writer: asyncio.StreamWriter) -> Reply:
        page = b"<!doctype html><html><head><title>Please sign in</title></head><body><p>No</p></body></html>"
        return Reply(200, page, {"content-type": "text/html; charset=utf-8"})

    @staticmethod
    async def not_json(number: Any, writer: asyncio.StreamWriter) -> Reply:
        return Reply(200, b'{"jsonrpc": "2.0", "id"')

    @staticmethod
    async def accepted(number: Any, writer: asyncio.StreamWriter) -> Reply:
        return Reply(202)

    @staticmethod
    async def big(number: Any, writer: asyncio.StreamWriter) -> None:
        """A body without an end, in chunks."""
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        chunk = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
        for _ in range(200):
            writer.write(chunk)
            await writer.drain()

    @staticmethod
    async def bomb(number: Any, writer: asyncio.StreamWriter) -> Reply:
        """Little on the wire, 200 MiB when it is unpacked."""
        packed = gzip.compress(bytes(200 << 20), 1)
        return Reply(200, packed, {"content-encoding": "gzip"})

    @staticmethod
    async def empty_stream(number: Any, writer: asyncio.StreamWriter) -> None:
        stream = Stream(writer)
        await stream.open()
        await stream.raw(b": nothing to say\n\n")
        await stream.end()

    @staticmethod
    async def silent_stream(number: Any, writer: asyncio.StreamWriter) -> None:
        stream = Stream(writer)
        await stream.open()
        while True:
            await asyncio.sleep(0.02)
            await stream.raw(b": still here\n\n")

    @staticmethod
    async def cut_stream(number: Any, writer: asyncio.StreamWriter) -> None:
        stream = Stream(writer)
        await stream.open()
        await stream.raw(b": soon\n\n")
        stream.cut()

    @staticmethod
    async def redirect(number: Any, writer: asyncio.StreamWriter, to: str, status: int = 307) -> Reply:
        return Reply(status, b"", {"location": to})
