"""Calls that become tasks at a server of `fastmcp-tasks`, through the front door."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from services.errors import TaskFailed
from services.settings import ServerSettings
from tests.peers.servers import tasks_stdio
from tests.services.conftest import running
from tests.services.connections.test_tasks import said
from tests.support.waiting import until

if TYPE_CHECKING:
    from services.tasks.task import Task

pytestmark = pytest.mark.peer


def server() -> ServerSettings:
    command, args = tasks_stdio()
    return ServerSettings("tasks", command=command, args=args)


async def test_a_task_comes_to_its_result() -> None:
    async with running(server()) as (manager, _):
        seen: list[Task] = []
        result = await manager.call_tool("tasks", "slow", {"seconds": 0.5}, on_task=seen.append)
        assert said(result) == "slept 0.5 s"
        assert seen[0].ttl is not None
        assert seen[-1].status == "completed"


async def test_a_task_is_cancelled() -> None:
    async with running(server()) as (manager, _):
        call = asyncio.create_task(manager.call_tool("tasks", "slow", {"seconds": 60}))
        await until(lambda: bool(manager.waited_for("tasks")) or call.done())
        assert manager.waited_for("tasks"), call
        (task,) = manager.waited_for("tasks")
        await manager.cancel_task("tasks", task.id)
        with pytest.raises(TaskFailed) as caught:
            await asyncio.wait_for(call, 60)
        assert caught.value.reason == "task_cancelled"
