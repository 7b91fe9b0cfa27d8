"""A tiny HTTP proxy within the test's own process: absolute URLs for http, CONNECT for https."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from tests.servers.listening import Listening, pump

__all__ = ("Proxy",)


class Proxy(Listening):
    """`async with Proxy() as proxy:` serves at `proxy.url`; `asked` has the first line of each request."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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
