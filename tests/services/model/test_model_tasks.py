"""A model's call that becomes a task: waited for like any other, cancelled with the turn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from services.model.events import CallEnded, CallProgressed, Ended
from services.settings import ServerSettings
from tests.servers.tasks import DONE, TaskServer, state
from tests.services.model.stage import conversing, events, of
from tests.services.model.test_model_parallel import Model
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


def at(web: TaskServer) -> ServerSettings:
    return ServerSettings("web", transport="http", url=web.url, tool_timeout_sec=0.3)


async def test_the_model_gets_the_result_of_a_task(tmp_path: Path) -> None:
    slow = [state("working", statusMessage=str(number), pollIntervalMs=400) for number in range(3)]
    model = Model(("mcp__web__work", "{}"))
    async with TaskServer(*slow, DONE) as web, conversing(model, tmp_path, at(web)) as conversation:
        found = await events(conversation.ask("go"))
    assert isinstance(found[-1], Ended)
    assert "the work is done" in model.results[0][1]
    assert "task working: 1" in [event.progress.message for event in of(CallProgressed, found)]


async def test_a_turn_that_is_cancelled_cancels_its_task(tmp_path: Path) -> None:
    model = Model(("mcp__web__work", "{}"))
    async with (
        TaskServer(state("working", statusMessage="long")) as web,
        conversing(model, tmp_path, at(web)) as conversation,
    ):
        found = []
        async with asyncio.timeout(20), conversation.ask("go") as turn:
            async for event in turn:
                found.append(event)
                if isinstance(event, CallProgressed):
                    turn.cancel()
        assert [event.outcome for event in of(CallEnded, found)] == ["cancelled"]
        await until(lambda: len(web.asked("tasks/cancel")) == 1)
