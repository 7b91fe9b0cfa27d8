"""Two gateways that share a state: what one hears or holds, the other tells or goes on with."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from services.gateway.state.shared import SharedState
from services.settings import ServerSettings
from tests.servers.tasks import DONE, TaskServer, asks, state
from tests.servers.web import Web
from tests.services.gateway.asking import ASKABLE, TASKS, answered, asked, call
from tests.services.gateway.stage import Person, Stage, client, gateway
from tests.services.gateway.test_gateway_news import raw
from tests.services.gateway.test_gateway_task_news import listening as task_news
from tests.services.gateway.test_gateway_tasks import begun
from tests.support.servers import demo, quick
from tests.support.state_server import PROGRAMS, StateServer, state_server
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no such server there")
TEXT, LAST = "quick://text", "quick://json"


@pytest.fixture(params=PROGRAMS)
def server(request: pytest.FixtureRequest) -> Iterator[StateServer]:
    with state_server(program=request.param) as running:
        yield running


@asynccontextmanager
async def two(server: StateServer, *servers: ServerSettings, **more: Any) -> AsyncIterator[list[Stage]]:
    """Two gateways in front of the same servers, once both know them and each other."""
    async with AsyncExitStack() as stack:
        stages = [
            await stack.enter_async_context(gateway(*servers, shared=SharedState(server.url), **more))
            for _ in range(2)
        ]
        known = [stage.door.gateway.known for stage in stages]
        await until(lambda: all(one.has(each.name, "tools") for one in known for each in servers))
        yield stages


@asynccontextmanager
async def listening(stage: Stage, **wishes: Any) -> AsyncIterator[list[str]]:
    """What a listener of a gateway hears."""
    heard: list[str] = []

    async def listen(news: Any) -> None:
        async for event in news:
            heard.append(getattr(event, "uri", "") or type(event).__name__)  # noqa: PERF401 - as they come

    async with client(stage.url(), "auto") as caller, caller.listen(**wishes) as news:
        task = asyncio.create_task(listen(news))
        try:
            yield heard
        finally:
            task.cancel()
            await asyncio.wait((task,))


# News.


async def test_what_a_program_says_to_one_all_tell(server: StateServer) -> None:
    wishes = {"resource_subscriptions": [TEXT, LAST]}
    async with (
        two(server, quick()) as (one, other),
        listening(one, **wishes) as ours,
        listening(other, **wishes) as theirs,
    ):
        one.door.gateway.updated("quick", TEXT)
        await until(lambda: bool(ours) and bool(theirs))
        other.door.gateway.updated("quick", TEXT)  # another program, and so another change
        await until(lambda: len(ours) == len(theirs) == 2)
        one.door.gateway.updated("quick", LAST)
        await until(lambda: LAST in ours and LAST in theirs)
        assert ours == theirs == [TEXT, TEXT, LAST]


async def test_what_both_hear_from_one_server_is_told_once(server: StateServer) -> None:
    wishes = {"resource_subscriptions": [TEXT, LAST]}
    async with Web() as web:
        settings = ServerSettings("web", transport="http", url=web.url)
        async with (
            two(server, settings) as (one, other),
            listening(one, **wishes) as ours,
            listening(other, **wishes) as theirs,
        ):
            for stage in (one, other, one, other):
                stage.door.gateway.updated("web", TEXT)
            await until(lambda: len(ours) >= 2 and len(theirs) >= 2)
            other.door.gateway.updated("web", LAST)  # only one of them hears this
            await until(lambda: LAST in ours and LAST in theirs)
            assert ours == theirs == [TEXT, TEXT, LAST]


async def test_a_list_that_one_sees_change_is_read_by_the_other(
    server: StateServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear, heard = SharedState._heard, list[Any]()

    def noting(shared: SharedState, message: dict[str, Any]) -> None:
        hear(shared, message)
        heard.extend([message] if message.get("by") != shared._me else ())

    monkeypatch.setattr(SharedState, "_heard", noting)
    async with Web(list_changed=False) as web:
        settings = ServerSettings("web", transport="http", url=web.url)
        async with (
            two(server, settings) as (one, other),
            listening(other, tools_list_changed=True) as theirs,
        ):
            for turn in (1, 2, 3):
                web.tools.append({"name": f"late_{turn}", "inputSchema": {"type": "object"}})
                one.door.manager.read_again("web", "tools")
                await until(lambda turn=turn: len(theirs) >= turn and f"late_{turn}" in known(other))  # type: ignore[misc]
                await until(lambda turn=turn: len(heard) >= 2 * turn)  # type: ignore[misc]
            read = [each for each in web.requests if each.message.get("method") == "tools/list"]
            assert len(read) == 2 + 2 * 3  # nobody reads it again because of one who did


def reached(stage: Stage) -> bool:
    """Whether it has its state."""
    assert stage.door.shared is not None
    return stage.door.shared.there


def known(stage: Stage) -> set[str]:
    """The tools of `web` that it knows."""
    return {tool["name"] for tool in stage.door.gateway.known.entries("web", "tools")}


# What is held.


async def test_a_held_call_is_gone_on_with_by_the_other(server: StateServer) -> None:
    async with two(server, quick()) as (one, other):
        first = await call(one.url(), "quick__ask", ASKABLE)
        (key,) = first["inputRequests"]
        answers = {key: {"action": "accept", "content": {"name": "Ada", "age": 36}}}
        more = {"requestState": first["requestState"], "inputResponses": answers}
        last = await call(other.url(), "quick__ask", ASKABLE, **more)
        assert "Ada" in repr(last["content"])
        again = await call(other.url(), "quick__ask", ASKABLE, **more)
        assert "does not wait" in again["message"]


async def test_rounds_of_a_program_reach_the_one_that_asked(server: StateServer) -> None:
    async with two(server, demo()) as (one, other):
        told: dict[str, Any] = {}
        for stage in (one, other, other):
            told = await call(stage.url(), "demo__interview", ASKABLE, **answered(told))
        told = await call(one.url(), "demo__interview", ASKABLE, **answered(told))
        assert repr(told["content"]).count("Ada") == 3


async def test_a_task_of_a_program_is_followed_through_the_other(server: StateServer) -> None:
    async with two(server, demo()) as (one, other):
        made = await call(one.url(), "demo__brew", TASKS, arguments={"seconds": 60})
        assert made["resultType"] == "task"
        looked = await asked(other.url(), "tasks/get", TASKS, taskId=made["taskId"])
        assert (looked["taskId"], looked["status"]) == (made["taskId"], "working")
        async with task_news(other.url(), {"taskIds": [made["taskId"]]}, who="local") as heard:
            await until(lambda: heard.states == ["working"])
        server.stop()
        await until(lambda: not reached(one) and not reached(other))
        lost = await asked(other.url(), "tasks/get", TASKS, taskId=made["taskId"])
        assert lost["data"]["reason"] == "state_away"
        assert (await asked(one.url(), "tasks/get", TASKS, taskId=made["taskId"]))["status"] == "working"
        server.start()  # and knows nothing
        await until(lambda: reached(one) and reached(other))
        await asked(other.url(), "tasks/cancel", TASKS, taskId=made["taskId"])
        looked = await asked(one.url(), "tasks/get", TASKS, taskId=made["taskId"])
        assert looked["status"] == "cancelled"


async def test_a_task_of_2025_goes_on_where_it_was_begun(server: StateServer) -> None:
    person = Person()
    async with (
        TaskServer(asks("name"), DONE, speaks="2025-11-25") as web,
        two(server, ServerSettings("work", transport="http", url=web.url)) as (one, other),
        client(other.url(), "legacy", person) as elsewhere,
    ):
        made = await call(one.url(), "work__work", TASKS | ASKABLE)
        (listed,) = (await raw(elsewhere, "tasks/list"))["tasks"]
        assert listed["taskId"] == made["taskId"]
        result = await raw(elsewhere, "tasks/result", taskId=made["taskId"])
        assert "Ada" in repr(result["content"])
        assert person.asked == ["Who?"]
        assert len(web.asked("tasks/result")) == 1


async def test_a_task_at_a_url_outlives_the_gateway_that_began_it(server: StateServer) -> None:
    async with TaskServer(state("working"), speaks="2025-11-25", sessions=False) as web:
        settings = ServerSettings("work", transport="http", url=web.url)
        async with gateway(settings, shared=SharedState(server.url)) as other:
            async with gateway(settings, shared=SharedState(server.url)) as one:
                await until(
                    lambda: all(each.door.gateway.known.has("work", "tools") for each in (one, other))
                )
                made = await call(one.url(), "work__work", TASKS)
                looked = await asked(other.url(), "tasks/get", TASKS, taskId=made["taskId"])
                assert looked["status"] == "working"
            looked = await asked(other.url(), "tasks/get", TASKS, taskId=made["taskId"])
            assert (looked["taskId"], looked["status"]) == (made["taskId"], "working")


async def test_a_task_of_the_gateway_is_kept_where_it_was_made(server: StateServer) -> None:
    async with (
        TaskServer(DONE) as web,
        two(server, ServerSettings("work", transport="http", url=web.url)) as (one, other),
        client(one.url(), "legacy") as here,
        client(other.url(), "legacy") as elsewhere,
    ):
        task = await begun(here, "work__echo", text="hello")
        result = await raw(elsewhere, "tasks/result", taskId=task["taskId"])
        assert "hello" in repr(result["content"])
        assert [each["taskId"] for each in (await raw(elsewhere, "tasks/list"))["tasks"]] == [task["taskId"]]
