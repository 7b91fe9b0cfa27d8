"""What the protocol trace costs a call, and how fast ten thousand frames of it are read."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from typing import TYPE_CHECKING
from unittest.mock import patch

from benchmarks.report import Figure
from benchmarks.servers import quick
from benchmarks.stall import watched
from services.connection_manager import ConnectionManager
from services.settings import ServerSettings
from services.trace.trace import MOST_FRAMES, Trace
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ("measure",)

ROUNDS = 60
CALLS = 25
REQUEST = (
    b'{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"echo","arguments":{"text":"hello"}}}'
)
ANSWER = b'{"jsonrpc":"2.0","id":%d,"result":{"content":[{"type":"text","text":"hello"}]}}'


def measure() -> Iterable[Figure]:
    """A call with and without it in alternating rounds; then recording and reading by themselves."""
    yield asyncio.run(_calls())
    yield asyncio.run(_http_calls())
    yield _recording()
    yield asyncio.run(_reading())


async def _calls() -> Figure:
    async with ConnectionManager([quick()]) as manager, watched() as stall:
        await manager.settled(30)
        trace = manager.trace("quick")
        taken: dict[bool, list[float]] = {True: [], False: []}
        for number in range(2 * ROUNDS):
            looking = number % 4 in (0, 3)
            _blind(trace, not looking)
            began = time.perf_counter()
            for _ in range(CALLS):
                await manager.call_tool("quick", "echo", {"text": "hello"})
            taken[looking].append((time.perf_counter() - began) / CALLS)
    return _compared("one call with its trace / without", taken, stall.longest)


async def _http_calls() -> Figure:
    """The same over HTTP, where each call is an exchange too: two connections, one of them without hooks."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.servers.web"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    settings = ServerSettings("web", transport="http", url=url)
    async with ConnectionManager([settings]) as seen, ConnectionManager() as unseen, watched() as stall:
        await seen.settled(30)
        with patch("services.connections.http.client.hooks", lambda _: {}):
            await unseen.add(settings)
            await unseen.settled(30)
        taken: dict[bool, list[float]] = {True: [], False: []}
        for number in range(2 * ROUNDS):
            looking = number % 4 in (0, 3)
            manager = seen if looking else unseen
            began = time.perf_counter()
            for _ in range(CALLS):
                await manager.call_tool("web", "echo", {"text": "hello"})
            taken[looking].append((time.perf_counter() - began) / CALLS)
    process.stdin.close()
    await process.wait()
    return _compared("one HTTP call with its trace / without", taken, stall.longest)


def _compared(name: str, taken: dict[bool, list[float]], stall: float) -> Figure:
    bare = statistics.median(taken[False])
    # By neighbours: what else the machine does weighs on both alike.
    pairs = zip(taken[True], taken[False], strict=True)
    traced = bare * statistics.median(ours / theirs for ours, theirs in pairs)
    return Figure(name, traced, bare, "≤ 1.05", stall)


def _blind(trace: Trace, blind: bool) -> None:
    """Let a trace look away, or look again."""
    for name in ("sent", "received"):
        if blind:
            setattr(trace, name, lambda *_: None)
        else:
            vars(trace).pop(name, None)


def _filled() -> Trace:
    trace = Trace("filled")
    for number in range(MOST_FRAMES // 2):
        trace.sent(REQUEST % number)
        trace.received(ANSWER % number)
    return trace


def _recording() -> Figure:
    lines = [(REQUEST % number, ANSWER % number) for number in range(MOST_FRAMES)]
    trace = Trace("recorded")
    began = time.perf_counter()
    for request, answer in lines:
        trace.sent(request)
        trace.received(answer)
    each = (time.perf_counter() - began) / (2 * len(lines))
    return Figure("recording one frame", each, wished="≤ 5 µs")


async def _reading() -> Figure:
    trace = _filled()
    async with watched() as stall:
        began = time.perf_counter()
        mark, more = 0, True
        while more:
            news = trace.since(mark, 250)
            mark, more = news.mark, news.more
            await asyncio.sleep(0)
        seconds = time.perf_counter() - began
    name = f"reading {MOST_FRAMES:,} frames for the screen"
    return Figure(name, seconds, wished="≤ 1 s", stall=stall.longest)
