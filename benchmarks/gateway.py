"""What a call costs through the gateway, against the same server asked directly."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from benchmarks.report import Figure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

__all__ = ("measure",)

ROOT = Path(__file__).parents[1]
ROUNDS = 5
CALLS = 40
AT_ONCE = 20
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
            async with _program(words, home) as gateway:
                for era, name in ERAS.items():
                    found += await _compare(era, name, f"{gateway}/suite", direct)
    return found


async def _compare(era: str, name: str, gateway: str, direct: str) -> list[Figure]:
    async with _client(gateway, era) as ours, _client(direct, era) as bare:
        await asyncio.gather(_in_turn(ours), _in_turn(bare))
        figures = []
        for what, run, wished in (
            (f"one call through the gateway / direct, {name}", _in_turn, "≤ 3"),
            (f"one of {AT_ONCE} at once", _at_once, "≤ 3.5"),
        ):
            rounds = [(await run(ours), await run(bare)) for _ in range(ROUNDS)]
            ours_took, bare_took = (statistics.median(times) for times in zip(*rounds, strict=True))
            figures.append(Figure(what, ours_took, bare_took, wished))
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
