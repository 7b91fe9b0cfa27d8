"""Cells of what the person has begun: a call, a task waited for again, a resource, a skill, a prompt."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from app.session.cell_source import Source, of_call, of_prompt, of_reading, of_skill
from app.session.running_cell import RunningCell
from services.text import one_line
from widgets.history.cells import Cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.session.transcript import Transcript
    from services.tasks.task import Task

__all__ = ("call_cell", "prompt_cell", "resource_cell", "shown_arguments", "skill_cell", "task_cell")


def call_cell(transcript: Transcript, server: str, tool: str, arguments: Mapping[str, Any]) -> RunningCell:
    """A tool call begins."""
    source = of_call(transcript.reach, server, tool, arguments)
    name, shown = f"{_name(server)}.{_name(tool)}", shown_arguments(arguments)
    return RunningCell(transcript, Cell("running", name, shown, started=transcript.clock()), source)


def task_cell(transcript: Transcript, task: Task) -> RunningCell:
    """A task that an earlier call became is waited for again."""
    cell = Cell(
        "running",
        f"{_name(task.server)}.{task.tool or 'task'}",
        task.arguments,
        started=transcript.clock() - max(time.time() - task.created, 0.0),
    )
    return RunningCell(transcript, cell, Source(task.server, stem=f"{task.server}-{task.tool or 'task'}"))


def resource_cell(transcript: Transcript, server: str, uri: str) -> RunningCell:
    """A resource is being read."""
    source = of_reading(transcript.reach, server, uri)
    cell = Cell("running", _name(server), one_line(uri, 300), started=transcript.clock())
    return RunningCell(transcript, cell, source, done="resource")


def skill_cell(transcript: Transcript, server: str, skill: str, path: str = "") -> RunningCell:
    """A skill is being opened, or one of its files read."""
    source = of_skill(transcript.reach, server, skill, path)
    detail = one_line(" ".join(filter(None, (skill, path))), 300)
    cell = Cell("running", f"{_name(server)} · skill", detail, started=transcript.clock())
    return RunningCell(transcript, cell, source, done="resource")


def prompt_cell(
    transcript: Transcript, server: str, prompt: str, arguments: Mapping[str, str]
) -> RunningCell:
    """A prompt is being got."""
    source = of_prompt(transcript.reach, server, prompt, arguments)
    name, shown = f"{_name(server)} · {_name(prompt)}", shown_arguments(arguments)
    cell = Cell("running", name, shown, started=transcript.clock())
    return RunningCell(transcript, cell, source, done="prompt")


def _name(text: str) -> str:
    return one_line(text, 100)


def shown_arguments(arguments: Mapping[str, Any]) -> str:
    """Arguments in one line, for the head of a cell."""
    from services.numbers import exact_json

    return one_line(" ".join(f"{k}={exact_json(v, ensure_ascii=False)}" for k, v in arguments.items()), 2_000)
