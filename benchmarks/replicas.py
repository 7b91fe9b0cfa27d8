"""What a second process of the gateway brings, and what the state between them costs.

One light server behind, at a URL; calls of 2026-07-28 over connections that stay open, each asking again as
soon as it was answered, evenly spread over the processes. All of it shares the machine: on two cores the
callers and the server behind take their part of what two processes could do.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from benchmarks.report import Figure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

__all__ = ("measure",)

ROOT: Final = Path(__file__).parents[1]
ROUNDS: Final = 5
SECONDS: Final = 3.0
CONNECTIONS: Final = 32
_META: Final = "io.modelcontextprotocol/"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to run it."""

    processes: int
    state: bool

    @property
    def name(self) -> str:
        return f"{'two' if self.processes > 1 else 'one'}, {'a' if self.state else 'no'} state"


WAYS: Final = (Way(1, False), Way(1, True), Way(2, False), Way(2, True))


def measure() -> Iterable[Figure]:
    """Calls over 32 connections, and one after the other, in alternating rounds."""
    yield from asyncio.run(_measure())


async def _measure() -> list[Figure]:
    async with AsyncExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="replicas-"))
        state = await stack.enter_async_context(_state())
        behind = await stack.enter_async_context(_behind())
        config = f'[mcp_servers.web]\nurl = "{behind}"\n[gateway]\nrequests_per_minute = 10000000\n'
        await asyncio.to_thread(Path(home, "config.toml").write_text, config, encoding="utf-8")
        ports = {way: await stack.enter_async_context(_gateways(way, home, state)) for way in WAYS}
        many: dict[Way, list[float]] = {way: [] for way in WAYS}
        one: dict[Way, list[float]] = {way: [] for way in WAYS}
        for each in ports.values():
            await _calls(each, CONNECTIONS, SECONDS / 2)
        for _ in range(ROUNDS):
            for way, each in ports.items():
                took = await _calls(each, CONNECTIONS, SECONDS)
                many[way].append(SECONDS / len(took))
                one[way].append(statistics.median(await _calls(each, 1, SECONDS / 3)))
    return [*_figures("a call of 32 at once", many, rate=True), *_figures("one call, p50", one, rate=False)]


def _figures(what: str, found: dict[Way, list[float]], *, rate: bool) -> list[Figure]:
    middle = {way: statistics.median(times) for way, times in found.items()}
    bare = middle[WAYS[0]]
    wished = {Way(1, True): "≤ 1.3", Way(2, False): "≤ 0.8", Way(2, True): "≤ 0.9"} if rate else {}
    return [
        Figure(
            f"{what}: {way.name}",
            seconds,
            None if way == WAYS[0] else bare,
            wished.get(way, ""),
            note=f"{1 / seconds:,.0f} calls/s" if rate else "",
        )
        for way, seconds in middle.items()
    ]


# The load.


async def _calls(ports: Sequence[int], connections: int, seconds: float) -> list[float]:
    """The seconds that each call took which was answered in time."""
    end = time.perf_counter() + seconds
    done = await asyncio.gather(*(_asking(ports[number % len(ports)], end) for number in range(connections)))
    return [took for each in done for took in each]


async def _asking(port: int, end: float) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    took: list[float] = []
    try:
        while (began := time.perf_counter()) < end:
            writer.write(_REQUEST)
            answer = await _answer(reader)
            if b'"resultType":"complete"' not in answer:
                raise SystemExit(f"no result: {answer[:300]!r}")
            took.append(time.perf_counter() - began)
    finally:
        writer.close()
    return took


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b"content-length:" in head:
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        return await reader.readexactly(int(length))
    whole = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        whole += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return whole


def _request() -> bytes:
    meta: dict[str, Any] = {
        f"{_META}protocolVersion": "2026-07-28",
        f"{_META}clientCapabilities": {},
        f"{_META}clientInfo": {"name": "load", "version": "1"},
    }
    params = {"name": "web__echo", "arguments": {"text": "hello"}, "_meta": meta}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    head = (
        "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\n"
        f"Mcp-Method: tools/call\r\nMcp-Name: web__echo\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


_REQUEST: Final = _request()


# The programs.


@asynccontextmanager
async def _gateways(way: Way, home: str, state: str) -> AsyncIterator[list[int]]:
    """The processes of one way, and their ports, once they call."""
    words = ["-m", "app", "serve", "--http", "127.0.0.1:0", "--no-token"]
    words += ["--state", state] if way.state else []
    ports = []
    async with AsyncExitStack() as stack:
        for _ in range(way.processes):
            program = _program(*words, environ={"JACKFIELD_HOME": home}, stderr=subprocess.PIPE)
            process = await stack.enter_async_context(program)
            assert process.stderr is not None
            while not (line := (await process.stderr.readline()).decode()).startswith("http://"):
                if not line:
                    raise SystemExit("it ended before it listened")
            ports.append(urlsplit(line.strip()).port or 0)
        for _ in range(600):
            try:
                await _calls(ports, len(ports), 0.05)
                break
            except SystemExit:  # the server behind is not known yet
                await asyncio.sleep(0.1)
        yield ports


@asynccontextmanager
async def _behind() -> AsyncIterator[str]:
    """The server behind: written by hand, so that it takes little of the machine."""
    async with _program(
        "-m", "tests.servers.tasks", stdout=subprocess.PIPE, stdin=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        yield (await process.stdout.readline()).decode().strip()


@asynccontextmanager
async def _state() -> AsyncIterator[str]:
    program = shutil.which("valkey-server") or shutil.which("redis-server")
    if program is None:
        raise SystemExit("neither valkey-server nor redis-server is installed")
    port = str(_free())
    words = ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = await asyncio.create_subprocess_exec(program, *words, stdout=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def _program(
    *words: str, environ: dict[str, str] | None = None, **streams: Any
) -> AsyncIterator[asyncio.subprocess.Process]:
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL} | streams
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=ROOT, env={**os.environ, **(environ or {})}, **streams
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
