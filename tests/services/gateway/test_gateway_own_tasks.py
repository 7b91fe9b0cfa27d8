"""Tasks of the gateway itself: how long they are kept, how many, and how large they may be together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from mcp.shared.exceptions import MCPError

from services.connections.session.caller import Caller
from services.gateway import own_tasks
from services.gateway.own_tasks import OwnTasks
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.errors import JackfieldError
    from services.gateway.own_tasks import OwnTask


def words(server: str, error: JackfieldError) -> MCPError:
    return MCPError(-32603, f"{server}: {error.message}")


@pytest.fixture
async def tasks() -> AsyncIterator[OwnTasks]:
    kept = OwnTasks(words)
    yield kept
    kept.close()


def begun(tasks: OwnTasks, work: Any, who: str = "ada", **wish: Any) -> OwnTask:
    task = tasks.make(who, "server", Caller(), wish)
    task.begin(work)
    tasks.keep(task)
    return task


async def at_once(text: str = "") -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}]}


async def never() -> dict[str, Any]:
    await asyncio.sleep(3_600)
    return {}


@pytest.mark.parametrize(
    ("ttl", "milliseconds"),
    [(None, 3_600_000), (60_000, 60_000), (10**400, 86_400_000), (True, 3_600_000), (-1, 3_600_000)],
)
async def test_it_is_kept_as_long_as_wished_within_reason(
    tasks: OwnTasks, ttl: Any, milliseconds: int
) -> None:
    assert begun(tasks, at_once(), ttl=ttl).created()["ttlMs"] == milliseconds


async def test_it_is_forgotten_when_its_time_is_over(tasks: OwnTasks) -> None:
    task = begun(tasks, never(), ttl=50)
    assert tasks.of("server", task.id) is task
    assert tasks.of("another", task.id) is None
    await until(lambda: tasks.of("server", task.id) is None)
    await until(lambda: task.ended)


async def test_one_caller_has_so_many_and_no_more(tasks: OwnTasks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_tasks, "_MOST_OF_ONE", 2)
    first, second = begun(tasks, at_once()), begun(tasks, never())
    await until(lambda: first.ended)
    third = begun(tasks, never())
    assert tasks.of("server", first.id) is None
    with pytest.raises(MCPError, match="2 tasks are under way"):
        begun(tasks, never())
    assert begun(tasks, never(), "bob")
    assert not second.ended and not third.ended


async def test_results_are_not_larger_together_than_can_be_kept(
    tasks: OwnTasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_tasks, "_HEAVIEST", 3_000)
    kept = []
    for _ in range(4):
        kept.append(begun(tasks, at_once("x" * 1_000)))
        await until(lambda: kept[-1].size > 0)
    assert [tasks.of("server", one.id) is one for one in kept] == [False, False, True, True]
