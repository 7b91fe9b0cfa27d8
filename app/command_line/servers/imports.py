"""`jackfield mcp import`: the servers of other programs, shown, asked about, and added."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import click

from app.command_line.configured import source
from app.command_line.terminal.output import FAILED, OK, answer, fail, note, paint, warning
from services.config import edit
from services.config.import_plan import CALLED, Step, found_files, inputs_of, steps
from services.config.imports import files as foreign
from services.errors import JackfieldError
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.config.imports.files import ForeignFile, Input, Program

__all__ = ("bring_over",)

_COLOURS: Final = {"add": "green", "keep": "dim", "skip": "yellow"}


def bring_over(
    context: click.Context, file: str | None, program: str | None, *, dry_run: bool, yes: bool
) -> int:
    """Show what would be added, ask, and add it."""
    chosen = source(context, new=True)
    path = chosen.editable()
    files = _files(file, cast("Program | None", program))
    taken = dict(chosen.tables())
    adding: list[Step] = []
    for one in files:
        found = list(steps(one, taken))
        _show(one, found)
        adding += [step for step in found if step.deed == "add"]
    if not adding:
        answer("There is nothing to add.")
        return OK
    count = f"{len(adding)} server{'s' * (len(adding) > 1)}"
    where = one_line(str(path))
    if dry_run:
        answer(f"{count} would be added to {where}.")
        return OK
    if not (yes or _agreed(f"Add {count} to {where}?")):
        answer("Nothing was added.")
        return FAILED
    status = _add(path, adding)
    return _ask(path, inputs_of(adding)) or status


def _files(file: str | None, program: Program | None) -> list[ForeignFile]:
    """The files to read. One that was not named and cannot be read is said and left out."""
    if file is not None:
        return [foreign.read(Path(file), program=program, project=Path.cwd())]
    unreadable: list[JackfieldError] = []
    found = found_files(program, unreadable)
    for error in unreadable:
        note(warning(str(error)))
    if not found:
        whose = CALLED[program] if program else "another program"
        fail(f"no configuration file of {whose} was found\nName one: jackfield mcp import FILE", FAILED)
    return found


def _show(file: ForeignFile, found: list[Step]) -> None:
    answer(f"{paint(CALLED[file.program], 'bold')}  {one_line(str(file.path))}")
    width = max((len(step.name) for step in found), default=0)
    for step in found:
        deed = paint(f"{step.deed:4}", _COLOURS[step.deed])
        answer(f"  {deed}  {one_line(step.name).ljust(width)}  {one_line(step.text)}")
        for text in step.notes:
            answer(f"        {paint(one_line(text), 'yellow' if 'secret' in text else 'dim')}")
    for text in file.remarks:
        answer(f"  {paint(one_line(text, 300), 'yellow')}")
    for asked in inputs_of(step for step in found if step.deed == "add"):
        about = f": {asked.description}" if asked.description else ""
        answer(f"  asks  {one_line(asked.identifier, 80)}{about}")
    answer("")


def _agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        fail("nothing was added, because there is nobody to ask\n--yes adds without asking", FAILED)
    return click.confirm(question, err=True)


def _ask(path: Path, inputs: Iterable[Input]) -> int:
    """Ask for the inputs and keep the answers; without a person say how to give them."""
    from app.command_line.terminal.answers import ask, is_person
    from services.config.inputs import Answers
    from services.config.paths import home

    answers = Answers(home())
    for asked in inputs:
        try:
            value = ask(asked) if is_person() else None
            if value is not None:
                answers.put(asked.identifier, str(path), value)
                continue
        except JackfieldError as error:
            note(f"{paint('Error:', 'red', sys.stderr)} {one_line(asked.identifier, 80)}: {error}")
            return FAILED
        how = answers.command(asked.identifier, str(path))
        name = one_line(asked.identifier, 80)
        note(f"{paint('Note:', 'yellow', sys.stderr)} input {name} has no answer: {how}")
    return OK


def _add(path: Path, adding: Iterable[Step]) -> int:
    status = OK
    for step in adding:
        try:
            edit.add_server(path, step.name, step.table or {})
        except JackfieldError as error:
            note(f"{paint('Error:', 'red', sys.stderr)} {step.name}: {error}")
            status = FAILED
        else:
            answer(f"Added MCP server '{step.name}'.")
    return status
