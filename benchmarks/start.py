"""From `start` to all servers ready, lists read, against bare SDK clients opened side by side."""

from __future__ import annotations

import asyncio
import statistics
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from benchmarks.report import Figure
from benchmarks.servers import bare_client, quick
from benchmarks.stall import watched
from services.connection_manager import ConnectionManager

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcp import Client

__all__ = ("bare_start", "measure", "our_start")

ROUNDS = {1: 7, 10: 3, 50: 1}


def measure() -> Iterable[Figure]:
    """1, 10 and 50 servers; the SDK is imported before either side begins."""
    import mcp  # noqa: F401

    asyncio.run(our_start(1))  # what the service layer imports late
    for servers, rounds in ROUNDS.items():
        taken = [(asyncio.run(our_start(servers)), asyncio.run(bare_start(servers))) for _ in range(rounds)]
        ours = statistics.median(ours for (ours, _), _ in taken)
        yield Figure(
            f"{servers} server{'s'[: servers > 1]} ready / bare SDK",
            ours,
            statistics.median(bare for _, bare in taken),
            "≤ 1.10",
            max(stall for (_, stall), _ in taken),
        )


async def our_start(servers: int) -> tuple[float, float]:
    """Seconds until so many servers are ready through the manager, and the longest stall."""
    manager = ConnectionManager(quick(f"quick {number}") for number in range(servers))
    async with watched() as stall:
        began = time.perf_counter()
        await manager.start()
        await manager.settled(60)
        taken = time.perf_counter() - began
    states = {status.state for status in manager.statuses}
    await manager.close()
    if states != {"ready"}:
        raise RuntimeError(f"not all of {servers} servers became ready: {states}")
    return taken, stall.longest


async def bare_start(servers: int) -> float:
    """Seconds until as many bare SDK clients have read the same lists."""
    began, ready, leave = time.perf_counter(), asyncio.Barrier(servers + 1), asyncio.Event()
    tasks = [asyncio.create_task(_one(ready, leave)) for _ in range(servers)]
    await ready.wait()
    taken = time.perf_counter() - began
    leave.set()
    await asyncio.gather(*tasks)
    return taken


async def _one(ready: asyncio.Barrier, leave: asyncio.Event) -> None:
    async with AsyncExitStack() as stack:
        client: Client = await stack.enter_async_context(bare_client())
        await asyncio.gather(
            client.list_tools(),
            client.list_resources(),
            client.list_resource_templates(),
            client.list_prompts(),
        )
        await ready.wait()
        await leave.wait()
