"""JSON as a person reads it: indented, with every character that could hide or act escaped.

`json.dumps` with an indentation is slow and recurses, and without one it holds the GIL until
it is done. Here the levels a person reads are walked, and runs of simple members go to its
fast encoder, whose separators do the indenting.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from services.numbers import finite
from services.text import escaped, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ("indented", "written")

_DEEPEST: Final = 32
"""Levels below this one stand on one line: the indentation is written again for each line."""
_LONGEST: Final = 64 << 20
"""Characters after which the rest stands on one line."""
_RUN: Final = 256
_PIECE: Final = 1 << 16
_CONTAINERS: Final = frozenset((dict, list))


def indented(value: Any) -> str:
    """The JSON text of a parsed JSON value: printable, and JSON again for whoever parses it.

    Raises RecursionError for what is nested about a thousand levels deep.
    """
    return written(value)[0]


def written(value: Any) -> tuple[str, tuple[str, ...]]:
    """As `indented`, with the places of NaN and infinities, for which null is written."""
    try:
        return _Writer().text(value), ()
    except ValueError:
        value, places = finite(value)
        return _Writer().text(value), places


class _Writer:
    def __init__(self) -> None:
        self._deepest = _DEEPEST
        self._pieces: list[str] = []
        self._length = 0

    def text(self, value: Any) -> str:
        self._write(value, 0)
        return joined(self._pieces)

    def _add(self, piece: str) -> None:
        self._pieces.append(piece)
        self._length += len(piece)
        if self._length > _LONGEST:
            self._deepest = 0

    def _write(self, value: Any, depth: int) -> None:
        if isinstance(value, str):
            self._write_string(value)
        elif not value or not isinstance(value, dict | list) or depth >= _DEEPEST:
            self._add(escaped(_encoder("")(value)))
        elif isinstance(value, dict):
            self._add("{")
            self._write_members(tuple(value.values()), tuple(value), depth + 1)
            self._add("}")
        else:
            self._add("[")
            self._write_members(value, None, depth + 1)
            self._add("]")

    def _write_members(self, values: Sequence[Any], keys: tuple[str, ...] | None, depth: int) -> None:
        border = self._border(depth)
        start = 0
        while start < len(values):
            self._add(f",{border or ' '}" if start else border)
            if keys is None and (rows := _rows(values[start : start + _RUN])):
                self._add(escaped(_table(rows, border, self._border(depth + 1))))
                start += len(rows)
            elif run := _simple(values[start : start + _RUN]):
                members = run if keys is None else dict(zip(keys[start : start + len(run)], run, strict=True))
                self._add(escaped(_encoder(border)(members)[1:-1]))
                start += len(run)
            else:
                if keys is not None:
                    self._add(f"{escaped(_encoder('')(keys[start]))}: ")
                self._write(values[start], depth)
                start += 1
        self._add(border and self._border(depth - 1))

    def _border(self, depth: int) -> str:
        """What stands before a member: a new line, or nothing for a level that has none."""
        return "\n" + "  " * depth if depth <= self._deepest else ""

    def _write_string(self, text: str) -> None:
        self._add('"')
        for start in range(0, len(text), _PIECE):
            self._add(escaped(_encoder("")(text[start : start + _PIECE])[1:-1]))
        self._add('"')


def _simple(values: Sequence[Any]) -> Sequence[Any]:
    """The first of these values that are neither containers nor long strings."""
    end = size = 0
    for value in values:
        if isinstance(value, str):
            size += len(value)
            if size > _PIECE:
                break
        elif isinstance(value, dict | list):
            break
        end += 1
    return values[:end]


def _rows(values: Sequence[Any]) -> Sequence[dict[str, Any]]:
    """The first of these values that are objects with simple members only, as in a table."""
    end = size = 0
    for value in values:
        if not isinstance(value, dict) or not value or not _CONTAINERS.isdisjoint(map(type, value.values())):
            break
        size += sum([len(member) for member in value.values() if isinstance(member, str)])
        if size > _PIECE:
            break
        end += 1
    return values[:end]


def _table(rows: Sequence[dict[str, Any]], border: str, inner: str) -> str:
    """Rows in one go, a new line for each member where `inner` is one.

    In JSON a raw line break stands only where a separator put it: a brace before one and a brace
    behind it are the end of a row and the start of the next.
    """
    if not inner:
        return f",{border or ' '}".join(map(_encoder(""), rows))
    text = _encoder(inner)(rows)[2:-2].replace(f"}},{inner}{{", f"{border}}},{border}{{{inner}")
    return f"{{{inner}{text}{border}}}"


@cache
def _encoder(border: str) -> Callable[[Any], str]:
    return json.JSONEncoder(
        ensure_ascii=False, allow_nan=False, separators=(f",{border or ' '}", ": ")
    ).encode
