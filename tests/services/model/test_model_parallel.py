"""Several calls of one answer: side by side or in turn, one stopped, one dying; their results in order."""

from __future__ import annotations

import asyncio
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest
from pydantic_ai.messages import ModelRequest, ToolReturnPart
from pydantic_ai.models.function import DeltaToolCall

from services.model.events import CallBegun, CallEnded, CallProgressed, Cancelled, Ended
from tests.services.model.stage import Person, conversing, events, of
from tests.support.servers import demo, quick
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from pydantic_ai.messages import ModelMessage
    from pydantic_ai.models.function import AgentInfo

pytestmark = pytest.mark.anyio

SLOW, FAST = ("mcp__one__sleep", '{"seconds": 0.5}'), ("mcp__two__sleep", '{"seconds": 0}')
TOGETHER: dict[str, Any] = {"supports_parallel_tool_calls": True}


class Model:
    """Asks for calls in one answer, then says how many results came; keeps them as they came."""

    def __init__(self, *calls: tuple[str, str]) -> None:
        self.calls = calls
        self.results: list[tuple[str, str]] = []

    async def __call__(self, messages: list[ModelMessage], _info: AgentInfo) -> AsyncIterator[Any]:
        last = messages[-1]
        assert isinstance(last, ModelRequest)
        results = [part for part in last.parts if isinstance(part, ToolReturnPart)]
        self.results = [(part.tool_call_id, str(part.content)) for part in results]
        if results:
            yield f"{len(results)} results"
            return
        for index, (name, arguments) in enumerate(self.calls):
            yield {index: DeltaToolCall(name=name, json_args=arguments, tool_call_id=f"c{index}")}


def order(found: list[Any]) -> str:
    """When calls began and ended: `+0-0+1-1`; those that began side by side by number."""
    told = [event for event in found if isinstance(event, CallBegun | CallEnded)]
    signs = [f"{'+' if isinstance(event, CallBegun) else '-'}{event.call.id[1:]}" for event in told]
    runs = groupby(signs, key=lambda sign: sign[0])
    return "".join("".join(sorted(run) if kind == "+" else run) for kind, run in runs)


@pytest.mark.parametrize(
    ("one", "two", "wanted"),
    [
        (TOGETHER, TOGETHER, "+0+1-1-0"),
        ({}, {}, "+0-0+1-1"),
        (TOGETHER, {}, "+0-0+1-1"),
        ({}, TOGETHER, "+0-0+1-1"),
    ],
)
async def test_calls_run_side_by_side_where_their_servers_say_so(
    tmp_path: Path, one: dict[str, Any], two: dict[str, Any], wanted: str
) -> None:
    model = Model(SLOW, FAST)
    async with conversing(model, tmp_path, quick("one", **one), quick("two", **two)) as conversation:
        found = await events(conversation.ask("go"))
    assert order(found) == wanted
    assert isinstance(found[-1], Ended) and found[-1].text == "2 results"
    assert [call_id for call_id, _ in model.results] == ["c0", "c1"], "in the order they were asked for"


async def test_what_only_reads_runs_side_by_side_unasked(tmp_path: Path) -> None:
    model = Model(("mcp__demo__countdown", '{"seconds": 1}'), ("mcp__demo__add", '{"a": 1, "b": 2}'))
    async with conversing(model, tmp_path, demo()) as conversation:
        tools = conversation.offer()
        assert all(
            tool is not None and tool.parallel for tool in map(tools.of, (each[0] for each in model.calls))
        )
        assert order(await events(conversation.ask("go"))) == "+0+1-1-0"


async def test_one_that_changes_things_waits_for_those_before_it(tmp_path: Path) -> None:
    model = Model(SLOW, FAST, ("mcp__three__echo", '{"text": "x"}'), FAST)
    servers = quick("one", **TOGETHER), quick("two", **TOGETHER), quick("three")
    async with conversing(model, tmp_path, *servers) as conversation:
        assert order(await events(conversation.ask("go"))) == "+0+1-1-0+2-2+3-3"


async def test_one_that_dies_takes_no_other_with_it(tmp_path: Path) -> None:
    model = Model(SLOW, ("mcp__two__die", "{}"), ("mcp__one__echo", '{"text": "alive"}'))
    servers = quick("one", **TOGETHER), quick("two", **TOGETHER)
    async with conversing(model, tmp_path, *servers) as conversation:
        found = await events(conversation.ask("go"))
    outcomes = {event.call.id: event.outcome for event in of(CallEnded, found)}
    assert outcomes == {"c0": "ok", "c1": "failed", "c2": "ok"}
    (slept, died, said) = model.results
    assert "slept" in slept[1] and "alive" in said[1]
    assert died[0] == "c1" and died[1].startswith("The call failed: ") and "exit" in died[1]
    assert isinstance(found[-1], Ended)


async def test_one_that_is_stopped_is_said_to_be_and_the_others_go_on(tmp_path: Path) -> None:
    model = Model(("mcp__demo__countdown", '{"seconds": 30}'), ("mcp__one__echo", '{"text": "alive"}'))
    async with conversing(model, tmp_path, demo(), quick("one", **TOGETHER)) as conversation:
        found = []
        async with asyncio.timeout(20), conversation.ask("go") as turn:
            async for event in turn:
                found.append(event)
                if isinstance(event, CallProgressed):
                    assert turn.stop_call("c0")
        assert not turn.stop_call("c0") and not turn.stop_call("never")
        manager = conversation._place.manager
        await until(lambda: any("countdown: cancelled" in line.text for line in manager.log("demo")))
    outcomes = {event.call.id: event.outcome for event in of(CallEnded, found)}
    assert outcomes == {"c0": "cancelled", "c1": "ok"}
    assert isinstance(found[-1], Ended) and found[-1].text == "2 results"
    assert "person stopped this call" in model.results[0][1] and "alive" in model.results[1][1]


async def test_all_that_run_are_cancelled_with_the_turn(tmp_path: Path) -> None:
    model = Model(("mcp__demo__countdown", '{"seconds": 30}'), ("mcp__one__sleep", '{"seconds": 30}'))
    async with conversing(model, tmp_path, demo(), quick("one", **TOGETHER)) as conversation:
        found = []
        async with asyncio.timeout(20), conversation.ask("go") as turn:
            async for event in turn:
                found.append(event)
                if isinstance(event, CallProgressed):
                    turn.cancel()
        assert {event.call.id: event.outcome for event in of(CallEnded, found)} == {
            "c0": "cancelled",
            "c1": "cancelled",
        }
        assert isinstance(found[-1], Cancelled)
        model.calls = (FAST,)
        (*_, last) = await events(conversation.retry())
        assert isinstance(last, Ended) and last.text == "1 results"


async def test_questions_about_several_calls_come_one_at_a_time(tmp_path: Path) -> None:
    class Slow(Person):
        now = most = 0

        async def approve(self, request: Any) -> Any:
            Slow.now += 1
            Slow.most = max(Slow.most, Slow.now)
            await asyncio.sleep(0.05)
            Slow.now -= 1
            return await super().approve(request)

    person = Slow()
    asks: dict[str, Any] = {**TOGETHER, "default_tools_approval_mode": "prompt"}
    model = Model(SLOW, FAST, FAST)
    servers = quick("one", **asks), quick("two", **asks)
    async with conversing(model, tmp_path, *servers, person=person) as conversation:
        found = await events(conversation.ask("go"))
    assert len(person.asked) == 3 and Slow.most == 1
    assert [event.outcome for event in of(CallEnded, found)] == ["ok"] * 3
