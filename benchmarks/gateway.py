"""What a call costs through the gateway, beside the same server asked directly, and gateways of others.

All of them serve that one server under its own names, over HTTP, in one run and in alternating rounds;
fastmcp's proxy and `mcporter serve` where they are installed (`make peers`).
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from benchmarks.gateway_peers import fastmcp_proxy, mcporter_serve
from benchmarks.report import Figure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

__all__ = ("measure",)

ROOT = Path(__file__).parents[1]
ROUNDS = 5
CALLS = 40
AT_ONCE = 20
OURS, DIRECT, PROXY, BRIDGE = "jackfield", "direct", "fastmcp's proxy", "mcporter serve"
ERAS = {"auto": "2026-07-28", "legacy": "2025-11-25"}


def measure() -> Iterable[Figure]:
    """Calls one after the other, and 20 at once, in both eras, in alternating rounds."""
    yield from asyncio.run(_measure())


async def _measure() -> list[Figure]:
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="gateway-") as home:
        async with _program([ROOT / "tests" / "servers" / "suite_server.py", "0"]) as port:
            direct = f"http://127.0.0.1:{port}/mcp"
            config = f'[mcp_servers.suite]\nurl = "{direct}"\n[gateway]\nrequests_per_minute = 1000000\n'
            await asyncio.to_thread(Path(home, "config.toml").write_text, config, encoding="utf-8")
            words = ["-m", "app", "serve", "--http", "127.0.0.1:0", "--no-token"]
            async with (
                _program(words, home) as gateway,
                fastmcp_proxy(direct) as proxy,
                mcporter_serve(direct, Path(home)) as bridge,
            ):
                ways = {OURS: f"{gateway}/suite", DIRECT: direct, PROXY: proxy, BRIDGE: bridge}
                there = {name: url for name, url in ways.items() if url is not None}
                for era, name in ERAS.items():
                    found += await _compare(era, name, there)
    return found


async def _compare(era: str, name: str, ways: Mapping[str, str]) -> list[Figure]:
    async with AsyncExitStack() as opened:
        clients = {way: await opened.enter_async_context(_client(url, era)) for way, url in ways.items()}
        for client in clients.values():
            await _in_turn(client)
        figures = []
        for what, run, wished in (
            (f"gateway, {name}: one call / {{}}", _in_turn, "≤ 3"),
            (f"one of {AT_ONCE} at once / {{}}", _at_once, "≤ 3.5"),
        ):
            took: dict[str, list[float]] = {way: [] for way in clients}
            for _ in range(ROUNDS):
                for way, client in clients.items():
                    took[way].append(await run(client))
            median = {way: statistics.median(times) for way, times in took.items()}
            for way in list(median)[1:]:
                bound = wished if way == DIRECT else ""
                figures.append(Figure(what.format(way), median[OURS], median[way], bound))
        return figures


async def _call(client: Client) -> None:
    await client.call_tool("test_simple_text", {})


async def _in_turn(client: Client) -> float:
    began = time.perf_counter()
    for _ in range(CALLS):
        await _call(client)
    return (time.perf_counter() - began) / CALLS


async def _at_once(client: Client) -> float:
    began = time.perf_counter()
    for _ in range(CALLS // AT_ONCE):
        await asyncio.gather(*(_call(client) for _ in range(AT_ONCE)))
    return (time.perf_counter() - began) / CALLS


@asynccontextmanager
async def _client(url: str, era: str) -> AsyncIterator[Client]:
    async with (
        httpx2.AsyncClient(trust_env=False, timeout=30) as http,
        Client(streamable_http_client(url, http_client=http), mode=era, cache=None) as client,
    ):
        yield client


@asynccontextmanager
async def _program(words: Sequence[str | Path], home: str = "") -> AsyncIterator[str]:
    """A program of ours while the block runs, and what it prints of where it listens."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        cwd=ROOT,
        env={**os.environ, "JACKFIELD_HOME": home},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        line = ""
        while not (line.startswith("http://") or line.isdecimal()):
            line = (await process.stdout.readline()).decode().strip()
            if process.returncode is not None:
                raise SystemExit("it ended before it listened")
        yield line
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
