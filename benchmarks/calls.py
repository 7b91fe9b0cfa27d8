"""What one call costs through the service layer, against the bare SDK client on the same server."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import TYPE_CHECKING

from benchmarks.report import Figure
from benchmarks.servers import bare_client, quick
from benchmarks.stall import watched
from services.connection_manager import ConnectionManager

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

__all__ = ("measure",)

ROUNDS = 9
CALLS = 150


def measure() -> Iterable[Figure]:
    """Calls one after the other, and as many at once, in alternating rounds."""
    yield from asyncio.run(_measure())


async def _measure() -> list[Figure]:
    async with ConnectionManager([quick()]) as manager, bare_client() as client:
        await manager.settled(30)

        async def ours() -> object:
            return await manager.call_tool("quick", "echo", {"text": "hello"})

        async def bare() -> object:
            return await client.call_tool("echo", {"text": "hello"})

        await asyncio.gather(ours(), bare())
        return [
            await _compare("one call / bare SDK", _in_turn, ours, bare),
            await _compare(f"one of {CALLS} calls at once / bare SDK", _at_once, ours, bare),
        ]


async def _compare(
    name: str,
    run: Callable[[Callable[[], Awaitable[object]]], Awaitable[float]],
    ours: Callable[[], Awaitable[object]],
    bare: Callable[[], Awaitable[object]],
) -> Figure:
    async with watched() as stall:
        rounds = [(await run(ours), await run(bare)) for _ in range(ROUNDS)]
    return Figure(
        name,
        statistics.median(taken for taken, _ in rounds),
        statistics.median(taken for _, taken in rounds),
        "≤ 1.15",
        stall.longest,
    )


async def _in_turn(call: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    for _ in range(CALLS):
        await call()
    return (time.perf_counter() - began) / CALLS


async def _at_once(call: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await asyncio.gather(*(call() for _ in range(CALLS)))
    return (time.perf_counter() - began) / CALLS
