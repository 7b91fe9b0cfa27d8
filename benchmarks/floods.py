"""How soon the session shows a key while a server floods it, beside the same with a server that is still."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import TYPE_CHECKING

from textual import events

from benchmarks.report import Figure
from benchmarks.stall import watched
from tests.app.conftest import session
from tests.faults.stage import hostile
from tests.support.servers import quick

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.app.conftest import Session

__all__ = ("measure",)

FLOODS = ("flood_notifications", "flood_stderr", "flood_junk")
MUCH = 25
"""How often the server sends what it has, some seconds in all."""
STILL = 100
"""Keys pressed while nothing comes."""


def measure() -> Iterator[Figure]:
    """The median and the longest key of each flood, with the longest the loop was away."""
    for flood in FLOODS:
        yield from asyncio.run(_measured(flood))


async def _measured(flood: str) -> list[Figure]:
    async with session(hostile(flood, tool_timeout_sec=90), quick("good")) as s:
        await s.ready("bad", "good")
        assert s.app.manager is not None
        still = [await _typed(s) for _ in range(STILL)]
        flooded = []
        async with watched() as stall:
            calling = asyncio.create_task(s.app.manager.call_tool("bad", "go", {"much": MUCH}))
            while not calling.done():
                flooded.append(await _typed(s))
                await asyncio.sleep(0.01)
            await calling
    name = flood.replace("_", " of ", 1)
    return [
        Figure(f"{name}: a key, median", statistics.median(flooded), statistics.median(still)),
        Figure(f"{name}: the longest", max(flooded), max(still), stall=stall.longest),
    ]


async def _typed(s: Session) -> float:
    """Seconds from a key to its letter in the composer, with the loop left alone in between."""
    driver, composer = s.app._driver, s.app.session.composer
    assert driver is not None
    wanted, before = composer.text + "x", time.perf_counter()
    driver.send_message(events.Key("x", "x"))
    while composer.text != wanted:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.001)
    return time.perf_counter() - before
