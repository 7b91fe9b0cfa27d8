"""A tiny HTTP proxy within the test's own process: absolute URLs for http, CONNECT for https."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

__all__ = ("Proxy", "pump")


class Proxy:
    """`async with Proxy() as proxy:` serves at `proxy.url`; `asked` has the first line of each request."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.url = ""
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._relay(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        line, _, rest = head.partition(b"\r\n")
        self.asked.append(line.decode())
        method, target, version = line.decode().split(" ")
        place = urlsplit(target if "://" in target else f"//{target}")
        onward, outward = await asyncio.open_connection(place.hostname, place.port)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        else:
            outward.write(f"{method} {place.path} {version}\r\nconnection: close\r\n".encode() + rest)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(pump(reader, outward))
                tasks.create_task(pump(onward, writer))
        finally:
            outward.close()


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Pass on what comes, and its end."""
    while data := await source.read(65_536):
        sink.write(data)
        await sink.drain()
    with suppress(OSError, NotImplementedError):
        sink.write_eof()
