"""The body of an HTTP response, decoded, with somebody in between who looks at it or ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    Chunks = AsyncGenerator[bytes, None]
    Through = Callable[[Chunks], Chunks]

__all__ = ("pass_through",)

_CODED = ("content-encoding", "content-length", "transfer-encoding")


def pass_through(response: httpx2.Response, through: Through) -> None:
    """Have the decoded bytes of a response that is not read yet go through `through`, whoever reads them.

    The headers that speak of the bytes on the wire are taken out: they are not true of these. Done again,
    what went through the one before goes through this one.
    """
    if isinstance(response.stream, _Stream):
        response.stream.ways.append(through)
        return
    coded = httpx2.Response(
        response.status_code, headers=response.headers, stream=response.stream, request=response.request
    )
    for name in _CODED:
        response.headers.pop(name, None)
    response.stream = _Stream(coded, through)


class _Stream(httpx2.AsyncByteStream):
    def __init__(self, coded: httpx2.Response, through: Through) -> None:
        self._coded = coded
        self.ways = [through]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        opened = [self._coded.aiter_bytes()]
        for way in self.ways:
            opened.append(way(opened[-1]))
        try:
            async for chunk in opened[-1]:
                yield chunk
        finally:
            await _close(opened)

    async def aclose(self) -> None:
        await self._coded.aclose()


async def _close(opened: list[Chunks]) -> None:
    """Close each, the last one first, whatever closing another raises."""
    if opened:
        try:
            await opened.pop().aclose()
        finally:
            await _close(opened)
