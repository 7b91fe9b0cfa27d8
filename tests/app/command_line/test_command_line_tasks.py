"""Calls that become tasks, in a shell: left at their servers, found again, waited for, cancelled."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.app.command_line.connect_stage import PYTHON, QUICK, ROOT, run_here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.app.command_line.connect_stage import Done

    Run = Callable[..., Done]


@pytest.fixture
def url() -> Iterator[str]:
    command = [PYTHON, "-m", "tests.servers.tasks"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as process:  # type: ignore[call-overload]
        yield process.stdout.readline().strip()
        process.stdin.close()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))
    return lambda *words: run_here(words, capfdbinary)


def test_a_task_is_left_found_again_and_waited_for(run: Run, url: str) -> None:
    left = run("call", url, "work", "n:=1", "--detach")
    assert (left.status, left.out) == (0, "task-1\n")
    assert "jackfield tasks wait task-1" in left.err
    (found,) = run("tasks", "list", "--json").json
    assert (found["id"], found["tool"], found["arguments"]) == ("task-1", "work", "n=1")
    assert "working: step 0" in run("tasks", "get", "task").out
    done = run("tasks", "wait", "task-1", "--answer", "name=Ada")
    assert (done.status, done.out) == (0, "the work is done\n")
    assert run("tasks", "list", "--json").json == []
    assert run("tasks", "wait", "task-1").status == 2


def test_a_plain_call_waits_for_its_task(run: Run, url: str) -> None:
    done = run("call", url, "work", "--decline")
    assert (done.status, done.out) == (0, "the work is done\n")


def test_a_question_nobody_can_answer_is_told_by_the_status(run: Run, url: str) -> None:
    assert run("call", url, "work").status == 6


def test_a_task_is_cancelled(run: Run, url: str) -> None:
    run("call", url, "work", "--detach")
    late = run("tasks", "wait", "task-1", "--timeout", "0.1")
    assert (late.status, "task task-1 has no result within 0.1 s" in late.err) == (1, True)
    assert run("tasks", "cancel", "task-1").status == 0
    assert run("tasks", "list", "--json").json == []
    gone = run("tasks", "wait", "task-1", "--server", url)
    assert (gone.status, "task task-1 was cancelled" in gone.err) == (1, True)


def test_a_program_that_ends_with_the_command_is_left_nothing(run: Run) -> None:
    refused = run("call", "echo", "text=x", "--detach", "--", *QUICK)
    assert (refused.status, "--detach leaves a task at" in refused.err) == (2, True)
