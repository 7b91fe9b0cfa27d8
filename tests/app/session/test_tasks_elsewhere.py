"""Two programs on one home and one task: one follows it, the other takes it over or hears its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from services.connections.task_book import TaskBook
from services.settings import ServerSettings
from services.tasks.task import Task
from tests.app.command_line.connect_stage import starting
from tests.app.conftest import session
from tests.servers.tasks import DONE, TaskServer, state
from tests.support.waiting import until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tests.app.conftest import Session


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of both programs."""
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate(timeout=10)


async def given(s: Session, line: str) -> None:
    """A command is typed and sent, without Esc, which would leave the task."""
    s.app.session.composer.fill(line)
    await s.pilot.press("enter")


@pytest.mark.parametrize("end", ["killed", "done", "cancelled here"])
async def test_two_programs_do_not_follow_one_task(
    end: str, started: list[subprocess.Popen[bytes]], place: Path
) -> None:
    poll = {"pollIntervalMs": 100 if end != "killed" else 60_000}
    async with TaskServer(state("working", **poll)) as web:
        server = ServerSettings("web", transport="http", url=web.url)
        (place / "config.toml").write_text(f'[mcp_servers.web]\nurl = "{web.url}"\n')
        book = TaskBook(place / "tasks.json")
        book.remember(server, Task("web", "left-1", "work"))
        first = starting("tasks", "wait", "left-1", home=place)
        started.append(first)
        await until(lambda: bool(web.asked("tasks/get")))
        async with session(server) as s:
            await s.sees("task left-1 · followed in another Jackfield")
            await given(s, "/tasks")
            await s.sees("left-1  work  followed in another Jackfield")
            if end == "killed":
                assert len(web.asked("tasks/get")) == 1  # the other is the only one who looks
                first.kill()
                await s.sees("task left-1 · working")
                web.script = [DONE]
                await given(s, "/tasks get left-1")  # so that it is looked at before a minute is over
                await s.sees("the work is done")
                return
            if end == "cancelled here":
                await given(s, "/tasks cancel left-1")
            else:
                web.script = [DONE]
            await s.sees("task left-1 was followed to its end in another Jackfield")
            out, _ = await asyncio.to_thread(first.communicate, timeout=30)
            assert ("the work is done" in out.decode()) == (end == "done")
            assert book.all() == ()
            assert list((place / "task-locks").iterdir()) == []


async def test_esc_leaves_a_task_to_who_follows_it(
    started: list[subprocess.Popen[bytes]], place: Path
) -> None:
    async with TaskServer(state("working")) as web:
        server = ServerSettings("web", transport="http", url=web.url)
        (place / "config.toml").write_text(f'[mcp_servers.web]\nurl = "{web.url}"\n')
        TaskBook(place / "tasks.json").remember(server, Task("web", "left-1", "work"))
        started.append(starting("tasks", "wait", "left-1", home=place))
        await until(lambda: bool(web.asked("tasks/get")))
        async with session(server) as s:
            await s.sees("followed in another Jackfield")
            await s.pilot.press("escape")
            await s.until(lambda: not s.app.session.transcript.running)
            assert web.asked("tasks/cancel") == []
