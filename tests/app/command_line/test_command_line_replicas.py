"""Two gateways of the real program on one state: what is begun on one is finished on the other."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from services.gateway.access import kept_task_key
from tests.app.command_line.connect_stage import PYTHON, QUICK, ROOT
from tests.app.command_line.replicas_stage import Replica, program, replica
from tests.servers.suite_offers import WATCHED
from tests.services.gateway.asking import ASKABLE, TASKS, answered, asked, call
from tests.services.gateway.stage import client
from tests.support.state_server import PASSWORD, StateServer, state_server
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.skipif(os.name == "nt", reason="signals"), pytest.mark.timeout(240)]

CONFIG = """
[mcp_servers.suite]
url = {suite}
[mcp_servers.older]
url = {suite}
protocol = "2025-11-25"
[mcp_servers.work]
url = {work}
[mcp_servers.demo]
command = {python}
args = ["-m", "services.demo"]
cwd = {root}
[mcp_servers.quick]
command = {python}
args = [{quick}]
[gateway]
state = "${{STATE_URL}}"
"""
MULTI = "test_input_required_result_multi_round"


@dataclass
class Place:
    """What all gateways of this module share."""

    home: Path
    state: StateServer

    @property
    def environ(self) -> dict[str, str]:
        return {"STATE_URL": self.state.url}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("replicas")
    with ExitStack() as stack:
        state = stack.enter_context(state_server())
        port = stack.enter_context(program("tests/servers/suite_server.py", "0"))
        work = stack.enter_context(program("-m", "tests.servers.tasks"))
        values = {"python": PYTHON, "quick": QUICK[1], "root": str(ROOT), "work": work}
        values["suite"] = f"http://127.0.0.1:{port}/mcp"
        written = CONFIG.format(**{name: json.dumps(value) for name, value in values.items()})
        (home / "config.toml").write_text(written, encoding="utf-8")
        yield Place(home, state)


@pytest.fixture(scope="module")
def first(place: Place) -> Iterator[list[Replica]]:
    """The gateway A; tests that kill it leave the next a new one."""
    with ExitStack() as stack:
        yield [stack.enter_context(replica(place.home, environ=place.environ))]


@pytest.fixture(scope="module")
def second(place: Place) -> Iterator[Replica]:
    with replica(place.home, environ=place.environ) as started:
        yield started


@pytest.fixture
async def both(place: Place, first: list[Replica], second: Replica) -> AsyncIterator[tuple[Replica, Replica]]:
    """A and B, once both know all servers."""
    with ExitStack() as stack:
        if first[-1].process.poll() is not None:
            first.append(stack.enter_context(replica(place.home, environ=place.environ)))
        for one in (first[-1], second):
            await asyncio.to_thread(one.until_listening)
            await know_all(one)
        yield first[-1], second


async def know_all(one: Replica) -> None:
    wanted = {"suite__", "older__", "work__", "demo__", "quick__"}
    async with asyncio.timeout(60):
        while wanted:
            listed = await asked(one.url(), "tools/list")
            wanted -= {f"{tool['name'].partition('__')[0]}__" for tool in listed["tools"]}


# Rounds.


@pytest.mark.parametrize("server", ["suite", "older"], ids=["2026-07-28", "2025-11-25"])
async def test_rounds_go_on_anywhere(both: tuple[Replica, Replica], server: str) -> None:
    one, other = both
    name = f"{server}__{MULTI}"
    told = await call(one.url(), name, ASKABLE)
    assert told["resultType"] == "input_required"
    told = await call(other.url(), name, ASKABLE, **answered(told, name="Ada"))
    told = await call(one.url(), name, ASKABLE, **answered(told, color="green"))
    assert "Ada likes green" in repr(told["content"])


async def test_rounds_of_a_program_go_on_anywhere(both: tuple[Replica, Replica]) -> None:
    told: dict[str, Any] = {}
    for one in (*both, *both):
        told = await call(one.url(), "demo__interview", ASKABLE, **answered(told))
    assert repr(told["content"]).count("Ada") == 3


async def test_another_caller_cannot_go_on(both: tuple[Replica, Replica]) -> None:
    one, other = both
    told = await call(one.url(), "quick__ask", ASKABLE)
    for state in (told["requestState"][:-2], f"x{told['requestState']}", "v1.AAAA"):
        refused = await call(other.url(), "quick__ask", ASKABLE, **answered(told | {"requestState": state}))
        assert "does not wait" in refused["message"]
    assert "content" in await call(other.url(), "quick__ask", ASKABLE, **answered(told))


# Tasks.


async def test_tasks_are_followed_anywhere(both: tuple[Replica, Replica]) -> None:
    one, other = both
    made = await call(one.url(), "work__work", TASKS)
    assert made["resultType"] == "task"
    looked = await until_status(other, made["taskId"], "input_required")
    (key,) = looked["inputRequests"]
    answers = {key: {"action": "accept", "content": {"name": "Ada"}}}
    await asked(other.url(), "tasks/update", TASKS, taskId=made["taskId"], inputResponses=answers)
    for each in both:
        looked = await until_status(each, made["taskId"], "completed")
        assert "the work is done" in repr(looked["result"])


async def until_status(one: Replica, task_id: str, wanted: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while (looked := await asked(one.url(), "tasks/get", TASKS, taskId=task_id))["status"] != wanted:
            assert looked["taskId"] == task_id
    result: dict[str, Any] = looked
    return result


async def test_tasks_of_a_program_are_cancelled_anywhere(both: tuple[Replica, Replica]) -> None:
    one, other = both
    made = await call(one.url(), "demo__brew", TASKS, arguments={"seconds": 600})
    assert (await asked(other.url(), "tasks/get", TASKS, taskId=made["taskId"]))["status"] == "working"
    await asked(other.url(), "tasks/cancel", TASKS, taskId=made["taskId"])
    assert (await asked(one.url(), "tasks/get", TASKS, taskId=made["taskId"]))["status"] == "cancelled"


# News.


@asynccontextmanager
async def listening(one: Replica) -> AsyncIterator[list[str]]:
    """What a listener of the watched resource hears there."""
    heard: list[str] = []

    async def listen(news: Any) -> None:
        async for event in news:
            heard.append(event.uri)  # noqa: PERF401 - as they come

    async with client(one.url(), "auto") as caller, caller.listen(resource_subscriptions=[WATCHED]) as news:
        task = asyncio.create_task(listen(news))
        try:
            yield heard
        finally:
            task.cancel()
            await asyncio.wait((task,))


async def test_each_change_is_told_once_by_each(both: tuple[Replica, Replica]) -> None:
    one, other = both
    async with listening(one) as ours, listening(other) as theirs:
        for turn in (1, 2, 3):
            await call((one, other)[turn % 2].url(), "suite__change_watched")
            await until(lambda turn=turn: len(ours) >= turn and len(theirs) >= turn)  # type: ignore[misc]
        assert ours == theirs == [WATCHED] * 3


# What happens to them.


async def test_one_that_is_killed_loses_nothing_of_what_others_can_do(
    both: tuple[Replica, Replica],
) -> None:
    one, other = both
    task = await call(one.url(), "work__work", TASKS)
    rounds = await call(one.url(), f"suite__{MULTI}", ASKABLE)
    held = await call(one.url(), "quick__ask", ASKABLE)
    brewed = await call(one.url(), "demo__brew", TASKS, arguments={"seconds": 600})
    async with listening(other) as heard:
        one.kill()
        rounds = await call(other.url(), f"suite__{MULTI}", ASKABLE, **answered(rounds, name="Ada"))
        rounds = await call(other.url(), f"suite__{MULTI}", ASKABLE, **answered(rounds, color="red"))
        assert "Ada likes red" in repr(rounds["content"])
        looked = await asked(other.url(), "tasks/get", TASKS, taskId=task["taskId"])
        assert looked["taskId"] == task["taskId"]
        await call(other.url(), "suite__change_watched")
        await until(lambda: heard == [WATCHED])
    # What lived in it alone is told to be gone, at once.
    gone = await call(other.url(), "quick__ask", ASKABLE, **answered(held))
    assert gone["data"] == {"reason": "process_gone", "server": "quick", "lost": "call"}
    lost = await asked(other.url(), "tasks/get", TASKS, taskId=brewed["taskId"])
    assert lost["data"] == {"reason": "process_gone", "server": "demo", "lost": "task"}


async def test_a_state_that_is_away_is_told_and_heals(place: Place, both: tuple[Replica, Replica]) -> None:
    one, other = both
    held = await call(one.url(), "quick__ask", ASKABLE)
    place.state.stop()
    try:
        await until(lambda: all("cannot be reached" in each.said for each in both))
        for each in both:
            assert "content" in await call(each.url(), "suite__test_simple_text")
        told = await call(other.url(), "quick__ask", ASKABLE, **answered(held))
        assert told["data"]["reason"] == "state_away"
    finally:
        place.state.start()
    await until(lambda: all("is reached again" in each.said for each in both))
    assert "content" in await call(other.url(), "quick__ask", ASKABLE, **answered(held))
    assert all(PASSWORD not in each.said and "w0rd" not in each.said for each in both)


async def test_sessions_of_the_handshake_era_begin_anew_elsewhere(both: tuple[Replica, Replica]) -> None:
    one, other = both
    info = {"name": "test", "version": "1"}
    begin = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": info}
    accept = {"Accept": "application/json, text/event-stream"}
    async with httpx2.AsyncClient(trust_env=False, timeout=60, headers=accept) as http:
        message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": begin}
        opened = await http.post(one.url(), json=message)
        session = {"Mcp-Session-Id": opened.headers["mcp-session-id"], "MCP-Protocol-Version": "2025-11-25"}
        again = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
        assert (await http.post(one.url(), json=again, headers=session)).status_code == 200
        for method in ("POST", "GET", "DELETE"):
            body = again if method == "POST" else None
            answer = await http.request(method, other.url(), json=body, headers=session)
            assert answer.status_code == 404, method


async def test_limits_hold_for_all_together(place: Place, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[gateway]\nrequests_per_minute = 20\n", encoding="utf-8")
    kept_task_key(tmp_path / "gateway")
    words = ("--state", "${STATE_URL}")
    with (
        replica(tmp_path, *words, environ=place.environ) as one,
        replica(tmp_path, *words, environ=place.environ) as other,
    ):
        for each in (one, other):
            await asyncio.to_thread(each.until_listening)
        done = {one.base: 0, other.base: 0}
        async with httpx2.AsyncClient(trust_env=False, timeout=60) as http:
            for base in [one.base, other.base] * 100:
                answer = await http.get(f"{base}/nowhere")
                if answer.status_code == 429:
                    assert int(answer.headers["retry-after"]) >= 1
                    break
                done[base] += 1
        # Neither has given all that one alone gives.
        assert max(done.values()) < 20
        assert sum(done.values()) >= 20
        assert [one.end(), other.end()] == [143, 143]
