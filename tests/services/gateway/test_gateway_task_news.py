"""What a client of 2026-07-28 hears of its tasks without asking: `subscriptions/listen` with `taskIds`."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2

from services.connection_manager import ConnectionManager
from services.gateway import rounds, task_forms, task_news
from services.gateway.access import Bearer
from services.settings import ServerSettings
from tests.servers.tasks import DONE, TaskServer, asks, state
from tests.servers.web_wire import error
from tests.services.gateway.stage import client, gateway, until_listed
from tests.services.gateway.test_gateway_news import raw
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    import pytest

ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
TOLD = "notifications/tasks"
TASKS: dict[str, Any] = {"extensions": {task_forms.TASKS: {}}}
SLOW = state("working", pollIntervalMs=60_000)


class ByName:
    """Lets everybody in, by the name in the place of a token."""

    async def bearer(self, headers: Mapping[str, str]) -> Bearer:
        return Bearer(headers.get("authorization", "").removeprefix("Bearer ") or "nobody")


class Heard:
    """The messages of one stream of news, in their order."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @property
    def agreed(self) -> Any:
        """What the first message says that the stream tells of."""
        first = self.messages[0]
        assert first["method"] == ACKNOWLEDGED
        return first["params"]["notifications"]

    @property
    def tasks(self) -> list[dict[str, Any]]:
        return [each["params"] for each in self.messages if each.get("method") == TOLD]

    @property
    def states(self) -> list[str]:
        return [task["status"] for task in self.tasks]


@asynccontextmanager
async def listening(
    url: str, wishes: dict[str, Any], *, who: str = "ada", capabilities: dict[str, Any] = TASKS
) -> AsyncIterator[Heard]:
    """Listen as a client does that nothing of ours is part of; until the stream's first message came."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": capabilities,
        "io.modelcontextprotocol/clientInfo": {"name": "wire", "version": "1"},
    }
    body = {
        "jsonrpc": "2.0",
        "id": "news-1",
        "method": "subscriptions/listen",
        "params": {"notifications": wishes, "_meta": meta},
    }
    headers = {
        "accept": "application/json, text/event-stream",
        "authorization": f"Bearer {who}",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "subscriptions/listen",
    }
    heard = Heard()

    async def read(response: httpx2.Response) -> None:
        if "event-stream" not in response.headers["content-type"]:
            heard.messages.append(json.loads(await response.aread()))
            return
        async for line in response.aiter_lines():
            if line.startswith("data:") and line[5:].strip():
                heard.messages.append(json.loads(line[5:]))

    async with (
        httpx2.AsyncClient(timeout=60, trust_env=False) as http,
        http.stream("POST", url, json=body, headers=headers) as response,
    ):
        reading = asyncio.create_task(read(response))
        try:
            await until(lambda: bool(heard.messages))
            yield heard
        finally:
            reading.cancel()
            await asyncio.wait((reading,))


@asynccontextmanager
async def a_task(web: TaskServer) -> AsyncIterator[tuple[Any, str]]:
    """A gateway in front of that server, and Ada's task there, by the name that she knows."""
    settings = ServerSettings("work", transport="http", url=web.url)
    async with (
        gateway(settings, access=ByName()) as stage,
        client(stage.url(), "auto", token="ada") as caller,
    ):
        await until_listed(caller, lambda names: "work__work" in names)
        made = await raw(caller, "tools/call", name="work__work", arguments={})
        yield stage, made["taskId"]


async def test_what_the_server_tells_is_told_on_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "_LONGEST", 600.0)  # nothing is found out by looking
    async with TaskServer(SLOW) as web, a_task(web) as (stage, name):
        async with listening(stage.url(), {"taskIds": [name], "toolsListChanged": True}) as heard:
            assert heard.agreed == {"toolsListChanged": True, "taskIds": [name]}
            await until(lambda: heard.states == ["working"])
            await until(lambda: web.listening.get("taskIds") == ["task-1"] and bool(web.streams))
            web.script = [asks("who")]
            await web.notify(TOLD, **web._wire("task-1", asks("who")))
            await until(lambda: heard.states[-1] == "input_required")
            assert heard.tasks[-1]["inputRequests"].keys() == {"who"}
            web.script = [DONE]
            await web.notify(TOLD, **web._wire("task-1", DONE))
            await until(lambda: heard.states[-1] == "completed")
            assert text_in(heard.tasks[-1]["result"]) == "the work is done"
        assert {task["taskId"] for task in heard.tasks} == {name}
        told_on = {task["_meta"]["io.modelcontextprotocol/subscriptionId"] for task in heard.tasks}
        assert told_on == {"news-1"}
        assert all("resultType" not in task for task in heard.tasks)


async def test_a_server_that_tells_nothing_is_asked() -> None:
    steps = [state("working", statusMessage=f"step {number}") for number in range(3)]

    def refuse(request: Any) -> Any:
        refused = request.message.get("method") == "subscriptions/listen"
        return error(request.message["id"], -32601, "what news?") if refused else None

    async with (
        TaskServer(*steps, DONE, before=refuse) as web,
        a_task(web) as (stage, name),
        listening(stage.url(), {"taskIds": [name]}) as heard,
    ):
        await until(lambda: heard.states[-1:] == ["completed"])
        assert [task.get("statusMessage") for task in heard.tasks] == ["step 0", "step 1", "step 2", None]
        looks = len(web.asked("tasks/get"))
        async with listening(stage.url(), {"taskIds": [name]}) as late:
            await until(lambda: late.states == ["completed"])
        assert len(web.asked("tasks/get")) == looks  # nobody asks how an ended task is


async def test_nobody_hears_of_the_tasks_of_others() -> None:
    async with TaskServer(DONE) as web, a_task(web) as (stage, name):
        wishes = {"taskIds": [name, "work__task-1", "nobody", 7]}
        async with listening(stage.url(), wishes, who="bob") as bob:
            async with listening(stage.url(), {"taskIds": [name]}) as ada:
                await until(lambda: ada.states == ["completed"])
            assert bob.agreed == {}
            assert not bob.tasks


async def test_a_client_that_knows_no_tasks_is_told_so() -> None:
    async with (
        TaskServer(DONE) as web,
        a_task(web) as (stage, name),
        listening(stage.url(), {"taskIds": [name]}, capabilities={}) as heard,
    ):
        (answer,) = heard.messages
        assert answer["error"]["code"] == -32021
        assert answer["error"]["data"] == {"requiredCapabilities": TASKS}


async def test_a_task_is_looked_at_only_while_somebody_listens() -> None:
    async with TaskServer(state("working")) as web, a_task(web) as (stage, name):
        watched = stage.door.gateway.news.tasks._watched
        async with listening(stage.url(), {"taskIds": [name]}) as first:
            async with listening(stage.url(), {"taskIds": [name]}) as second:
                await until(lambda: first.states == second.states == ["working"])
                assert len(watched) == 1
            looks = len(web.asked("tasks/get"))
            await until(lambda: len(web.asked("tasks/get")) > looks)
        await until(lambda: not watched)


async def test_a_break_of_the_server_is_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_news, "_AGAIN", 0.2)
    async with (
        TaskServer(state("working")) as web,
        a_task(web) as (stage, name),
        listening(stage.url(), {"taskIds": [name]}) as heard,
    ):
        await until(lambda: heard.states == ["working"])
        await web.stop()
        web.script = [DONE]
        await web.start()
        await until(lambda: heard.states == ["working", "completed"])


async def test_a_task_that_its_server_forgot_is_not_looked_at_again() -> None:
    async with TaskServer(state("working")) as web, a_task(web) as (stage, name):
        web.refuses["tasks/get"] = (-32602, "no such task")
        async with listening(stage.url(), {"taskIds": [name]}) as heard:
            (watched,) = stage.door.gateway.news.tasks._watched.values()
            await until(lambda: watched.watching.done())
            assert len(web.asked("tasks/get")) == 1
            assert not heard.tasks


async def test_a_session_of_jackfield_hears_of_its_task_through_the_gateway() -> None:
    async with TaskServer(SLOW) as web:
        web.created = SLOW
        work = ServerSettings("work", transport="http", url=web.url)
        async with gateway(work) as stage:
            through = ServerSettings("through", transport="http", url=stage.url())
            async with ConnectionManager([through]) as manager:
                await manager.settled(20)
                call = asyncio.create_task(manager.call_tool("through", "work__work", {}))
                await until(lambda: web.listening.get("taskIds") == ["task-1"] and bool(web.streams))
                web.script = [DONE]
                await web.notify(TOLD, **web._wire("task-1", DONE))
                result = await asyncio.wait_for(call, 30)  # it looks by itself once a minute
                assert "the work is done" in str(result.raw)


def text_in(result: dict[str, Any]) -> str:
    return "".join(block["text"] for block in result["content"])
