"""Results of 1, 10 and 50 MB: cost per byte, against the bare SDK, and what the loop feels of it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from benchmarks.report import Figure
from benchmarks.servers import bare_client, quick
from benchmarks.stall import watched
from services.connection_manager import ConnectionManager

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ("measure",)

MEGABYTES = (1, 10, 50)
ROUNDS = {1: 5, 10: 2, 50: 1}
PATIENCE = 60.0
"""Seconds for one result of the bare SDK, whose cost grows with the square of the size."""


def measure() -> Iterable[Figure]:
    """Ours against the bare SDK's at each size, then 50 MB against 10 MB for each."""
    ours: dict[int, float] = {}
    bare: dict[int, float | None] = {}
    for size in MEGABYTES:
        ours[size], stall = asyncio.run(_ours(size))
        bare[size], bare_stall = asyncio.run(_bare(size))
        note = f"the bare SDK stalls for {bare_stall * 1e3:.0f} ms"
        if bare[size] is None:
            note = f"the bare SDK has not done it in {PATIENCE:.0f} s"
        yield Figure(f"{size} MB result / bare SDK", ours[size], bare[size], "", stall, note)
    yield Figure("50 MB / 10 MB, ours", ours[50], ours[10], "≤ 6")
    if bare[50] is not None:
        yield Figure("50 MB / 10 MB, bare SDK", bare[50], bare[10])


async def _ours(size: int) -> tuple[float, float]:
    async with ConnectionManager([quick()]) as manager:
        await manager.settled(30)
        await manager.call_tool("quick", "big", {"bytes": 1000})
        times = []
        async with watched() as stall:
            for _ in range(ROUNDS[size]):
                began = time.perf_counter()
                await manager.call_tool("quick", "big", {"bytes": size * 1_000_000})
                times.append(time.perf_counter() - began)
        return min(times), stall.longest


async def _bare(size: int) -> tuple[float | None, float]:
    async with bare_client() as client:
        await client.call_tool("big", {"bytes": 1000})
        times = []
        async with watched() as stall:
            for _ in range(ROUNDS[size]):
                began = time.perf_counter()
                try:
                    async with asyncio.timeout(PATIENCE):
                        await client.call_tool("big", {"bytes": size * 1_000_000})
                except TimeoutError:
                    return None, stall.longest
                times.append(time.perf_counter() - began)
        return min(times), stall.longest
