"""An hour of bad luck in a few minutes: 10,000 reconnections, and what they leave in memory."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.report import Figure
from services.connection_manager import ConnectionManager
from services.connections.reconnection import Retry
from services.errors import JackfieldError
from services.events import ServerState, StatusChanged
from services.settings import ServerSettings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.events import Event

__all__ = ("measure",)

RECONNECTIONS = int(os.environ.get("SOAK", "10000"))
WARM = max(RECONNECTIONS // 10, 1)
"""Reconnections after which caches are full and memory is taken as settled."""


def measure() -> Iterable[Figure]:
    """Memory at the end beside memory after the first tenth; the time of one reconnection."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.forgetful"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        port = int(server.stdout.readline())
        yield from asyncio.run(_soak(f"http://127.0.0.1:{port}/mcp"))
        server.stdin.close()


async def _soak(url: str) -> list[Figure]:
    settings = ServerSettings("forgetful", transport="http", url=url, protocol="legacy")
    retry = Retry(first=0.0, longest=0.0)
    ready = _Ready()
    async with ConnectionManager([settings], listener=ready, retry=retry) as manager:
        await manager.settled(30)
        await _reconnect(manager, ready, WARM)
        settled = _memory()
        began = time.perf_counter()
        await _reconnect(manager, ready, RECONNECTIONS - WARM)
        each = (time.perf_counter() - began) / (RECONNECTIONS - WARM)
        handles, tasks = len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())  # noqa: PTH208
        note = f"{handles} open files, {tasks} tasks at the end"
        return [
            Figure(
                f"memory after {RECONNECTIONS:,} reconnections / after {WARM:,}",
                _memory(),
                settled,
                "≤ 1.05",
                note=note,
                unit="MB",
            ),
            Figure("one reconnection, session lost to lists read", each),
        ]


class _Ready:
    """Lets the soak wait until the server is ready again."""

    def __init__(self) -> None:
        self.again = asyncio.Event()

    def __call__(self, event: Event) -> None:
        if isinstance(event, StatusChanged) and event.status.state is ServerState.READY:
            self.again.set()


async def _reconnect(manager: ConnectionManager, ready: _Ready, times: int) -> None:
    for _ in range(times):
        before = manager.status("forgetful").restarts
        ready.again.clear()
        with suppress(JackfieldError):
            await manager.call_tool("forgetful", "forget")
        async with asyncio.timeout(10):
            while manager.status("forgetful").restarts == before:
                ready.again.clear()
                await ready.again.wait()


def _memory() -> float:
    """Resident megabytes, what can be freed being free."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
