"""Reading `calls.toml`. A bad table is one call that cannot be run; the others can."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from services.config.complaints import Complaint, Place, describe, key_name, nearest
from services.config.file import read_text, read_toml
from services.config.toml.text import lines_of
from services.errors import ConfigurationError
from services.saved_calls.tables import CALL, CALLS, CHECK, NAME
from services.saved_calls.values import CallsFile, Check, SavedCall
from services.settings import Problem
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from services.saved_calls.values import CheckKind

__all__ = ("FILE_NAME", "calls_files", "parse_calls", "read_calls")

FILE_NAME = "calls.toml"


def calls_files(folder: Path, home: Path) -> tuple[Path, ...]:
    """The files of saved calls that count in `folder`: its project's, the nearest first, then home's."""
    from services.config.projects.files import project_places

    around = [place.with_name(FILE_NAME) for place in project_places(folder) if place.name == "config.toml"]
    places = dict.fromkeys((*around, home / FILE_NAME))
    return tuple(path for path in places if path.is_file())


def read_calls(path: Path) -> CallsFile:
    """The calls of a file. Raises ConfigurationError where it cannot be read, or is no TOML."""
    text = read_text(path)
    if text is None:
        raise ConfigurationError(f"there is no file {one_line(str(path))}")
    return parse_calls(text, path)


def parse_calls(text: str, path: Path) -> CallsFile:
    """The calls in `text`; `path` is what the file is called in problems."""
    document = read_toml(text, str(path))
    complaints = [_unknown(key) for key in document if key != CALLS]
    tables = document.get(CALLS, {})
    if not isinstance(tables, dict):
        complaints.append(Complaint(f"{CALLS} must be a table of calls", (CALLS,), f"Write [{CALLS}.NAME]."))
        tables = {}
    found = {name: list(_complaints(name, table)) for name, table in tables.items()}
    complaints += [complaint for listed in found.values() for complaint in listed]
    paths = [*(complaint.path for complaint in complaints), *((CALLS, name) for name in tables)]
    lines = lines_of(text, paths) if paths else {}
    problems = tuple(_problem(complaint, lines.get(complaint.path) or None, path) for complaint in complaints)
    calls = [_call(name, table, lines[CALLS, name], problems) for name, table in tables.items()]
    return CallsFile(path, tuple(calls), tuple(sorted(problems, key=lambda problem: problem.line or 0)))


def _unknown(key: str) -> Complaint:
    near = nearest(key, (CALLS, *CALL.keys))
    hint = "It has no effect."
    if near:
        table = f"[{CALLS}.NAME]"
        hint = f"Did you mean {table}?" if near == CALLS else f"It belongs into a {table} table."
    return Complaint(f"unknown key `{key_name((key,))}`", (key,), hint, "warning")


def _complaints(name: str, table: Any) -> Iterator[Complaint]:
    place = Place((CALLS, name), 2)
    if not re.search(NAME, name):
        yield place.complaint("a call's name must be printable and not empty")
    if not isinstance(table, dict):
        hint = f"Write [{CALLS}.NAME]."
        yield Complaint("a call must be a table", (CALLS, name), hint)
        return
    yield from CALL.check(table, place)
    if "arguments" in table and "arguments_json" in table:
        yield place.within("arguments_json").complaint("arguments and arguments_json say the same twice")


def _problem(complaint: Complaint, line: int | None, path: Path) -> Problem:
    in_call = complaint.path[0] == CALLS and len(complaint.path) > 1
    table = key_name(complaint.path[:2]) if in_call else ""
    return Problem(
        message=f"{complaint.message} in `{table}`" if in_call else complaint.message,
        table=table,
        key=key_name(complaint.path[2:] if in_call else complaint.path),
        line=line,
        hint=complaint.hint,
        severity=complaint.severity,
        source=str(path),
    )


def _call(name: str, table: Any, line: int, problems: Iterable[Problem]) -> SavedCall:
    shown = key_name((CALLS, name))
    wrong = next((one for one in problems if one.table == shown and one.severity == "error"), None)
    if wrong is not None:
        server, tool = _text(table, "server"), _text(table, "tool")
        return SavedCall(name, server, tool, line=line, invalid=describe(wrong), hint=wrong.hint)
    if "arguments_json" in table:
        arguments = json.loads(table["arguments_json"])
    else:
        arguments = table.get("arguments", {})
    return SavedCall(
        name,
        table["server"],
        table["tool"],
        arguments=arguments,
        checks=tuple(_checks(table.get("check", {}))),
        save=table.get("save", {}),
        timeout=table.get("timeout_sec"),
        description=one_line(table.get("description", "")),
        line=line,
    )


def _text(table: Any, key: str) -> str:
    """What a table says, as far as it can be read."""
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, str) else ""


def _checks(table: Mapping[str, Any]) -> Iterator[Check]:
    """The checks in the order of the file; first that the tool reports no error, unless the table says it."""
    if "is_error" not in table:
        yield Check("is_error", False)
    for key, value in table.items():
        if key not in CHECK.keys:
            continue
        kind: CheckKind = "equals" if key == "equals_json" else key  # type: ignore[assignment]
        if kind in ("equals", "matches"):
            for path, entry in value.items():
                expected = json.loads(entry) if key == "equals_json" else entry
                yield Check(kind, expected, path, ("check", key, path))
        elif kind in ("text_contains", "text_matches"):
            for entry in value if isinstance(value, list) else [value]:
                yield Check(kind, entry, keys=("check", key))
        else:
            yield Check(kind, value, keys=("check", key))
