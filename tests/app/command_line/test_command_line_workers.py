"""A gateway in several processes at one address: `--workers N`, and as an application of uvicorn."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.app.command_line.connect_stage import PYTHON, QUICK, ROOT, jackfield
from tests.app.command_line.replicas_stage import Replica, replica, uvicorn
from tests.services.gateway.asking import ASKABLE, answered, asked, call
from tests.services.gateway.test_gateway_access import post
from tests.support.processes import alive
from tests.support.state_server import PASSWORD, StateServer, state_server
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.skipif(os.name == "nt", reason="signals"), pytest.mark.timeout(240)]
CONFIG = """
[mcp_servers.quick]
command = {python}
args = [{quick}]
[mcp_servers.demo]
command = {python}
args = ["-m", "services.demo"]
cwd = {root}
"""


@pytest.fixture(scope="module")
def state() -> Iterator[StateServer]:
    with state_server() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Path:
    values = {"python": PYTHON, "quick": QUICK[1], "root": str(ROOT)}
    written = CONFIG.format(**{name: json.dumps(value) for name, value in values.items()})
    (tmp_path / "config.toml").write_text(written, encoding="utf-8")
    return tmp_path


def children(pid: int) -> list[int]:
    """The workers of a process: it has no other children that serve."""
    pids = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in pids if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


async def lists_and_calls(one: Replica) -> None:
    """Every request comes to whichever worker takes it; rounds too."""
    async with asyncio.timeout(60):
        while "quick__echo" not in {tool["name"] for tool in (await asked(one.url(), "tools/list"))["tools"]}:
            pass
    for _ in range(3):
        told = await call(one.url(), "demo__interview", ASKABLE, **answered({}))
        while told.get("resultType") == "input_required":
            told = await call(one.url(), "demo__interview", ASKABLE, **answered(told))
        assert repr(told["content"]).count("Ada") == 3


async def test_workers_serve_are_replaced_and_end_together(home: Path, state: StateServer) -> None:
    environ = {"STATE_URL": state.url}
    with replica(home, "--workers", "2", "--state", "${STATE_URL}", environ=environ) as one:
        await asyncio.to_thread(one.until_listening)
        await lists_and_calls(one)
        before = children(one.process.pid)
        assert len(before) == 2
        os.kill(before[0], signal.SIGKILL)
        await until(lambda: len(set(children(one.process.pid)) - {before[0]}) == 2, 120)
        await lists_and_calls(one)
        after = children(one.process.pid)
        assert before[1] in after
        assert await asyncio.to_thread(one.end) == 143
        assert not any(map(alive, after))
        assert PASSWORD not in one.said
        assert "Traceback" not in one.said, one.said


async def test_workers_do_not_outlive_the_command(home: Path, state: StateServer) -> None:
    with replica(home, "--workers", "2", "--state", state.url) as one:
        await asyncio.to_thread(one.until_listening)
        await lists_and_calls(one)
        workers = children(one.process.pid)
        one.kill()
        await until(lambda: not any(map(alive, workers)), 60)


async def test_uvicorn_serves_it(home: Path, state: StateServer) -> None:
    serve = f"--no-token --only quick --only demo --state {state.url}"
    with uvicorn(home, serve, "--workers", "2", "--timeout-graceful-shutdown", "1") as one:
        await asyncio.to_thread(one.until_listening)
        one.base += "/mcp"
        await lists_and_calls(one)
        workers = children(one.process.pid)
        assert len(workers) == 2
        await asyncio.to_thread(one.end)
        assert not any(map(alive, workers))
        assert "Traceback" not in one.said, one.said


@pytest.mark.parametrize(
    ("serve", "told"),
    [
        ("--no-such-option", "No such option"),
        ("--only nobody", "nobody"),
        ("--http 0.0.0.0:1 --no-token", "only for addresses of this machine"),
        ("--state redis://:s3cret@", "the address of the state cannot be used"),
        ("nobody", "nobody"),
    ],
)
def test_what_it_cannot_do_it_says(home: Path, serve: str, told: str) -> None:
    with uvicorn(home, serve) as one:
        status = one.process.wait(60)
        one.end()
    said = one.said
    assert status == 3, said
    assert told in said
    assert "Traceback" not in said
    assert "s3cret" not in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--state", "redis://s"], "are for --http"),
        (["--workers", "2"], "--workers is for --http"),
        (["--http", "127.0.0.1:0", "--workers", "2"], "needs --state"),
        (["--http", "127.0.0.1:0", "--workers", "0", "--state", "redis://s"], "--workers"),
        (
            ["--http", "127.0.0.1:0", "--workers", "2", "--state", "redis://s", "--questions", "here"],
            "share no",
        ),
        (["--http", "127.0.0.1:0", "--state", "http://:s3cret@s"], "redis://HOST:PORT/N"),
        (["--http", "127.0.0.1:0", "--state", "redis://${NOT_SET_ANYWHERE}"], "NOT_SET_ANYWHERE is not set"),
    ],
)
def test_wrong_usage_is_told(home: Path, words: list[str], told: str) -> None:
    done = jackfield("serve", *words, home=home)
    assert (done.status, told in done.err, done.out) == (2, True, ""), done.err
    assert "s3cret" not in done.err


async def test_every_worker_lives_by_an_edited_configuration(home: Path, state: StateServer) -> None:
    config = home / "config.toml"
    servers = config.read_text(encoding="utf-8")
    more = f"[mcp_servers.more]\ncommand = {json.dumps(PYTHON)}\nargs = [{json.dumps(QUICK[1])}]\n"

    def write(table: str, more: str = "", place: str = state.url) -> None:
        config.write_text(f'{servers}\n{more}\n[gateway]\nstate = "{place}"\n{table}\n', encoding="utf-8")

    async def edited(table: str, said: str, *more: str) -> None:
        """Edit it; every worker says a line of what came of that."""
        before = one.said.count(said)
        write(table, *more)
        await until(lambda: one.said.count(said) == before + 2, 60)

    async def statuses(text: str = "") -> list[int]:
        return [(await post(one.url(), text=text)).status_code for _ in range(20)]

    write("")
    with replica(home, "--workers", "2") as one:
        await asyncio.to_thread(one.until_listening)
        await lists_and_calls(one)
        await edited('questions = "decline"', "config.toml changed: added more; [gateway] questions\n", more)
        assert one.said.count("servers of 2025-11-25 and before hear of it when they start again") == 2
        for _ in range(20):
            told = await call(one.url(), "demo__interview", ASKABLE)
            assert told["resultType"] == "complete", told
        await edited("max_request_bytes = 2048", "removed more; [gateway] questions, max_request_bytes")
        assert await statuses("x" * 2048) == [413] * 20
        await edited('questions = "here"', "config.toml has an error; what runs is kept: questions")
        assert await statuses("x" * 2048) == [413] * 20
        await edited("requests_per_minute = 2", "[gateway] requests_per_minute, max_request_bytes")
        assert (await statuses("x" * 2048))[3:] == [429] * 17
        await edited("", "state of [gateway]: counts from the next start on", "", "redis://127.0.0.1:1/0")
