"""Calls that become tasks, in both forms, through the front door: how they go, what they ask, their end."""

from __future__ import annotations

import asyncio
import json
import stat
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from services.connection_manager import ConnectionManager
from services.connections.reconnection import Retry
from services.connections.task_book import TaskBook
from services.errors import JackfieldError, ServerError, TaskFailed
from services.inbox.questions import Answer, FormQuestion
from services.results.content import TextBlock
from services.settings import ServerSettings
from services.tasks.task import LONGEST_POLL, SHORTEST_POLL, Task, created_task, seen_task
from tests.servers.tasks import DONE, TaskServer, asks, state
from tests.servers.web import MODERN
from tests.servers.web_wire import text
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from services.results.content import ToolResult

OLD = "2025-11-25"
BOTH = pytest.mark.parametrize("speaks", [OLD, MODERN])
TASKS = "io.modelcontextprotocol/tasks"


@asynccontextmanager
async def at(
    web: TaskServer, book: TaskBook | None = None, **settings: Any
) -> AsyncIterator[ConnectionManager]:
    server = ServerSettings("web", transport="http", url=web.url, **settings)
    async with ConnectionManager([server], retry=Retry(first=0.05), tasks=book) as manager:
        await manager.settled(30)
        yield manager


def said(result: ToolResult) -> str:
    return "\n".join(block.text for block in result.blocks if isinstance(block, TextBlock))


# How a task goes.


@BOTH
async def test_a_call_that_becomes_a_task_is_waited_for(speaks: str) -> None:
    seen: list[Task] = []
    script = [
        state("working", statusMessage="half\x1b[31mway"),
        state("working", statusMessage="nearly"),
        DONE,
    ]
    async with TaskServer(*script, speaks=speaks) as web, at(web) as manager:
        result = await manager.call_tool("web", "work", {"token": "s3cr3t-s3cr3t"}, on_task=seen.append)
        assert said(result) == "the work is done"
        assert [task.words for task in seen] == [
            "working",
            "working: halfway",
            "working: nearly",
            "completed",
        ]
        assert (seen[0].id, seen[0].tool) == ("task-1", "work")
        assert "s3cr3t" not in seen[0].arguments
        assert await manager.tasks("web") == ()
        assert {name for _, name in web.headers} == {"task-1"}


async def test_the_extension_is_declared_where_it_exists() -> None:
    async with TaskServer(DONE) as web, at(web) as manager:
        await manager.call_tool("web", "work", {})
        (call,) = web.asked("tools/call")
        declared = call["_meta"]["io.modelcontextprotocol/clientCapabilities"]["extensions"]
        assert declared[TASKS] == {}
        assert "task" not in call
    async with TaskServer(DONE, speaks=OLD) as web, at(web) as manager:
        await manager.call_tool("web", "work", {})
        (call,) = web.asked("tools/call")
        assert call["task"] == {}
        (initialize,) = [r.message for r in web.requests if r.message.get("method") == "initialize"]
        assert TASKS not in initialize["params"]["capabilities"].get("extensions", {})


@BOTH
async def test_the_clock_of_a_call_does_not_end_a_task_that_is_alive(speaks: str) -> None:
    script = [state("working", statusMessage=str(number), pollIntervalMs=400) for number in range(4)]
    async with TaskServer(*script, DONE, speaks=speaks) as web, at(web, tool_timeout_sec=0.3) as manager:
        assert said(await manager.call_tool("web", "work", {})) == "the work is done"


async def test_what_the_server_tells_by_itself_is_looked_at_at_once() -> None:
    async with TaskServer(state("working", pollIntervalMs=60_000)) as web, at(web) as manager:
        web.created = state("working", pollIntervalMs=60_000)
        call = asyncio.create_task(manager.call_tool("web", "work", {}))
        await until(lambda: web.listening.get("taskIds") == ["task-1"] and bool(web.streams))
        web.script = [DONE]
        await web.notify("notifications/tasks", **web._wire("task-1", DONE))
        assert said(await asyncio.wait_for(call, 5)) == "the work is done"


async def test_a_server_that_tells_nothing_of_tasks_goes_on_telling_of_lists() -> None:
    from tests.servers.web_wire import error

    def before(request: Any) -> Any:
        message = request.message
        wanted = (message.get("params") or {}).get("notifications", {})
        return error(message["id"], -32602, "what tasks?") if "taskIds" in wanted else None

    async with TaskServer(state("working"), before=before) as web, at(web) as manager:
        call = asyncio.create_task(manager.call_tool("web", "work", {}))
        await until(lambda: web.methods.count("subscriptions/listen") == 3)
        await until(lambda: not web.streams[-1].left and all(one.left for one in web.streams[:-1]))
        web.script = [DONE]
        await call
        assert "taskIds" not in web.listening


async def test_an_optional_task_is_asked_for_only_by_who_leaves_it() -> None:
    async with TaskServer(DONE, speaks=OLD) as web:
        web.tools[-1]["execution"] = {"taskSupport": "optional"}
        async with at(web) as manager:
            await manager.call_tool("web", "work", {})
            started = await manager.start_task("web", "work", {})
            assert ["task" in call for call in web.asked("tools/call")] == [False, True]
            assert isinstance(started, Task)
            assert [task.id for task in await manager.tasks("web")] == [started.id]
            assert [task.id for task in await manager.listed_tasks("web")] == ["listed-1"]


# What a task asks.


async def test_each_key_is_asked_once_and_answered_once() -> None:
    async with TaskServer(asks("name", "town"), DONE) as web, at(web) as manager:
        call = asyncio.create_task(manager.call_tool("web", "work", {}))
        await until(lambda: len(manager.inbox.questions) == 2)
        looks = len(web.asked("tasks/get"))
        await until(lambda: len(web.asked("tasks/get")) > looks + 2)
        assert len(manager.inbox.questions) == 2
        for question, name in zip(manager.inbox.questions, ("Ada", "Bath"), strict=True):
            assert isinstance(question, FormQuestion)
            manager.inbox.answer(question, Answer("accept", {"name": name}))
        assert said(await call) == "the work is done"
        answers = [params["inputResponses"] for params in web.asked("tasks/update")]
        assert answers == [
            {"name": {"action": "accept", "content": {"name": "Ada"}}},
            {"town": {"action": "accept", "content": {"name": "Bath"}}},
        ]


async def test_a_task_of_2025_asks_while_its_result_is_waited_for() -> None:
    async with TaskServer(asks("name"), DONE, speaks=OLD) as web, at(web) as manager:
        call = asyncio.create_task(manager.call_tool("web", "work", {}))
        await until(lambda: bool(manager.inbox.questions))
        manager.inbox.answer(manager.inbox.questions[0], Answer("accept", {"name": "Ada"}))
        assert json.loads(said(await call)) == {"action": "accept", "content": {"name": "Ada"}}
        assert len(web.asked("tasks/result")) == 1


async def test_leaving_answers_no_question_of_a_task() -> None:
    async with TaskServer(asks("name"), DONE) as web:
        async with at(web) as manager:
            call = asyncio.create_task(manager.call_tool("web", "work", {}, leave_task=True))
            await until(lambda: bool(manager.inbox.questions))
            await manager.close()
        with pytest.raises((JackfieldError, asyncio.CancelledError)):
            await asyncio.wait_for(call, 5)
        assert web.asked("tasks/update") == []
        assert web.asked("tasks/cancel") == []


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (asks("x", method="roots/list"), "List roots not supported"),
        (asks("x", method="ping"), "not valid MCP"),
        (state("input_required"), "does not say which"),
        (asks(*map(str, range(101))), "more input than anybody"),
    ],
)
async def test_what_cannot_be_answered_ends_the_task(ask: dict[str, Any], why: str) -> None:
    async with TaskServer(ask) as web, at(web) as manager:
        with pytest.raises(JackfieldError, match=why):
            await asyncio.wait_for(manager.call_tool("web", "work", {}), 10)
        assert manager.inbox.questions == ()


# How a task ends.


@BOTH
async def test_a_task_is_cancelled(speaks: str) -> None:
    async with TaskServer(state("working"), speaks=speaks) as web, at(web) as manager:
        call = asyncio.create_task(manager.call_tool("web", "work", {}, leave_task=True))
        await until(lambda: bool(manager.waited_for("web")))
        await manager.cancel_task("web", "task-1")
        with pytest.raises(TaskFailed, match="was cancelled") as caught:
            await call
        assert caught.value.reason == "task_cancelled"
        assert await manager.tasks("web") == ()


async def test_a_server_that_goes_on_after_a_cancel_is_left_to_itself() -> None:
    async with TaskServer(state("working")) as web, at(web) as manager:
        call = asyncio.create_task(manager.call_tool("web", "work", {}, leave_task=True))
        await until(lambda: bool(manager.waited_for("web")))
        await manager.cancel_task("web", "task-1")
        web.script = [state("working")]
        with pytest.raises(TaskFailed):
            await asyncio.wait_for(call, 5)


@pytest.mark.parametrize("leave", [True, False])
async def test_a_cancelled_wait_cancels_the_task_or_leaves_it(leave: bool, tmp_path: Path) -> None:
    book = TaskBook(tmp_path / "tasks.json")
    async with TaskServer(state("working")) as web:
        async with at(web, book) as manager:
            call = asyncio.create_task(manager.call_tool("web", "work", {}, leave_task=leave))
            await until(lambda: bool(manager.waited_for("web")))
            call.cancel()
            await asyncio.wait([call])
        assert len(web.asked("tasks/cancel")) == (not leave)
        assert len(book.all()) == leave


@BOTH
async def test_a_failed_task_says_why(speaks: str) -> None:
    failed = state("failed", error={"code": -32000, "message": "out of ink", "data": {"level": 0}})
    async with TaskServer(failed, speaks=speaks) as web, at(web) as manager:
        web.refuses["tasks/result"] = (-32000, "out of ink")
        with pytest.raises(ServerError, match="out of ink") as caught:
            await manager.call_tool("web", "work", {})
        assert caught.value.code == -32000


LIES: list[tuple[dict[str, Any], str]] = [
    (state("paused"), "'paused', which is none"),
    ({"status": 7}, "a int, which is none"),
    ({}, "has no status"),
    (state("completed"), "its result is missing"),
    (state("completed", result="done"), "its result is missing"),
    (state("failed"), "task task-1 failed"),
    (state("working", taskId="another"), "another one"),
    (state("working", ttlMs=0), "expired"),
]


@pytest.mark.parametrize(("lie", "why"), LIES, ids=[why for _, why in LIES])
async def test_a_state_that_cannot_be_is_one_clear_line(lie: dict[str, Any], why: str) -> None:
    async with TaskServer(lie) as web, at(web) as manager:
        with pytest.raises(JackfieldError, match=why) as caught:
            await asyncio.wait_for(manager.call_tool("web", "work", {}), 10)
        assert "\n" not in caught.value.message
        assert len(web.asked("tasks/get")) == 1
        assert await manager.tasks("web") == ()


@pytest.mark.parametrize(
    ("created", "why"),
    [
        (state("working", taskId="x" * (1 << 20)), "1,048,576 characters"),
        (state("working", taskId=""), "has no id"),
        (state("working", taskId=["x"]), "no text"),
        (state("working", taskId="a\ud800"), "cannot be sent"),
        (state("resting"), "'resting', which is none"),
    ],
)
async def test_a_task_that_cannot_be_followed_is_one_clear_line(created: dict[str, Any], why: str) -> None:
    async with TaskServer(DONE) as web, at(web) as manager:
        web.created = created
        with pytest.raises(JackfieldError, match=why):
            await manager.call_tool("web", "work", {})
        assert web.asked("tasks/get") == []


async def test_an_id_with_escapes_is_shown_clean_and_sent_as_it_is() -> None:
    async with TaskServer(DONE) as web, at(web) as manager:
        web.created = state("working", taskId="\x1b[2Jä 1")
        seen: list[Task] = []
        web.script = [DONE | {"taskId": "\x1b[2Jä 1"}]
        await manager.call_tool("web", "work", {}, on_task=seen.append)
        assert seen[0].shown_id == "ä 1"
        assert web.asked("tasks/get")[0]["taskId"] == "\x1b[2Jä 1"


async def test_one_id_for_two_calls_is_refused() -> None:
    async with TaskServer(state("working", taskId="same")) as web, at(web) as manager:
        web.created = state("working", taskId="same")
        first = asyncio.create_task(manager.call_tool("web", "work", {}))
        await until(lambda: bool(manager.waited_for("web")))
        with pytest.raises(TaskFailed, match="gave two calls"):
            await manager.call_tool("web", "work", {})
        web.script = [DONE | {"taskId": "same"}]
        assert said(await first) == "the work is done"


@pytest.mark.parametrize(("code", "looks"), [(-32602, 1), (-32601, 1), (-32603, 4)])
async def test_a_server_that_does_not_answer_for_a_task_is_not_asked_for_ever(code: int, looks: int) -> None:
    async with TaskServer(DONE) as web, at(web) as manager:
        web.refuses["tasks/get"] = (code, "never heard of it")
        with pytest.raises(JackfieldError, match="never heard of it"):
            await asyncio.wait_for(manager.call_tool("web", "work", {}), 10)
        assert len(web.asked("tasks/get")) == looks


async def test_a_task_nobody_asked_for_is_refused() -> None:
    async with TaskServer(DONE, speaks=OLD) as web:
        web.declares = False
        async with at(web) as manager:
            with pytest.raises(TaskFailed, match="was not asked to"):
                await manager.call_tool("web", "work", {})


async def test_a_read_cannot_become_a_task() -> None:
    from tests.servers.web_wire import result

    def before(request: Any) -> Any:
        message = request.message
        made = {"resultType": "task", "taskId": "t", **state("working")}
        return result(message["id"], made) if message.get("method") == "resources/read" else None

    async with TaskServer(DONE, before=before) as web, at(web) as manager:
        with pytest.raises(TaskFailed, match="can be none"):
            await manager.read_resource("web", "web://a")


# What outlives a connection.


@BOTH
async def test_a_task_outlives_the_loss_of_its_connection(speaks: str) -> None:
    async with TaskServer(state("working"), speaks=speaks) as web, at(web) as manager:
        call = asyncio.create_task(manager.call_tool("web", "work", {}))
        await until(lambda: bool(manager.waited_for("web")))
        await web.stop()
        await asyncio.sleep(0.3)
        web.script = [DONE]
        await web.start()
        assert said(await asyncio.wait_for(call, 15)) == "the work is done"


async def test_a_question_that_a_lost_connection_took_away_is_asked_again() -> None:
    async with TaskServer(asks("name"), DONE) as web, at(web) as manager:
        call = asyncio.create_task(manager.call_tool("web", "work", {}))
        await until(lambda: bool(manager.inbox.questions))
        (before,) = manager.inbox.questions
        await manager.reconnect("web")
        await until(lambda: manager.inbox.questions not in ((), (before,)))
        assert web.asked("tasks/update") == []
        manager.inbox.answer(manager.inbox.questions[0], Answer("decline"))
        assert said(await asyncio.wait_for(call, 15)) == "the work is done"
        assert [params["inputResponses"] for params in web.asked("tasks/update")] == [
            {"name": {"action": "decline"}}
        ]


async def test_a_task_is_found_again_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "home" / "tasks.json"
    async with TaskServer(state("working")) as web:
        async with at(web, TaskBook(path)) as manager:
            task = await manager.start_task("web", "work", {"n": 1, "password": "hunter2-hunter2"})
            assert isinstance(task, Task)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "hunter2" not in path.read_text()
        web.script = [DONE]
        async with at(web, TaskBook(path)) as manager:
            (found,) = await manager.tasks("web")
            assert (found.id, found.tool, found.created) == (task.id, "work", task.created)
            assert said(await manager.wait_task("web", found.id)) == "the work is done"
        assert TaskBook(path).all() == ()


def test_a_book_is_bounded_and_takes_whatever_stands_in_it(tmp_path: Path) -> None:
    book = TaskBook(path := tmp_path / "tasks.json")
    server = ServerSettings("web", transport="http", url="https://u:pw@host/mcp")
    for number in range(205):
        book.remember(server, Task("web", f"t{number}"))
    assert [kept.task.id for kept in book.all()][:1] == ["t5"]
    assert "pw" not in path.read_text()
    for odd in ("", "{}", "[1, null, {}]", '[{"server": 1}]', "[" * 100_000):
        path.write_text(odd)
        assert book.all() == ()
    book.remember(server, Task("web", "again"))
    assert [task.id for task in book.of(server)] == ["again"]


@pytest.mark.parametrize(
    ("interval", "poll"),
    [(0, SHORTEST_POLL), (1e12, LONGEST_POLL), (10**400, LONGEST_POLL), (-1, 1.0), (None, 1.0), (True, 1.0)],
)
def test_the_poll_interval_is_bounded(interval: Any, poll: float) -> None:
    raw = {"taskId": "t", "status": "working", "pollIntervalMs": interval}
    task = created_task("web", "work", "", raw)
    assert task.poll == poll
    assert seen_task(task, {"status": "completed"}).poll == poll


async def test_a_plain_result_stays_one() -> None:
    async with TaskServer(DONE, speaks=OLD) as web, at(web) as manager:
        result = await manager.call_tool("web", "echo", {"text": "hello"})
        assert said(result) == text("hello", modern=False)["content"][0]["text"]
