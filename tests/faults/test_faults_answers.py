"""Servers that answer wrongly, or not: whoever waits hears of it, and the server's state is clear."""

from __future__ import annotations

import asyncio

import pytest

from services.errors import CallTimeout, ServerError, TransportClosed
from services.events import ServerState
from tests.faults.stage import hostile, stage
from tests.support.waiting import until
from tests.support.work import PATIENCE


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most of these servers leave only when they are told to."""
    monkeypatch.setattr("services.processes.process.GRACE", 0.3)


async def test_half_a_message_and_silence() -> None:
    async with stage(hostile("half_message", tool_timeout_sec=0.3)) as bad:
        with pytest.raises(CallTimeout, match="no result within"):
            await bad.go()
        assert bad.manager.status("bad").state is ServerState.READY


async def test_a_server_that_reads_nothing_holds_up_nobody() -> None:
    arguments = {"text": "x" * 3_000_000}
    async with stage(hostile("deaf", tool_timeout_sec=0.5)) as bad:
        for _ in range(2):
            with pytest.raises(CallTimeout):
                await bad.go(arguments)
        call = asyncio.create_task(bad.go(arguments))
        await asyncio.sleep(0.05)
        call.cancel()
        await asyncio.wait([call], timeout=PATIENCE)
        assert call.cancelled()


async def test_that_a_server_does_not_read_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.connections.stdio.transport._CLOGGED", 0.1)
    async with stage(hostile("deaf", tool_timeout_sec=0.5)) as bad:
        with pytest.raises(CallTimeout):
            await bad.go({"text": "x" * 1_000_000})
        with pytest.raises(CallTimeout):
            await bad.go({"text": "x" * 1_000_000})
        assert bad.said("it has not read its standard input for")


async def test_an_answer_to_nobody_is_passed_over() -> None:
    async with stage(hostile("wrong_id", tool_timeout_sec=0.5)) as bad:
        with pytest.raises(CallTimeout):
            await bad.go()
        assert await bad.text() == "to whom it concerns"


async def test_the_first_of_several_answers_counts() -> None:
    async with stage(hostile("twice")) as bad:
        assert [await bad.text() for _ in range(3)] == ["first"] * 3
        assert [await bad.text({"more": 60}) for _ in range(3)] == ["first"] * 3


async def test_answers_before_the_question_do_no_harm() -> None:
    async with stage(hostile("early", tool_timeout_sec=5)) as bad:
        assert await bad.text() == "asked"
        # One that arrives while its question is under way cannot be told from a true one.
        assert {await bad.text() for _ in range(5)} <= {"asked", "not asked"}


async def test_bytes_that_are_no_utf8_become_replacement_characters() -> None:
    async with stage(hostile("bad_utf8")) as bad:
        text = await bad.text()
        assert text.startswith("caf\ufffd")
        assert text.endswith("ok")


async def test_json_ten_thousand_levels_deep_is_refused_at_once() -> None:
    async with stage(hostile("deep")) as bad:
        with pytest.raises(ServerError, match="not readable JSON: nested too deeply"):
            await bad.go({"levels": 10_000})
        assert (await bad.go({"levels": 50})).structured is not None


@pytest.mark.parametrize("levels", [150, 250, 400, 900])
async def test_json_as_deep_as_can_be_read_breaks_nothing(levels: int) -> None:
    async with stage(hostile("deep", tool_timeout_sec=5)) as bad:
        try:
            assert (await bad.go({"levels": levels})).structured is not None
        except ServerError as error:
            assert "nested too deeply" in error.message
        assert (await bad.go({"levels": 5})).structured is not None


@pytest.mark.parametrize("number", ["1e400", "-1e-400", "9" * 4_000, "123456789012345678901234567890"])
async def test_huge_numbers_are_taken_as_far_as_they_go(number: str) -> None:
    async with stage(hostile("huge_number", tool_timeout_sec=5)) as bad:
        assert (await bad.go({"number": number})).structured is not None


@pytest.mark.parametrize("digits", [4_500, 2_000_000])
async def test_numbers_beyond_reason_are_refused_at_once(digits: int) -> None:
    async with stage(hostile("huge_number", tool_timeout_sec=5)) as bad:
        with pytest.raises(ServerError, match="JSON: a number of more than 4,300 digits") as refused:
            await bad.go({"number": "9" * digits})
        assert not refused.value.facts, "the code is ours, and says nothing"
        assert (await bad.go({"number": "1"})).structured is not None


async def test_a_batch_is_taken_apart() -> None:
    async with stage(hostile("batch", tool_timeout_sec=5)) as bad:
        assert await bad.text() == "in a batch"
        await until(lambda: bad.said("one"))
        assert bad.said("not a JSON-RPC message")


async def test_a_server_that_closes_its_output_is_ended_and_says_why() -> None:
    async with stage(hostile("closes_stdout", tool_timeout_sec=5)) as bad:
        with pytest.raises(TransportClosed, match="closed its output"):
            await bad.go()
        await until(lambda: bad.manager.status("bad").state is ServerState.FAILED)
        assert "closed its output" in bad.manager.status("bad").cause


async def test_an_exit_in_the_middle_of_an_answer_ends_the_call_with_its_cause() -> None:
    async with stage(hostile("exits_midway", tool_timeout_sec=5)) as bad:
        with pytest.raises(TransportClosed, match='exit status 3: "out of memory"'):
            await bad.go()
        await until(lambda: bad.manager.status("bad").state is ServerState.FAILED)
        assert 'exit status 3: "out of memory"' in bad.manager.status("bad").cause


SAID = [
    (-32000, "Connection closed"),
    (-32000, "the database is down"),
    (-32000, "SSE stream failed: over the 9 byte limit."),
    (-32000, "message refused: over the limit of 64 MiB"),
    (-32700, "Failed to parse the query"),
]


@pytest.mark.parametrize(("code", "message"), SAID)
async def test_an_error_of_the_server_is_no_end_of_the_connection(code: int, message: str) -> None:
    async with stage(hostile("refuses")) as bad:
        with pytest.raises(ServerError) as caught:
            await bad.go({"code": code, "message": message})
        assert (caught.value.message, caught.value.code) == (message, code)
        assert bad.manager.status("bad").state is ServerState.READY
