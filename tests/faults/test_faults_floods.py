"""Servers that send too much: they are bounded, and nobody beside them notices."""

from __future__ import annotations

import time

import pytest

from services.errors import ResultTooLarge
from services.events import ServerState
from tests.faults.stage import hostile, stage


async def test_junk_on_standard_output_is_counted_not_kept() -> None:
    async with stage(hostile("flood_junk", tool_timeout_sec=50), answers=5) as bad:
        assert await bad.text() == "after the junk"
        assert bad.said("not a JSON-RPC message on standard output: loading model")
        assert bad.events < 10_000
        await bad.manager.disconnect("bad")
        assert bad.said("lines of its standard output left out")


async def test_a_hundred_thousand_notifications_are_not_all_told() -> None:
    async with stage(hostile("flood_notifications", tool_timeout_sec=50), answers=5) as bad:
        assert await bad.text() == "after the notifications"
        assert bad.said("tick")
        assert bad.events < 10_000
        await bad.manager.disconnect("bad")
        assert bad.said("notifications left out")


async def test_a_hundred_thousand_unknown_notifications_hold_up_nobody() -> None:
    async with stage(hostile("flood_unknown", tool_timeout_sec=50), answers=5) as bad:
        assert await bad.text() == "after the unknown notifications"
        assert bad.events < 10_000


async def test_standard_error_is_read_slowly_and_its_end_is_kept() -> None:
    async with stage(hostile("flood_stderr", tool_timeout_sec=50), growth=40, answers=5) as bad:
        assert await bad.text() == "after the complaints"
        assert bad.events < 10_000
        await bad.manager.disconnect("bad")
        assert bad.said("lines of its standard error left out")
        assert bad.said("the very last line")


async def test_a_line_without_an_end_is_refused_while_it_comes() -> None:
    async with stage(hostile("endless_line", tool_timeout_sec=30), growth=160, answers=3) as bad:
        with pytest.raises(ResultTooLarge, match="without an end refused: over the limit of 64 MiB"):
            await bad.go()
        assert bad.manager.status("bad").state is ServerState.READY


async def test_a_result_above_the_limit_is_refused_and_the_next_one_taken() -> None:
    async with stage(hostile("huge_result", tool_timeout_sec=30), growth=200, answers=3) as bad:
        with pytest.raises(ResultTooLarge, match="over the limit of 64 MiB"):
            await bad.go({"mib": 65})
        assert len(await bad.text({"mib": 1})) == 1 << 20


async def test_pings_of_a_server_that_does_not_read_are_not_collected() -> None:
    async with stage(hostile("flood_pings", tool_timeout_sec=60), answers=5) as bad:
        assert await bad.text() == "after the pings"
        assert bad.said("some of its requests stay unanswered")


async def test_questions_without_end_are_refused_and_that_is_said_once() -> None:
    async with stage(hostile("flood_questions", tool_timeout_sec=60), answers=5) as bad:
        assert await bad.text() == "refused: 9950"
        said = [line.text for line in bad.manager.log("bad") if "question refused" in line.text]
        assert said == ["question refused: 50 of its questions wait already"]
        assert bad.events < 1_000
        assert bad.manager.inbox.questions == ()


async def test_the_cost_of_a_byte_is_the_same_in_big_results() -> None:
    async with stage(hostile("huge_result", tool_timeout_sec=30), growth=800, answers=5) as bad:
        seconds: dict[int, list[float]] = {10: [], 50: []}
        for mib in (10, 50) * 4:  # in turn, so that what else the machine does falls on both
            used = time.process_time()
            await bad.text({"mib": mib})
            seconds[mib].append(time.process_time() - used)
        assert min(seconds[50]) / min(seconds[10]) < 4 * 5
