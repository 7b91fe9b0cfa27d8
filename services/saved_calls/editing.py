"""Writing saved calls: a new one, and what was seen in the place of what was expected."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from services.config import edit
from services.errors import ConfigurationError
from services.numbers import exact_json
from services.saved_calls.checks import Missing
from services.saved_calls.file import FILE_NAME, calls_files
from services.saved_calls.tables import CALLS
from services.saved_calls.variables import unexpanded
from services.secrecy.secrets import looks_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from services.config.toml.values import Value
    from services.saved_calls.values import CallOutcome, CheckOutcome

__all__ = ("can_update", "keep_call", "kept_at", "write_seen")

_UPDATED = ("text", "equals", "image", "links")
"""Checks whose expected value can be taken from a result."""


def kept_at(folder: Path, home: Path) -> Path:
    """The file that a new call goes to: the nearest one of the project where there is one, else home's."""
    return next(iter(calls_files(folder, home)), home / FILE_NAME)


def keep_call(
    path: Path, name: str, server: str, tool: str, arguments: Mapping[str, Any], *, is_error: bool = False
) -> None:
    """Add `[calls.NAME]` to a file, which is made if need be. Blocks.

    A value of an environment variable that looks like a secret is written as its `${NAME}`.
    Raises ConfigurationError, also where there is a call of that name.
    """
    if not name.strip():
        raise ConfigurationError("a saved call needs a name")
    secrets = {key: value for key, value in os.environ.items() if value and looks_secret(key, value)}
    given = unexpanded(dict(arguments), secrets)
    table: dict[str, Value] = {"server": server, "tool": tool}
    if _holds_null(given):
        table["arguments_json"] = exact_json(given, ensure_ascii=False)
    elif given:
        table["arguments"] = given
    table["check"] = {"is_error": is_error}
    edit.add_table(path, (CALLS, name.strip()), table)


def can_update(outcome: CheckOutcome) -> bool:
    """Whether a check failed that would pass with what was seen in the place of what it expects."""
    check, seen = outcome.check, outcome.seen
    return (
        not outcome.passed
        and check.kind in _UPDATED
        and bool(check.keys)
        and not isinstance(seen, Missing)
        and (seen is not None or check.kind == "equals")
    )


def write_seen(outcomes: Iterable[CallOutcome], secrets: Mapping[str, str]) -> int:
    """Write what was seen where checks are marked as updated; how many values. Blocks.

    Comments and the rest of each file stay. `secrets` are values that are written as their `${NAME}`.
    Raises ConfigurationError.
    """
    by_file: dict[Path, list[tuple[tuple[str, ...], Value | None]]] = {}
    count = 0
    for outcome in outcomes:
        where = (CALLS, outcome.call.name)
        for check in outcome.checks:
            if check.updated:
                changes = _changes(check, secrets)
                by_file.setdefault(outcome.file, []).extend(
                    ((*where, *keys), value) for keys, value in changes
                )
                count += 1
    for path, values in by_file.items():
        edit.put_values(path, values)
    return count


def _changes(
    outcome: CheckOutcome, secrets: Mapping[str, str]
) -> Iterator[tuple[tuple[str, ...], Value | None]]:
    check, value = outcome.check, unexpanded(outcome.seen, secrets)
    if check.kind == "equals" and (check.keys[1] == "equals_json" or _holds_null(value)):
        yield ("check", "equals_json", check.path), exact_json(value, ensure_ascii=False)
        if check.keys[1] == "equals":
            yield check.keys, None
    else:
        yield check.keys, value


def _holds_null(value: Any) -> bool:
    match value:
        case dict():
            return any(map(_holds_null, value.values()))
        case list():
            return any(map(_holds_null, value))
    return value is None
