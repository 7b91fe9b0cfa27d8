"""What goes wrong under a turn: servers that die, results that are large, faces with faults."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from services.model.events import CallEnded, Ended, Failed
from tests.services.conftest import running
from tests.services.model.stage import Person, conversing, events, of
from tests.services.model.test_model_conversation import calling
from tests.support.servers import demo, quick

if TYPE_CHECKING:
    from pathlib import Path

    from services.approval import ApprovalRequest, Decision

pytestmark = pytest.mark.anyio


async def test_a_server_that_dies_in_a_call_ends_the_call_and_not_the_turn(tmp_path: Path) -> None:
    person = Person()
    async with conversing(calling("mcp__demo__crash", "{}"), tmp_path, demo(), quick(), person=person) as it:
        found = await events(it.ask("crash"))
    (ended,) = of(CallEnded, found)
    assert ended.outcome == "failed" and ended.error is not None
    assert isinstance(found[-1], Ended) and "The call failed" in found[-1].text


async def test_a_large_result_is_whole_for_the_person_and_a_file_for_the_model(tmp_path: Path) -> None:
    model = calling("mcp__demo__big", '{"bytes": 5000000}')
    async with conversing(model, tmp_path, demo()) as conversation:
        found = await events(conversation.ask("big"))
    (ended,) = of(CallEnded, found)
    assert ended.result is not None and len(ended.result.blocks[0].text) >= 5_000_000
    assert len(ended.answer) < 45_000 and str(ended.files[0]) in ended.answer
    assert ended.files[0].stat().st_size >= 5_000_000
    assert isinstance(found[-1], Ended)


async def test_a_fault_of_the_face_ends_the_call_and_is_told(tmp_path: Path) -> None:
    class Broken(Person):
        async def approve(self, request: ApprovalRequest) -> Decision:
            raise LookupError("no such screen")

    server = demo(default_tools_approval_mode="prompt")
    model = calling("mcp__demo__add", '{"a": 2, "b": 3}')
    async with conversing(model, tmp_path, server, person=Broken()) as conversation:
        (*_, last) = await events(conversation.ask("add"))
        assert isinstance(last, Failed) and "no such screen" in last.error.message
        assert not conversation.busy and conversation.undo() == "add"


async def test_what_concerns_a_model_alone_restarts_no_server() -> None:
    async with running(demo()) as (manager, _):
        before = manager.status("demo")
        settings = replace(
            manager.settings("demo"),
            tools={"add": "approve"},
            default_tools_approval_mode="prompt",
            tool_output_limits={"add": 500},
            supports_parallel_tool_calls=True,
        )
        assert (await manager.apply([settings])).changed == ("demo",)
        after = manager.status("demo")
        assert (after.pid, after.restarts, after.state) == (before.pid, before.restarts, before.state)
        assert manager.settings("demo").tools == {"add": "approve"}
