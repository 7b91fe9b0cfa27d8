"""The demo server's tea and interview, through the front door, in both eras."""

from __future__ import annotations

import asyncio

import pytest

from services.inbox.questions import Answer, FormQuestion, LinkQuestion
from tests.services.conftest import running
from tests.services.connections.test_tasks import said
from tests.support.servers import demo
from tests.support.waiting import until

ERAS = pytest.mark.parametrize("protocol", ["legacy", "2026-07-28"])


@ERAS
async def test_tea_is_brewed(protocol: str) -> None:
    async with running(demo(protocol=protocol)) as (manager, _):
        seen: list[str] = []
        result = await manager.call_tool(
            "demo", "brew", {"seconds": 0.4}, on_task=lambda task: seen.append(task.words)
        )
        assert said(result) == "A cup of tea, 0 lumps of sugar."
        assert bool(seen) == (protocol != "legacy")


async def test_tea_is_asked_about_in_the_middle_and_poured_away() -> None:
    async with running(demo(protocol="2026-07-28")) as (manager, _):
        pot = {"seconds": 1, "ask": True}
        call = asyncio.create_task(manager.call_tool("demo", "brew", pot))
        await until(lambda: bool(manager.inbox.questions))
        manager.inbox.answer(manager.inbox.questions[0], Answer("accept", {"milk": True, "sugar": 2}))
        assert said(await call) == "A cup of tea with milk, 2 lumps of sugar."
        task = await manager.start_task("demo", "brew", {"seconds": 60})
        await manager.cancel_task("demo", getattr(task, "id", ""))
        seen = await manager.look_at_task("demo", getattr(task, "id", ""))
        assert seen.words == "cancelled: poured away"


@ERAS
async def test_an_interview_has_rounds(protocol: str) -> None:
    async with running(demo(protocol=protocol, roots=(".",))) as (manager, _):
        call = asyncio.create_task(manager.call_tool("demo", "interview", {"rounds": 3}))
        kinds = []
        while not call.done():
            await until(lambda: call.done() or bool(manager.inbox.questions))
            for question in manager.inbox.questions:
                kinds.append(type(question))
                content = {"name": "Ada"} if kinds == [FormQuestion] else {"answer": "yes"}
                given = Answer("accept", content if isinstance(question, FormQuestion) else None)
                manager.inbox.answer(question, given)
        words = said(await call)
        assert kinds.count(FormQuestion) == 3
        assert kinds.count(LinkQuestion) == (protocol != "legacy")
        assert all(part in words for part in ('"Ada"', "file://", "question 3"))
