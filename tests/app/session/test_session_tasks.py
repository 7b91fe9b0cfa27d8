"""Calls that become tasks, in the session: their cells, Esc, and what an earlier session left."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from services.connections.task_book import TaskBook
from services.settings import ServerSettings
from services.tasks.task import Task
from tests.app.conftest import session
from tests.servers.tasks import DONE, TaskServer, asks, state

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def at(web: TaskServer) -> ServerSettings:
    return ServerSettings("web", transport="http", url=web.url)


async def test_a_task_is_a_cell_that_tells_how_it_goes() -> None:
    script = state("working", statusMessage="[b]halfway[/b]")
    async with TaskServer(script) as web, session(at(web)) as s:
        await s.ready("web")
        await s.enter("/call web work")
        await s.sees("task task-1 · working: [b]halfway[/b]")
        await s.answers("/tasks", "task-1  work  working: [b]halfway[/b]")
        web.script = [asks("name"), DONE]
        # Nobody types, so the keys go to the question by themselves.
        await s.until(lambda: s.app.session.inbox.in_sight and s.app.session.inbox.has_focus_within)
        await s.pilot.press("ctrl+s")
        await s.sees("the work is done")
        await s.answers("/tasks", "There are no open tasks.")


async def test_esc_cancels_a_task_at_its_server() -> None:
    async with TaskServer(state("working")) as web, session(at(web)) as s:
        await s.ready("web")
        await s.enter("/call web work")
        await s.sees("task task-1 · working")
        await s.pilot.press("escape")
        await s.sees("task task-1 was cancelled")
        assert len(web.asked("tasks/cancel")) == 1


async def test_what_an_earlier_session_left_is_waited_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))
    async with TaskServer(state("working")) as web:
        kept = Task("web", "left-1", "work", 'x="1"', created=1.0e9)
        book = TaskBook(tmp_path / "tasks.json", clock=lambda: 1.0e9)
        book.remember(at(web), kept)
        book.remember(at(web), Task("web", "left-2", "work", 'x="2"'))
        async with session(at(web)) as s:
            await s.sees("task left-2 · working")
            assert not re.search("left-1", s.history)  # nobody waits a generation for a task
            web.script = [DONE]
            await s.sees("the work is done")
    assert TaskBook(tmp_path / "tasks.json").of(at(web)) == ()
