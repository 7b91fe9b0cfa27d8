"""Many of everything: 200 servers at once, 10,000 tools in one catalog, 1,000 calls over 20 servers."""

from __future__ import annotations

import asyncio
import statistics
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from benchmarks.report import Figure
from benchmarks.servers import bare_client, quick
from benchmarks.stall import watched
from benchmarks.start import bare_start, our_start
from services.connection_manager import ConnectionManager

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from services.catalog.entries import Catalog, Prompt, ResourceTemplate

__all__ = ("measure",)

SERVERS = 200
TOOLS = 10_000
CALLS = 1_000
OVER = 20
ROUNDS = 7
KEYS = ("/tools many fill", "/call many filler_99", "/call many 4321", "/call many nothing_like_it")


def measure() -> Iterable[Figure]:
    """Each beside bare SDK clients that do the same; the SDK is imported before either side begins."""
    import mcp  # noqa: F401

    taken = [(asyncio.run(our_start(SERVERS)), asyncio.run(bare_start(SERVERS))) for _ in range(2)]
    yield Figure(
        f"{SERVERS} servers ready / bare SDK",
        min(ours for (ours, _), _ in taken),
        min(bare for _, bare in taken),
        "≤ 1.10",
        min(stall for (_, stall), _ in taken),
    )
    yield from asyncio.run(_many_tools())
    yield asyncio.run(_many_calls())


async def _many_tools() -> list[Figure]:
    options = ("--tools", str(TOOLS), "--page-size", "500")
    began = time.perf_counter()
    async with bare_client(*options) as client:
        cursor, found = None, 0
        while True:
            page = await client.list_tools(cursor=cursor)
            cursor, found = page.next_cursor, found + len(page.tools)
            if cursor is None:
                break
        bare = time.perf_counter() - began
    assert found >= TOOLS
    manager = ConnectionManager([quick("many", *options)])
    async with watched() as stall:
        began = time.perf_counter()
        await manager.start()
        await manager.settled(60)
        ours = time.perf_counter() - began
    try:
        if len(manager.catalog("many").tools) < TOOLS:
            raise RuntimeError("the catalog is not complete")
        return [
            Figure(f"{TOOLS:,} tools listed / bare SDK", ours, bare, "≤ 1.10", stall.longest),
            Figure(f"a key typed among {TOOLS:,} tools", await _keys(manager), wished="≤ 50 ms"),
        ]
    finally:
        await manager.close()


class _Names:
    """What completion asks, from a manager (`app.slash.offers.CompletionSource`)."""

    def __init__(self, manager: ConnectionManager) -> None:
        self._manager = manager

    def servers(self) -> Sequence[str]:
        return self._manager.servers

    def catalog(self, server: str) -> Catalog:
        return self._manager.catalog(server)

    def models(self) -> Sequence[str]:
        return ()

    def saved_calls(self) -> dict[str, str]:
        return {}

    def themes(self) -> Sequence[str]:
        return ()

    async def complete(
        self,
        server: str,
        ref: Prompt | ResourceTemplate,
        argument: str,
        value: str,
        context: Mapping[str, str] | None = None,
    ) -> tuple[str, ...]:
        return ()


async def _keys(manager: ConnectionManager) -> float:
    """The slowest of some lines completed, each the median of seven."""
    from app.slash.completion import candidates

    async def once(line: str) -> float:
        began = time.perf_counter()
        await candidates(line, len(line), _Names(manager))
        return time.perf_counter() - began

    return max([statistics.median([await once(line) for _ in range(7)]) for line in KEYS])


async def _many_calls() -> Figure:
    names = [f"quick {number}" for number in range(OVER)]
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(bare_client()) for _ in names]
        await asyncio.gather(*(client.list_tools() for client in clients))
        manager = await stack.enter_async_context(ConnectionManager(quick(name) for name in names))
        await manager.settled(60)

        async def ours(number: int) -> object:
            return await manager.call_tool(names[number % OVER], "echo", {"text": "x"})

        async def bare(number: int) -> object:
            return await clients[number % OVER].call_tool("echo", {"text": "x"})

        rounds, longest = [], []
        for _ in range(ROUNDS):
            async with watched() as stall:
                taken = await _at_once(ours)
            longest.append(stall.longest)
            rounds.append((taken, await _at_once(bare)))
    return Figure(
        f"one of {CALLS:,} calls over {OVER} servers / bare SDK",
        statistics.median(taken for taken, _ in rounds),
        statistics.median(taken for _, taken in rounds),
        "≤ 1.15",
        statistics.median(longest),
    )


async def _at_once(call: Callable[[int], Awaitable[object]]) -> float:
    """What one call takes of the time that all of them take together."""
    began = time.perf_counter()
    await asyncio.gather(*(call(number) for number in range(CALLS)))
    return (time.perf_counter() - began) / CALLS
