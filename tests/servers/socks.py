"""A tiny SOCKS5 proxy within the test's own process (RFC 1928, RFC 1929), with a password or without."""

from __future__ import annotations

import asyncio
import ipaddress

from tests.servers.listening import Listening, pump

__all__ = ("Socks",)

NOTHING, PASSWORD, NONE_OF_THEM = 0, 2, 255
HERE = b"\x01\x7f\x00\x00\x01\x00\x00"
"""The address of the proxy's own end: 127.0.0.1, port 0."""


class Socks(Listening):
    """`async with Socks() as socks:` serves at `socks.url`; `asked` has the host and port of each connection.

    `login` is the name and password that it wants. `reply` is the code with which it answers instead of
    connecting, `raw` what it says in the place of everything, nothing at all where that is empty.
    `places` are addresses of names that only it knows.
    """

    def __init__(
        self,
        *,
        login: tuple[str, str] | None = None,
        reply: int = 0,
        raw: bytes | None = None,
        places: dict[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.login, self.reply, self.raw = login, reply, raw
        self.places = places or {}

    @property
    def url(self) -> str:
        """Its address with the name and password it wants, for a variable."""
        login = f"{':'.join(self.login)}@" if self.login else ""
        return f"socks5://{login}127.0.0.1:{self.port}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        offered = await reader.readexactly((await reader.readexactly(2))[1])
        if self.raw is not None:
            writer.write(self.raw)
            await (asyncio.Event().wait() if not self.raw else writer.drain())
            return
        method = PASSWORD if self.login else NOTHING
        writer.write(bytes([5, method if method in offered else NONE_OF_THEM]))
        if method not in offered or (self.login and not await self._is_let_in(reader, writer)):
            return
        host, port = await _place(reader)
        self.asked.append(f"{host}:{port}")
        if self.reply:
            writer.write(bytes([5, self.reply, 0]) + HERE)
            return
        onward, outward = await asyncio.open_connection(self.places.get(host, host), port)
        writer.write(bytes([5, 0, 0]) + HERE)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(pump(reader, outward))
                tasks.create_task(pump(onward, writer))
        finally:
            outward.close()

    async def _is_let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await reader.readexactly(1)
        name = await reader.readexactly((await reader.readexactly(1))[0])
        word = await reader.readexactly((await reader.readexactly(1))[0])
        fits = (name.decode(), word.decode()) == self.login
        writer.write(bytes([1, 0 if fits else 1]))
        return fits


async def _place(reader: asyncio.StreamReader) -> tuple[str, int]:
    """The host and port of a request to connect."""
    *_, kind = await reader.readexactly(4)
    length = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
    raw = await reader.readexactly(length)
    host = raw.decode() if kind == 3 else str(ipaddress.ip_address(raw))
    return host, int.from_bytes(await reader.readexactly(2))
