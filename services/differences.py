"""What is another in a later version: of a text line by line, of a JSON value path by path."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.json_paths import Step

__all__ = ("Change", "difference", "json_difference")

_MOST_COMPARED: Final = 1_000
"""Lines: comparing may cost their square."""
_AROUND: Final = 2
_MOST_ALIGNED: Final = 400
"""Items of an array: aligning may cost their square."""


def difference(before: str, now: str) -> Iterator[str]:
    """Lines that went (`- …`), that came (`+ …`), and two around each; nothing where nothing changed."""
    if before == now:
        return
    import difflib

    old, new = before.split("\n"), now.split("\n")
    found = difflib.unified_diff(old[:_MOST_COMPARED], new[:_MOST_COMPARED], n=_AROUND, lineterm="")
    for number, row in enumerate(found):
        if number >= 3:  # two heads, and where the first difference is
            yield "  …" if row.startswith("@") else f"{row[:1]} {row[1:]}"
    if (rest := max(len(old), len(new)) - _MOST_COMPARED) > 0:
        yield f"  … and {rest:,} more lines that were not compared"


class Change(NamedTuple):
    """One place at which two JSON values differ."""

    kind: Literal["added", "removed", "changed"]
    path: tuple[Step, ...]
    before: Any = None
    now: Any = None


def json_difference(before: Any, now: Any) -> Iterator[Change]:
    """Where a later JSON value differs, in the order of the document; nothing where it is the same.

    Items of arrays that came or went are found; the paths of what went are those it had before.
    """
    waiting: list[tuple[tuple[Step, ...], Any, Any] | Change] = [((), before, now)]
    while waiting:
        task = waiting.pop()
        if isinstance(task, Change):
            yield task
            continue
        path, old, new = task
        if isinstance(old, dict) and isinstance(new, dict):
            waiting += reversed(list(_members(path, old, new)))
        elif isinstance(old, list) and isinstance(new, list):
            waiting += reversed(list(_items(path, old, new)))
        elif isinstance(old, bool) is not isinstance(new, bool) or old != new:
            yield Change("changed", path, old, new)


def _members(path: tuple[Step, ...], old: dict[str, Any], new: dict[str, Any]) -> Iterator[Any]:
    for key, value in old.items():
        yield ((*path, key), value, new[key]) if key in new else Change("removed", (*path, key), value)
    for key, value in new.items():
        if key not in old:
            yield Change("added", (*path, key), now=value)


def _items(path: tuple[Step, ...], old: list[Any], new: list[Any]) -> Iterator[Any]:
    for before, now in _runs(old, new):
        paired = min(len(before), len(now))
        for one, other in zip(before, now, strict=False):
            yield (*path, other), old[one], new[other]
        for place in before[paired:]:
            yield Change("removed", (*path, place), old[place])
        for place in now[paired:]:
            yield Change("added", (*path, place), now=new[place])


def _runs(old: list[Any], new: list[Any]) -> Iterator[tuple[range, range]]:
    """Which items stand for which: short arrays are aligned, long ones compared place by place."""
    if max(len(old), len(new)) > _MOST_ALIGNED:
        yield range(len(old)), range(len(new))
        return
    import difflib

    one, other = [_told(item) for item in old], [_told(item) for item in new]
    for tag, begin, end, start, stop in difflib.SequenceMatcher(
        None, one, other, autojunk=False
    ).get_opcodes():
        if tag != "equal":
            yield range(begin, end), range(start, stop)


def _told(value: Any) -> str:
    try:
        return json.dumps(value, sort_keys=True)
    except (RecursionError, TypeError):
        return str(id(value))
