"""Changes to the text of a TOML file, each as small as it can be; `edit.py` decides and checks them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from services.config.toml.text import scan
from services.config.toml.values import key_text, value_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.config.toml.text import Path, Statement
    from services.config.toml.values import Value

__all__ = ("appended", "placed", "renamed", "with_table", "without")

_BLANK_BEFORE = re.compile(r"(?:^|(?<=\n))(?:[ \t]*\r?\n)+\Z")
_BLANK_AFTER = re.compile(r"(?:[ \t]*\r?\n)+|[ \t]*\Z")


def appended(text: str, where: Path, table: Mapping[str, Any]) -> Iterator[str]:
    """The text with a new table at its end, or in the inline table that holds its like."""
    yield text + _gap(text) + _block(where, table, _newline(text))
    for entry in _entries(scan(text)):
        if entry.path == where[:-1] and _is_inline(text, entry):
            yield _into_inline(text, entry, where[len(entry.path) :], _without_none(table))


def with_table(text: str, where: Path, table: Mapping[str, Any]) -> str:
    """The text with a new table at its end, each of its values on one line whatever it holds."""
    lines = [f"[{key_text(*where)}]", *(f"{key_text(key)} = {value_text(table[key])}" for key in table)]
    newline = _newline(text)
    return text + _gap(text) + "".join(line + newline for line in lines)


def _gap(text: str) -> str:
    """What sets a new table apart from the text before it."""
    newline = _newline(text)
    gap = "" if not text.strip("\ufeff") else "" if text.endswith("\n") else newline
    if text.strip() and not re.search(r"\n[ \t]*\r?\n\Z", text):
        gap += newline
    return gap


def without(text: str, where: Path) -> str:
    """The text without the key or table at `where` and all within it; comments around it stay."""
    for entry in _entries(scan(text)):
        if entry.kind == "inner" and entry.path == where:
            return _out_of_inline(text, entry)
    spans: list[tuple[int, int, bool]] = []
    inside = adjacent = False
    for statement in scan(text):
        if statement.is_header:
            inside = _is_within(statement.path, where)
        if not (inside or _is_within(statement.path, where)):
            adjacent = False
            continue
        if adjacent:
            start, _, block = spans.pop()
            spans.append((start, statement.end, block))
        else:
            spans.append((statement.start, statement.end, statement.is_header))
        adjacent = True
    for start, end, block in reversed(spans):
        start, end = _with_blank_lines(text, start, end) if block else (start, end)
        text = text[:start] + text[end:]
    return text


def placed(text: str, where: Path, value: Value) -> Iterator[str]:
    """Ways to write `value` at `where`, the best first; not all of them need be right."""
    for entry in _entries(scan(text)):
        if entry.path == where and not entry.is_header:
            yield text[: entry.value_start] + value_text(value) + text[entry.value_end :]
            return
    text = without(text, where)
    statements = scan(text)
    for depth in range(len(where) - 1, 0, -1):
        yield from _placed_in(text, statements, where, depth, value)


def renamed(text: str, where: Path, key: str, value: Value) -> str:
    """The text with the last part of the key at `where` spelled `key`, and its value replaced."""
    for entry in _entries(scan(text)):
        if entry.path == where and not entry.is_header:
            written = text[entry.start : entry.key_end]
            renamed = re.sub(rf"""(["']?){re.escape(where[-1])}\1\Z""", key_text(key), written)
            between = text[entry.key_end : entry.value_start]
            return text[: entry.start] + renamed + between + value_text(value) + text[entry.value_end :]
    return text


def _entries(statements: Sequence[Statement]) -> Iterator[Statement]:
    for statement in statements:
        yield statement
        yield from _entries(statement.inner)


def _is_within(path: Path, where: Path) -> bool:
    return path[: len(where)] == where


def _is_inline(text: str, entry: Statement) -> bool:
    return text[entry.value_start : entry.value_start + 1] == "{"


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _without_none(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if value is not None}


def _block(where: Path, table: Mapping[str, Any], newline: str) -> str:
    """A table with its header; tables of tables within it get headers of their own."""
    table = _without_none(table)
    nested = {
        key: value
        for key, value in table.items()
        if isinstance(value, Mapping) and any(isinstance(entry, Mapping) for entry in value.values())
    }
    lines = [f"[{key_text(*where)}]"]
    lines += [f"{key_text(key)} = {value_text(value)}" for key, value in table.items() if key not in nested]
    blocks = ["".join(line + newline for line in lines)] if len(lines) > 1 or not nested else []
    for key, entries in nested.items():
        blocks += [_block((*where, key, name), entry, newline) for name, entry in entries.items()]
    return newline.join(blocks)


def _with_blank_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """A table's span with the blank lines that set it apart: those after it, at the end those before."""
    before = _BLANK_BEFORE.search(text, 0, start)
    if not text[end:].strip():
        return (before.start() if before else start), len(text)
    after = _BLANK_AFTER.match(text, end)
    if after and (before or not text[:start].strip("\ufeff")):
        end = after.end()
    return start, end


def _out_of_inline(text: str, entry: Statement) -> str:
    """The text without an entry of an inline table, its comma and the space it took."""
    around = next(
        found for found in _entries(scan(text)) if any(inner.start == entry.start for inner in found.inner)
    )
    at = next(i for i, inner in enumerate(around.inner) if inner.start == entry.start)
    if at + 1 < len(around.inner):
        return text[: entry.start] + text[around.inner[at + 1].start :]
    if at:
        return text[: around.inner[at - 1].value_end] + text[entry.value_end :]
    return text[: entry.start].rstrip() + text[entry.value_end :].lstrip()


def _into_inline(text: str, table: Statement, keys: Path, value: Value) -> str:
    entry = f"{key_text(*keys)} = {value_text(value)}"
    if table.inner:
        last = table.inner[-1].value_end
        return f"{text[:last]}, {entry}{text[last:]}"
    return f"{text[: table.value_start]}{{ {entry} }}{text[table.value_end :]}"


def _placed_in(
    text: str, statements: Sequence[Statement], where: Path, depth: int, value: Value
) -> Iterator[str]:
    """Ways to write `value` into the table at `where[:depth]`, which may not be there."""
    table, keys = where[:depth], where[depth:]
    for entry in _entries(statements):
        if entry.path == table and not entry.is_header and _is_inline(text, entry):
            yield _into_inline(text, entry, keys, value)
    for at, statement in enumerate(statements):
        if statement.kind == "table" and statement.path == table:
            if len(keys) > 1:
                yield _with_subtable(text, statements, table, where, value)
            last = _last_of_block(statements, at)
            yield _with_line(text, last, key_text(*keys), value)
    dotted = [
        statement
        for statement in statements
        if statement.kind == "key" and _is_within(statement.path, table) and len(statement.table) < depth
    ]
    if dotted:
        yield _with_line(text, dotted[-1], key_text(*where[len(dotted[-1].table) :]), value)
    below = next((found for found in statements if found.is_header and _is_within(found.path, table)), None)
    if below is not None and below.path != table and depth > 1:
        newline = _newline(text)
        block = _block(table, {keys[0]: _nested(keys[1:], value)}, newline) + newline
        yield text[: below.start] + block + text[below.start :]


def _nested(keys: Path, value: Any) -> Any:
    for key in reversed(keys):
        value = {key: value}
    return value


def _with_subtable(text: str, statements: Sequence[Statement], table: Path, where: Path, value: Value) -> str:
    """The text with a new table for `where` behind the last one of the family of `table`."""
    at = max(i for i, found in enumerate(statements) if found.is_header and _is_within(found.path, table))
    last = _last_of_block(statements, at)
    newline = _newline(text)
    head = text[: last.end] if text[: last.end].endswith("\n") else text[: last.end] + newline
    block = newline + _block(where[:-1], {where[-1]: value}, newline)
    return head + block + text[last.end :]


def _last_of_block(statements: Sequence[Statement], at: int) -> Statement:
    """The last statement under the header at `at`, which may be the header itself."""
    while at + 1 < len(statements) and not statements[at + 1].is_header:
        at += 1
    return statements[at]


def _with_line(text: str, after: Statement, key: str, value: Value) -> str:
    """The text with a new line behind a statement, indented as that is."""
    newline = _newline(text)
    line = text[after.start : after.end]
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    entry = f"{indent}{key} = {value_text(value)}"
    if line.endswith("\n"):
        return f"{text[: after.end]}{entry}{newline}{text[after.end :]}"
    return f"{text[: after.end]}{newline}{entry}{text[after.end :]}"
