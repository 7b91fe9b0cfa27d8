"""What becomes of the servers of other programs: added, kept or skipped, for the shell and the session."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from services.config.expand import inputs_in
from services.config.file import from_tables
from services.config.imports import files as foreign
from services.config.imports import places as foreign_places
from services.config.imports.entries import unique_name
from services.config.shown import command_or_url
from services.config.source import Configured
from services.errors import JackfieldError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from services.config.imports.files import Draft, ForeignFile, Input, Program

__all__ = ("CALLED", "Step", "found_files", "inputs_of", "steps")

CALLED: Final = {
    "codex": "Codex",
    "claude": "Claude",
    "cursor": "Cursor",
    "vscode": "VS Code",
    "windsurf": "Windsurf",
    "gemini": "Gemini CLI",
    "opencode": "opencode",
    "goose": "goose",
    "cline": "Cline",
    "roo": "Roo",
    "zed": "Zed",
    "continue": "Continue",
    "lmstudio": "LM Studio",
    "amazonq": "Amazon Q",
    "kiro": "Kiro",
    "jetbrains": "JetBrains Junie",
    "registry": "MCP registry",
    "other": "Servers",
}
"""The programs as people call them."""


class Step(NamedTuple):
    """What becomes of one server of another program."""

    deed: Literal["add", "keep", "skip"]
    name: str
    text: str
    """What it runs or where it is, secrets masked; for one that is not added, why."""
    notes: tuple[str, ...] = ()
    table: Mapping[str, Any] | None = None
    inputs: tuple[Input, ...] = ()
    """What it needs the person to enter."""


def found_files(program: Program | None, unreadable: list[JackfieldError]) -> list[ForeignFile]:
    """The files of the program, or of all, where those keep them. What cannot be read is left out."""
    found = []
    for owner, path in foreign_places.find(os.environ, sys.platform, Path.cwd(), program):
        try:
            found.append(foreign.read(path, program=owner, project=Path.cwd()))
        except JackfieldError as error:
            unreadable.append(error)
    return found


def steps(file: ForeignFile, taken: dict[str, Any]) -> Iterator[Step]:
    """What to do with each server of the file; the names to be added are `taken` from then on."""
    others = {identifier for table in taken.values() for identifier in inputs_in(json.dumps(table))}
    inputs = {
        one.identifier: one._replace(identifier=unique_name(one.identifier, others)) for one in file.inputs
    }
    for draft in file.servers:
        checked = from_tables({draft.name: draft.table}, environ=None).servers[0]
        if checked.invalid:
            yield Step("skip", draft.name, checked.invalid)
            continue
        same = _same(draft, taken)
        if same:
            yield Step(
                "keep", draft.name, f"is configured already{'' if same == draft.name else f' as {same}'}"
            )
            continue
        [free] = foreign.renamed([draft], taken)
        asked = {identifier: inputs[identifier] for identifier in sorted(free.inputs)}
        table = _with_inputs(free.table, asked)
        taken[free.name] = table
        text = command_or_url(Configured(checked, draft.table))
        notes = (*free.notes, *_secrets(free))
        yield Step("add", free.name, text, notes, table, tuple(asked.values()))
    for skipped in file.skipped:
        yield Step("skip", skipped.name, skipped.reason)


def inputs_of(chosen: Iterable[Step]) -> tuple[Input, ...]:
    """All that is to be asked for, each once."""
    return tuple({asked.identifier: asked for step in chosen for asked in step.inputs}.values())


def _same(draft: Draft, taken: Mapping[str, Any]) -> str:
    """The name under which the very same server is configured; empty when it is not."""
    names = re.compile(rf"{re.escape(draft.name)}(-\d+)?")
    return next((name for name, table in taken.items() if names.fullmatch(name) and table == draft.table), "")


def _secrets(draft: Draft) -> Iterator[str]:
    for place in draft.secrets:
        yield f"{place} is a secret in plain text and would be copied as it is"


def _with_inputs(value: Any, inputs: Mapping[str, Input]) -> Any:
    """The table with the names its inputs get here: an answer given to another file's is not theirs."""
    if isinstance(value, dict):
        return {key: _with_inputs(entry, inputs) for key, entry in value.items()}
    if isinstance(value, list):
        return [_with_inputs(entry, inputs) for entry in value]
    for old, new in inputs.items() if isinstance(value, str) else ():
        value = value.replace(f"${{input:{old}}}", f"${{input:{new.identifier}}}")
    return value
