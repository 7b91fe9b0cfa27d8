"""Where things stand in the text of a TOML file: a scanner for text that tomllib has accepted.

tomllib gives the values and forgets the places. This gives the places only: for each header
and each key its path, its line and its offsets. Errors can so name a line, and edits change
nothing but the characters they mean. Text that is not TOML gives no useful answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ("Path", "Statement", "lines_of", "places", "scan")

Path = tuple[str, ...]
"""A key's path from the root of the file."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A header, a `key = value`, or one within an inline table (`inner`)."""

    kind: Literal["table", "array", "key", "inner"]
    path: Path
    line: int
    start: int
    """Offset of the start: of the line; for `inner`, of the key."""
    end: int
    """Offset of the end: after the line's newline; for `inner`, of the value."""
    table: Path = ()
    """The path of the header, or of the inline table, that it stands in."""
    key_end: int = 0
    value_start: int = 0
    value_end: int = 0
    inner: tuple[Statement, ...] = field(default=(), repr=False)
    """The entries of an inline table, in the order of the text."""

    @property
    def is_header(self) -> bool:
        return self.kind in ("table", "array")


_SPACE = re.compile(r"[ \t\r]*")
_TRIVIA = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BETWEEN = re.compile(r"(?:[ \t\r\n,]|#[^\n]*)*")
_KEY = re.compile(r"""([A-Za-z0-9_-]+)|("(?:\\.|[^"\\\n])*")|('[^'\n]*')""")
_STRING = re.compile(
    r'"""(?:\\[\s\S]|[^\\])*?"""(?:"{1,2})?'
    r"|'''[\s\S]*?'''(?:'{1,2})?"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
)
_SCALAR = re.compile(r"[^,\]}#\n]*[^,\]}#\s]")
_REST = re.compile(r"[^\n]*\n?")


def places(statements: Iterable[Statement]) -> dict[Path, int]:
    """The line of every key and table: of a table its header, else where it is first mentioned."""
    lines: dict[Path, int] = {}
    statements = tuple(statements)
    _note(statements, lines)
    lines.update((found.path, found.line) for found in statements if found.kind == "table")
    return lines


def lines_of(text: str, paths: Iterable[Path]) -> dict[Path, int]:
    """The line of each path, else of the nearest thing around it, else 0."""
    known = places(scan(text))
    found = {}
    for path in paths:
        around = (known.get(path[:length]) for length in range(len(path), 0, -1))
        found[path] = next((line for line in around if line), 0)
    return found


def _note(statements: Iterable[Statement], lines: dict[Path, int]) -> None:
    for statement in statements:
        for length in range(len(statement.table) + 1, len(statement.path) + 1):
            lines.setdefault(statement.path[:length], statement.line)
        _note(statement.inner, lines)


@lru_cache(maxsize=2)
def scan(text: str) -> tuple[Statement, ...]:
    """The statements of `text`, which must be TOML, in order."""
    return tuple(_Scanner(text).statements())


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = self._first = 1 if text.startswith("\ufeff") else 0
        self._line, self._counted = 1, 0

    def statements(self) -> list[Statement]:
        found: list[Statement] = []
        table: Path = ()
        self._skip(_TRIVIA)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                statement = self._header()
                table = statement.path
            else:
                statement = self._pair(table, "key")
            found.append(statement)
            self.at = statement.end
            self._skip(_TRIVIA)
        return found

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()

    def _line_at(self, offset: int) -> int:
        """The line of `offset`; offsets are asked for in rising order, so each character counts once."""
        self._line += self.text.count("\n", self._counted, offset)
        self._counted = offset
        return self._line

    def _line_start(self, offset: int) -> int:
        return max(self.text.rfind("\n", 0, offset) + 1, self._first)

    def _key(self) -> Path:
        parts: list[str] = []
        while True:
            self._skip(_SPACE)
            match = _KEY.match(self.text, self.at)
            if not match:
                self.at += 1  # not TOML: go on rather than stand still
                return tuple(parts)
            parts.append(_unquoted(match))
            self.at = match.end()
            end = self.at
            self._skip(_SPACE)
            if self.text[self.at : self.at + 1] != ".":
                self.at = end
                return tuple(parts)
            self.at += 1

    def _header(self) -> Statement:
        start = self.at
        array = self.text.startswith("[[", start)
        self.at += 2 if array else 1
        path = self._key()
        match = _REST.match(self.text, self.at)
        end = match.end() if match else len(self.text)
        line = self._line_at(start)
        return Statement("array" if array else "table", path, line, self._line_start(start), end)

    def _pair(self, table: Path, kind: Literal["key", "inner"]) -> Statement:
        start = self.at
        line = self._line_at(start)
        path = table + self._key()
        key_end = self.at
        self._skip(_SPACE)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        value_start = self.at
        inner = self._value(path)
        value_end = end = self.at
        if kind == "key":
            start = self._line_start(start)
            match = _REST.match(self.text, self.at)
            end = match.end() if match else len(self.text)
        return Statement(kind, path, line, start, end, table, key_end, value_start, value_end, tuple(inner))

    def _value(self, path: Path) -> list[Statement]:
        """Move past the value at this place; the entries of an inline table come back."""
        opening = self.text[self.at : self.at + 1]
        if opening == "[":
            return self._array(path)
        if opening == "{":
            return self._inline_table(path)
        match = _STRING.match(self.text, self.at) or _SCALAR.match(self.text, self.at)
        self.at = match.end() if match else self.at + 1
        return []

    def _array(self, path: Path) -> list[Statement]:
        """Entries of tables within an array count as the array's own: places enough for a message."""
        self.at += 1
        inner: list[Statement] = []
        while True:
            self._skip(_BETWEEN)
            if self.at >= len(self.text) or self.text[self.at] == "]":
                self.at += 1
                return inner
            inner.extend(self._value(path))

    def _inline_table(self, path: Path) -> list[Statement]:
        self.at += 1
        entries: list[Statement] = []
        while True:
            self._skip(_BETWEEN)
            if self.at >= len(self.text) or self.text[self.at] == "}":
                self.at += 1
                return entries
            entries.append(self._pair(path, "inner"))


def _unquoted(match: re.Match[str]) -> str:
    bare, basic, literal = match.groups()
    if bare is not None:
        return str(bare)
    if literal is not None:
        return str(literal)[1:-1]
    import tomllib

    return str(tomllib.loads(f"key = {basic}")["key"])
