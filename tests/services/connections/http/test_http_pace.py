"""A server that asks to be called again at once is not called again without end."""

from __future__ import annotations

import asyncio

from services.connections.http.pace import Pace


async def test_streams_that_break_at_once_are_opened_again_at_a_floor() -> None:
    pace, opened = Pace(), 0

    async def endless() -> None:
        nonlocal opened
        while True:
            await pace.wait()
            opened += 1

    task = asyncio.create_task(endless())
    await asyncio.sleep(1.5)
    task.cancel()
    assert opened == 11


async def test_a_stream_that_breaks_now_and_then_waits_for_nothing() -> None:
    pace = Pace()
    async with asyncio.timeout(0.5):
        for _ in range(10):
            await pace.wait()
