"""Measuring a call: bounded by number and by time, errors counted."""

from __future__ import annotations

import asyncio

import pytest

from services.errors import ServerError
from services.load import Load, measure


async def test_calls_run_side_by_side_and_no_more_than_asked() -> None:
    running = most = 0

    async def call() -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.002)
        running -= 1
        return "" if most else "never"

    load = await measure(call, 4, calls=22, seconds=30)
    assert (most, len(load.latencies), load.unfinished, load.failed) == (4, 22, 0, 0)
    assert load.per_second > 0


async def test_the_time_ends_what_is_under_way() -> None:
    ended = 0

    async def call() -> str:
        nonlocal ended
        try:
            await asyncio.sleep(60)
        finally:
            ended += 1
        return ""

    load = await measure(call, 3, calls=100, seconds=0.05)
    assert (load.unfinished, ended, load.latencies, load.percentile(50)) == (3, 3, (), None)


async def test_errors_are_counted_by_what_was_wrong() -> None:
    count = 0

    async def call() -> str:
        nonlocal count
        count += 1
        if count % 3 == 0:
            raise ServerError("busy", code=-32000)
        return "tool error" if count % 3 == 1 else ""

    load = await measure(call, 1, calls=9, seconds=30)
    assert (dict(load.errors), load.failed, len(load.latencies)) == ({"tool error": 3, "busy": 3}, 6, 6)


@pytest.mark.parametrize(("percent", "value"), [(0, 1.0), (50, 2.0), (75, 3.0), (99, 4.0), (100, 4.0)])
def test_percentiles_are_of_the_nearest_rank(percent: float, value: float) -> None:
    assert Load(1, 1.0, (1.0, 2.0, 3.0, 4.0)).percentile(percent) == value
