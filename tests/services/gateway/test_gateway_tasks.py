"""Tasks through the gateway, in the forms of 2025-11-25 and of 2026-07-28, on either side."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from mcp.shared.exceptions import MCPError

from services.settings import ServerSettings
from tests.servers.tasks import DONE, TaskServer, asks, state
from tests.servers.web import MODERN
from tests.services.gateway.asking import ASKABLE, TASKS, answered, asked, call
from tests.services.gateway.stage import Person, client, gateway, until_listed
from tests.services.gateway.test_gateway_news import raw
from tests.services.gateway.test_gateway_task_news import ByName, listening
from tests.support.waiting import until
from tests.support.work import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mcp.client.client import Client

    from tests.services.gateway.stage import Stage

OLDER = "2025-11-25"
RELATED = "io.modelcontextprotocol/related-task"
UNKNOWN = -32602
ALL = {**TASKS, **ASKABLE}
"""What a client of 2026-07-28 can that knows tasks and answers questions."""


class Asked(Person):
    """Keeps what came beside each question."""

    def __init__(self) -> None:
        super().__init__()
        self.beside: list[Any] = []

    async def answer(self, context: Any, params: Any) -> Any:
        self.beside.append((params.meta or {}).get(RELATED))
        return await super().answer(context, params)


@asynccontextmanager
async def older(web: TaskServer, person: Person | None = None) -> AsyncIterator[tuple[Stage, Client]]:
    """A gateway in front of this server, and Ada's client of 2025-11-25."""
    async with (
        in_front(web) as stage,
        client(stage.url(), "legacy", person or Person(), token="ada") as caller,
    ):
        await until_listed(caller, lambda names: "work__work" in names)
        yield stage, caller


@asynccontextmanager
async def in_front(web: TaskServer) -> AsyncIterator[Stage]:
    settings = ServerSettings("work", transport="http", url=web.url)
    async with gateway(settings, access=ByName()) as stage:
        await until(lambda: stage.door.gateway.known.has("work", "tools"))
        yield stage


async def begun(caller: Client, tool: str = "work__work", **arguments: Any) -> Any:
    """The task that a call of a client of 2025-11-25 becomes."""
    params = {"name": tool, "arguments": arguments, "task": {"ttl": 60_000}}
    # The SDK's own client knows no such result.
    return (await caller.session._dispatcher.send_raw_request("tools/call", params))["task"]


async def seen_as(caller: Client, task_id: str, status: str) -> dict[str, Any]:
    """How a task is, once it is so."""
    async with asyncio.timeout(PATIENCE):
        while (seen := await raw(caller, "tasks/get", taskId=task_id))["status"] != status:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return seen


# A client of 2025-11-25.


@pytest.mark.parametrize(("speaks", "support"), [(OLDER, "required"), (MODERN, "optional")])
async def test_a_client_of_2025_has_its_call_as_a_task(speaks: str, support: str) -> None:
    steps = state("working", pollIntervalMs=50, ttlMs=60_000)
    async with TaskServer(steps, DONE, speaks=speaks) as web, older(web) as (_, caller):
        declared: Any = caller.session.server_capabilities
        assert declared.tasks.requests.tools.call is not None
        tools: Any = {tool.name: tool for tool in (await caller.list_tools()).tools}
        assert tools["work__work"].execution.task_support == support
        task = await begun(caller)
        assert task["taskId"].startswith("work__task-1.")
        assert task["createdAt"] == "2026-11-27T10:00:00Z"
        assert web.asked("tools/call")[0].get("task") == ({"ttl": 60_000} if speaks == OLDER else None)
        seen = await raw(caller, "tasks/get", taskId=task["taskId"])
        assert (seen["taskId"], seen["status"]) == (task["taskId"], "working")
        assert (seen["pollInterval"], seen["ttl"]) == (50, 60_000)
        assert not {"ttlMs", "pollIntervalMs", "resultType", "result"} & seen.keys()
        result = await raw(caller, "tasks/result", taskId=task["taskId"])
        assert result["content"] == [{"type": "text", "text": "the work is done"}]
        assert result["_meta"][RELATED] == {"taskId": task["taskId"]}
        (listed,) = (await raw(caller, "tasks/list"))["tasks"]
        assert (listed["taskId"], listed["status"]) == (task["taskId"], "completed")


@pytest.mark.parametrize("speaks", [OLDER, MODERN])
async def test_its_task_asks_while_the_result_is_waited_for(speaks: str) -> None:
    person = Asked()
    async with TaskServer(asks("name"), DONE, speaks=speaks) as web, older(web, person) as (_, caller):
        task = await begun(caller)
        await seen_as(caller, task["taskId"], "input_required")
        assert person.asked == []
        result = await raw(caller, "tasks/result", taskId=task["taskId"])
        assert person.asked == ["Who?"]
        assert person.beside == [{"taskId": task["taskId"]}]
        if speaks == OLDER:
            given = json.loads(result["content"][0]["text"])
            assert given["_meta"][RELATED] == {"taskId": "task-1"}
        else:
            (given,) = web.asked("tasks/update")[0]["inputResponses"].values()
        assert (given["action"], given["content"]) == ("accept", {"name": "Ada"})


@pytest.mark.parametrize("speaks", [OLDER, MODERN])
async def test_it_cancels_its_task(speaks: str) -> None:
    async with TaskServer(state("working"), speaks=speaks) as web, older(web) as (_, caller):
        task = await begun(caller)
        waiting = asyncio.create_task(raw(caller, "tasks/result", taskId=task["taskId"]))
        await until(lambda: bool(web.asked("tasks/get")))
        cancelled = await raw(caller, "tasks/cancel", taskId=task["taskId"])
        assert (cancelled["taskId"], cancelled["status"]) == (task["taskId"], "cancelled")
        assert [told["taskId"] for told in web.asked("tasks/cancel")] == ["task-1"]
        with pytest.raises(MCPError, match="cancelled"):
            await waiting
        with pytest.raises(MCPError, match="ended: cancelled") as refused:
            await raw(caller, "tasks/cancel", taskId=task["taskId"])
        assert refused.value.code == UNKNOWN


@pytest.mark.parametrize("speaks", [OLDER, MODERN])
async def test_who_stops_waiting_for_a_result_leaves_the_task(speaks: str) -> None:
    async with TaskServer(state("working"), speaks=speaks) as web, older(web) as (_, caller):
        task = await begun(caller)
        waiting = asyncio.create_task(raw(caller, "tasks/result", taskId=task["taskId"]))
        await until(lambda: len(web.asked("tasks/get")) > 1)
        waiting.cancel()
        await asyncio.wait((waiting,))
        await seen_as(caller, task["taskId"], "working")
        assert web.asked("tasks/cancel") == []


@pytest.mark.parametrize("speaks", [OLDER, MODERN])
async def test_a_task_that_failed_says_why(speaks: str) -> None:
    error = {"code": -32000, "message": "out of ink", "data": {"left": 0}}
    script = state("failed", error=error) if speaks == MODERN else state("failed")
    async with TaskServer(script, speaks=speaks) as web, older(web) as (_, caller):
        web.refuses = {} if speaks == MODERN else {"tasks/result": (-32000, "out of ink")}
        task = await begun(caller)
        seen = await raw(caller, "tasks/get", taskId=task["taskId"])
        assert (seen["status"], seen["statusMessage"]) == ("failed", "out of ink")
        with pytest.raises(MCPError, match="out of ink") as caught:
            await raw(caller, "tasks/result", taskId=task["taskId"])
        assert caught.value.code == -32000


async def test_a_task_whose_tool_reports_an_error_has_failed() -> None:
    done = state("completed", result={"content": [], "isError": True})
    async with TaskServer(done) as web, older(web) as (_, caller):
        task = await begun(caller)
        assert (await raw(caller, "tasks/get", taskId=task["taskId"]))["status"] == "failed"
        assert (await raw(caller, "tasks/result", taskId=task["taskId"]))["isError"] is True


@pytest.mark.parametrize("speaks", [OLDER, MODERN])
async def test_nobody_sees_the_task_of_another(speaks: str) -> None:
    async with (
        TaskServer(state("working"), speaks=speaks) as web,
        older(web) as (stage, ada),
        client(stage.url(), "legacy", token="bob") as bob,
    ):
        task = await begun(ada)
        for method in ("tasks/get", "tasks/result", "tasks/cancel"):
            with pytest.raises(MCPError, match="Unknown task") as caught:
                await raw(bob, method, taskId=task["taskId"])
            assert caught.value.code == UNKNOWN
        assert (await raw(bob, "tasks/list"))["tasks"] == []
        own = await begun(bob)
        assert [each["taskId"] for each in (await raw(bob, "tasks/list"))["tasks"]] == [own["taskId"]]
        assert [each["taskId"] for each in (await raw(ada, "tasks/list"))["tasks"]] == [task["taskId"]]


async def test_a_list_of_tasks_has_pages_and_forgets_what_servers_forgot() -> None:
    async with TaskServer(state("working"), speaks=OLDER) as web, older(web) as (_, caller):
        made = [(await begun(caller))["taskId"] for _ in range(60)]
        first = await raw(caller, "tasks/list")
        rest = await raw(caller, "tasks/list", cursor=first["nextCursor"])
        assert [each["taskId"] for each in first["tasks"] + rest["tasks"]] == made
        assert "nextCursor" not in rest
        with pytest.raises(MCPError, match="cursor"):
            await raw(caller, "tasks/list", cursor="nowhere")
        web.refuses["tasks/get"] = (UNKNOWN, "no such task")
        assert (await raw(caller, "tasks/list"))["tasks"] == []
        del web.refuses["tasks/get"]
        assert [each["taskId"] for each in (await raw(caller, "tasks/list"))["tasks"]] == made[50:]


@pytest.mark.parametrize(
    ("speaks", "method"), [(OLDER, "notifications/tasks/status"), (MODERN, "notifications/tasks")]
)
async def test_a_client_of_2025_is_told_of_its_task(speaks: str, method: str) -> None:
    slow = state("working", pollIntervalMs=60_000)
    async with TaskServer(slow, speaks=speaks) as web, in_front(web) as stage:
        heard: list[Any] = []
        async with wire_client(stage.url(), heard) as ask:
            made = await ask("tools/call", name="work__work", arguments={}, task={})
            await until(lambda: bool(web.streams))
            if speaks == MODERN:
                await until(lambda: web.listening.get("taskIds") == ["task-1"])
            await web.notify(method, **web._wire("task-1", {**slow, "statusMessage": "nearly"}))
            await until(lambda: bool(heard))
            told = heard[0]["params"]
            assert heard[0]["method"] == "notifications/tasks/status"
            assert (told["taskId"], told["statusMessage"]) == (made["task"]["taskId"], "nearly")
            assert told["pollInterval"] == 60_000


@asynccontextmanager
async def wire_client(url: str, heard: list[Any]) -> AsyncIterator[Any]:
    """A client of 2025-11-25 that nothing of ours or of the SDK is part of; `heard` has what it is told."""
    import httpx2

    headers = {"accept": "application/json, text/event-stream", "authorization": "Bearer ada"}
    async with httpx2.AsyncClient(timeout=60, trust_env=False, headers=headers) as http:

        async def ask(method: str, **params: Any) -> Any:
            message = {"jsonrpc": "2.0", "id": method, "method": method, "params": params}
            answer = await http.post(url, json=message)
            lines = [line.removeprefix("data: ") for line in answer.text.splitlines()]
            (found,) = [json.loads(line) for line in lines if line.startswith("{")]
            if method == "initialize":
                http.headers["mcp-session-id"] = answer.headers["mcp-session-id"]
                http.headers["mcp-protocol-version"] = OLDER
            return found["result"]

        async def listen() -> None:
            async with http.stream("GET", url) as response:
                async for line in response.aiter_lines():
                    if line.startswith("data:") and "tasks/status" in line:
                        heard.append(json.loads(line[5:]))  # noqa: PERF401 - as they come

        info = {"name": "wire", "version": "1"}
        await ask("initialize", protocolVersion=OLDER, capabilities={}, clientInfo=info)
        await http.post(url, json={"jsonrpc": "2.0", "method": "notifications/initialized"})
        listening = asyncio.create_task(listen())
        try:
            yield ask
        finally:
            listening.cancel()
            await asyncio.wait((listening,))


# Calls that their server does not make tasks of.


async def test_a_call_that_is_answered_at_once_is_a_task_of_the_gateway() -> None:
    async with TaskServer(DONE) as web, older(web) as (_, caller):
        task = await begun(caller, "work__echo", text="hello")
        assert (task["status"], task["ttl"]) == ("working", 60_000)
        await seen_as(caller, task["taskId"], "completed")
        result = await raw(caller, "tasks/result", taskId=task["taskId"])
        assert "hello" in repr(result["content"])
        (listed,) = (await raw(caller, "tasks/list"))["tasks"]
        assert listed["taskId"] == task["taskId"]


async def test_a_call_that_asks_first_is_a_task_of_the_gateway() -> None:
    person = Asked()
    async with TaskServer(DONE) as web, older(web, person) as (_, caller):
        task = await begun(caller, "work__ask")
        await seen_as(caller, task["taskId"], "input_required")
        result = await raw(caller, "tasks/result", taskId=task["taskId"])
        assert "Ada" in repr(result["content"])
        assert person.beside == [{"taskId": task["taskId"]}]
        other = await begun(caller, "work__ask")
        cancelled = await raw(caller, "tasks/cancel", taskId=other["taskId"])
        assert cancelled["status"] == "cancelled"


async def test_a_call_that_cannot_be_begun_is_an_error_at_once() -> None:
    async with TaskServer(DONE) as web, older(web) as (_, caller):
        with pytest.raises(MCPError):
            await begun(caller, "work__nothing")
        assert (await raw(caller, "tasks/list"))["tasks"] == []


async def test_a_tool_that_is_no_task_is_not_made_one() -> None:
    async with TaskServer(DONE, speaks=OLDER) as web, older(web) as (_, caller):
        with pytest.raises(MCPError, match="echo does not run") as caught:
            await begun(caller, "work__echo", text="x")
        assert caught.value.code == -32601
        assert web.asked("tools/call") == []


async def test_a_server_that_declares_no_tasks_has_none() -> None:
    web = TaskServer(DONE, speaks=OLDER)
    web.declares = False
    async with web, older(web) as (_, caller):
        tools = {tool.name: tool for tool in (await caller.list_tools()).tools}
        assert tools["work__work"].execution is None
        with pytest.raises(MCPError) as caught:
            await begun(caller)
        assert caught.value.code == -32601


# Clients that do not know tasks, and tools that run as tasks only.


@pytest.mark.parametrize("era", ["auto", "legacy"])
async def test_who_knows_no_tasks_gets_the_result_of_one(era: str) -> None:
    person = Asked()
    async with (
        TaskServer(asks("name"), DONE, speaks=OLDER) as web,
        in_front(web) as stage,
        client(stage.url(), era, person, token="ada") as caller,
    ):
        await until_listed(caller, lambda names: "work__work" in names)
        result = await caller.call_tool("work__work", {})
        assert "Ada" in repr(result.content)
        assert person.asked == ["Who?"]
        assert web.asked("tools/call")[0]["task"] == {}


async def test_a_call_that_nobody_waits_for_cancels_its_task() -> None:
    async with TaskServer(state("working"), speaks=OLDER) as web, older(web) as (_, caller):
        waiting = asyncio.create_task(caller.call_tool("work__work", {}))
        await until(lambda: bool(web.asked("tasks/get")))
        waiting.cancel()
        await asyncio.wait((waiting,))
        await until(lambda: bool(web.asked("tasks/cancel")))


# A client of 2026-07-28 and a server of 2025-11-25.


async def test_a_client_of_2026_follows_a_task_of_2025() -> None:
    script = [state("working", ttlMs=60_000), asks("name"), DONE]
    async with TaskServer(*script, speaks=OLDER) as web, in_front(web) as stage:
        made = await call(stage.url(), "work__work", ALL)
        assert made["resultType"] == "task"
        assert {"ttlMs", "pollIntervalMs"} <= made.keys()
        assert "ttl" not in made
        seen = await until_status(stage.url(), made["taskId"], "input_required")
        ((key, request),) = seen["inputRequests"].items()
        assert (request["method"], request["params"]["message"]) == ("elicitation/create", "Who?")
        again = await asked(stage.url(), "tasks/get", ALL, taskId=made["taskId"])
        assert list(again["inputRequests"]) == [key]
        told = {"inputResponses": answered(again)["inputResponses"]}
        assert await asked(stage.url(), "tasks/update", ALL, taskId=made["taskId"], **told)
        done = await until_status(stage.url(), made["taskId"], "completed")
        assert "Ada" in repr(done["result"])
        assert len(web.asked("tasks/result")) == 1


async def until_status(url: str, task_id: str, status: str, capabilities: dict[str, Any] = ALL) -> Any:
    async with asyncio.timeout(PATIENCE):
        while (seen := await asked(url, "tasks/get", capabilities, taskId=task_id))["status"] != status:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return seen


async def test_a_client_of_2026_hears_of_a_task_of_2025() -> None:
    async with TaskServer(state("working"), asks("name"), DONE, speaks=OLDER) as web, in_front(web) as stage:
        made = await call(stage.url(), "work__work", ALL)
        async with listening(stage.url(), {"taskIds": [made["taskId"]]}, who="nobody") as heard:
            await until(lambda: "input_required" in heard.states)
            told = {"inputResponses": answered(heard.tasks[-1])["inputResponses"]}
            await asked(stage.url(), "tasks/update", ALL, taskId=made["taskId"], **told)
            await until(lambda: "completed" in heard.states)
            assert "Ada" in repr(heard.tasks[-1]["result"])


async def test_a_client_of_2026_cancels_a_task_of_2025() -> None:
    async with TaskServer(asks("name"), speaks=OLDER) as web, in_front(web) as stage:
        made = await call(stage.url(), "work__work", ALL)
        await until_status(stage.url(), made["taskId"], "input_required")
        assert await asked(stage.url(), "tasks/cancel", ALL, taskId=made["taskId"])
        await until_status(stage.url(), made["taskId"], "cancelled")
        assert len(web.asked("tasks/cancel")) == 1


async def test_a_question_that_its_client_cannot_answer_is_declined() -> None:
    async with TaskServer(asks("name"), DONE, speaks=OLDER) as web, in_front(web) as stage:
        made = await call(stage.url(), "work__work", TASKS)
        done = await until_status(stage.url(), made["taskId"], "completed", TASKS)
        assert "decline" in repr(done["result"])


async def test_a_page_to_visit_has_no_id_in_the_newer_form() -> None:
    page = {"mode": "url", "message": "Visit", "url": "https://example.com/", "elicitationId": "e-1"}
    capabilities = {**TASKS, "elicitation": {"form": {}, "url": {}}}
    async with TaskServer(asks("page", **page), speaks=OLDER) as web, in_front(web) as stage:
        made = await call(stage.url(), "work__work", capabilities)
        seen = await until_status(stage.url(), made["taskId"], "input_required", capabilities)
        (request,) = seen["inputRequests"].values()
        assert request["params"] == {key: page[key] for key in ("mode", "message", "url")}


@pytest.mark.parametrize("method", ["tasks/result", "tasks/list"])
async def test_the_newer_form_has_neither_results_nor_lists(method: str) -> None:
    async with TaskServer(DONE) as web, in_front(web) as stage:
        assert (await asked(stage.url(), method, ALL, taskId="x"))["code"] == -32601
