"""`jackfield mcp import`: the servers of other programs, shown, asked about, and added."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, cast

import click

from app.command_line.configured import Configured, source
from app.command_line.mcp_show import command_or_url
from app.command_line.output import FAILED, OK, answer, fail, note, paint
from services.config import edit, foreign, foreign_places
from services.config.file import from_tables
from services.errors import JackfieldError
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from services.config.foreign import Draft, ForeignFile, Program

__all__ = ("bring_over",)

_CALLED: Final = {
    "codex": "Codex",
    "claude": "Claude",
    "cursor": "Cursor",
    "vscode": "VS Code",
    "windsurf": "Windsurf",
    "gemini": "Gemini CLI",
    "opencode": "opencode",
    "goose": "goose",
    "other": "Servers",
}
_ADD: Final = "add"
_KEEP: Final = "keep"
_SKIP: Final = "skip"
_COLOURS: Final = {_ADD: "green", _KEEP: "dim", _SKIP: "yellow"}


class _Step(NamedTuple):
    """What becomes of one server of another program."""

    deed: str
    name: str
    text: str
    notes: tuple[str, ...] = ()
    table: Mapping[str, Any] | None = None


def bring_over(
    context: click.Context, file: str | None, program: str | None, *, dry_run: bool, yes: bool
) -> int:
    """Show what would be added, ask, and add it."""
    chosen = source(context, new=True)
    path = chosen.editable()
    files = _files(file, cast("Program | None", program))
    taken = dict(chosen.tables())
    steps = []
    for one in files:
        found = list(_steps(one, taken))
        _show(one, found)
        steps += [step for step in found if step.deed == _ADD]
    if not steps:
        answer("There is nothing to add.")
        return OK
    count = f"{len(steps)} server{'s' * (len(steps) > 1)}"
    where = one_line(str(path))
    if dry_run:
        answer(f"{count} would be added to {where}.")
        return OK
    if not (yes or _agreed(f"Add {count} to {where}?")):
        answer("Nothing was added.")
        return FAILED
    return _add(path, steps)


def _files(file: str | None, program: Program | None) -> list[ForeignFile]:
    """The files to read. One that was not named and cannot be read is said and left out."""
    if file is not None:
        return [foreign.read(Path(file), program=program, project=Path.cwd())]
    found = []
    for owner, path in foreign_places.find(os.environ, sys.platform, Path.cwd(), program):
        try:
            found.append(foreign.read(path, program=owner, project=Path.cwd()))
        except JackfieldError as error:
            note(f"{paint('Warning:', 'yellow', sys.stderr)} {error}")
    if not found:
        whose = _CALLED[program] if program else "another program"
        fail(f"no configuration file of {whose} was found\nName one: jackfield mcp import FILE", FAILED)
    return found


def _steps(file: ForeignFile, taken: dict[str, Any]) -> Iterator[_Step]:
    """What to do with each server of the file; the names to be added are `taken` from then on."""
    for draft in file.servers:
        checked = from_tables({draft.name: draft.table}, environ=None).servers[0]
        if checked.invalid:
            yield _Step(_SKIP, draft.name, checked.invalid)
            continue
        same = _same(draft, taken)
        if same:
            yield _Step(
                _KEEP, draft.name, f"is configured already{'' if same == draft.name else f' as {same}'}"
            )
            continue
        [free] = foreign.renamed([draft], taken)
        taken[free.name] = free.table
        text = command_or_url(Configured(checked, draft.table))
        yield _Step(_ADD, free.name, text, (*free.notes, *_secrets(free)), free.table)
    for skipped in file.skipped:
        yield _Step(_SKIP, skipped.name, skipped.reason)


def _same(draft: Draft, taken: Mapping[str, Any]) -> str:
    """The name under which the very same server is configured; empty when it is not."""
    names = re.compile(rf"{re.escape(draft.name)}(-\d+)?")
    return next((name for name, table in taken.items() if names.fullmatch(name) and table == draft.table), "")


def _secrets(draft: Draft) -> Iterator[str]:
    for place in draft.secrets:
        yield f"{place} is a secret in clear, and would be copied as it is"


def _show(file: ForeignFile, steps: Iterable[_Step]) -> None:
    answer(f"{paint(_CALLED[file.program], 'bold')}  {one_line(str(file.path))}")
    steps = list(steps)
    width = max((len(step.name) for step in steps), default=0)
    for step in steps:
        deed = paint(f"{step.deed:4}", _COLOURS[step.deed])
        answer(f"  {deed}  {one_line(step.name).ljust(width)}  {one_line(step.text)}")
        for text in step.notes:
            answer(f"        {paint(one_line(text), 'yellow' if 'secret' in text else 'dim')}")
    for asked in file.inputs:
        answer(f"  Set {asked.variable} in the environment: {asked.description}")
    answer("")


def _agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        fail("nothing was added, because there is nobody to ask\nSay --yes to add without a question", FAILED)
    return click.confirm(question, err=True)


def _add(path: Path, steps: Iterable[_Step]) -> int:
    status = OK
    for step in steps:
        try:
            edit.add_server(path, step.name, step.table or {})
        except JackfieldError as error:
            note(f"{paint('Error:', 'red', sys.stderr)} {step.name}: {error}")
            status = FAILED
        else:
            answer(f"Added MCP server '{step.name}'.")
    return status
