"""Bodies that somebody in between looks at: decoded once, ended early, broken, closed."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import httpx2
import pytest

from services.web.body_streams import pass_through

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    Chunks = AsyncGenerator[bytes, None]


class Wire(httpx2.AsyncByteStream):
    """Some chunks, and whether the connection was given back."""

    def __init__(self, *chunks: bytes, broken: bool = False) -> None:
        self._chunks = chunks
        self._broken = broken
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk
        if self._broken:
            raise httpx2.ReadError("cut off")

    async def aclose(self) -> None:
        self.closed = True


def answer(wire: Wire, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = httpx2.Request("GET", "http://localhost/")
    return httpx2.Response(200, headers=named, stream=wire, request=request)


async def test_several_look_at_one_body_that_is_decoded_once() -> None:
    packed = gzip.compress(b"hello")
    wire = Wire(packed[:9], packed[9:])
    response = answer(wire, content_encoding="gzip", content_length=str(len(packed)), etag="x")
    seen: list[str] = []

    async def first(decoded: Chunks) -> Chunks:
        async for chunk in decoded:
            seen.append(f"first {chunk.decode()}")
            yield chunk.upper()

    async def second(decoded: Chunks) -> Chunks:
        async for chunk in decoded:
            seen.append(f"second {chunk.decode()}")
            yield chunk + b"!"

    pass_through(response, first)
    pass_through(response, second)
    assert await response.aread() == b"HELLO!"
    assert seen == ["first hello", "second HELLO"]
    assert dict(response.headers) == {"etag": "x"}
    assert wire.closed


async def test_one_that_ends_a_body_early_gives_the_connection_back() -> None:
    wire = Wire(b"a", b"b", b"c")
    response = answer(wire)
    ended: list[str] = []

    async def beginning(decoded: Chunks) -> Chunks:
        try:
            async for chunk in decoded:
                yield chunk
                return
        finally:
            ended.append("ended")

    pass_through(response, beginning)
    assert await response.aread() == b"a"
    assert wire.closed
    assert ended == ["ended"]


async def test_who_reads_no_further_ends_all_in_between() -> None:
    wire = Wire(b"a", b"b")
    response = answer(wire)
    ended: list[str] = []

    async def looked_at(decoded: Chunks) -> Chunks:
        try:
            async for chunk in decoded:
                yield chunk
        finally:
            ended.append("ended")

    pass_through(response, looked_at)
    body = response.aiter_bytes()
    assert await anext(body) == b"a"
    await body.aclose()
    assert wire.closed
    assert ended == ["ended"]


async def test_what_breaks_below_is_heard_in_between_and_above() -> None:
    response = answer(Wire(b"a", broken=True))
    heard: list[str] = []

    async def looked_at(decoded: Chunks) -> Chunks:
        try:
            async for chunk in decoded:
                yield chunk
        except httpx2.ReadError as error:
            heard.append(str(error))
            raise

    pass_through(response, looked_at)
    with pytest.raises(httpx2.ReadError):
        await response.aread()
    assert heard == ["cut off"]
