"""The YAML frontmatter of a SKILL.md, and how it differs from what was listed of it.

YAML has had several rules for words without quotes, and languages read dates their own way: such a word
may stand for whatever one of those makes of it. Everything else must be the same.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from services.text import one_line
from services.yaml_text import YamlError, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("NoFrontmatter", "body_of", "discrepancy", "frontmatter_of")

_OPENED: Final = re.compile(r"\ufeff?---[ \t]*\r?\n")
_CLOSED: Final = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
_SWITCHES: Final = {"yes": True, "on": True, "y": True, "no": False, "off": False, "n": False}
_OCTAL: Final = re.compile(r"0[0-7]+")
_GROUPED: Final = re.compile(r"[-+]?[0-9][0-9_]*")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d.*")


class NoFrontmatter(ValueError):
    """The text has no frontmatter that can be read; says why in one line."""


@dataclass(frozen=True, slots=True)
class _Plain:
    """A word without quotes."""

    text: str
    value: Any
    """As YAML 1.2 reads it."""


def frontmatter_of(text: str) -> dict[str, Any]:
    """The frontmatter of a text, words without quotes left open for `discrepancy`. Raises NoFrontmatter."""
    opened, closed = _edges(text)
    try:
        read = parse(text[opened:closed], plain=_Plain)
    except YamlError as error:
        raise NoFrontmatter(f"its frontmatter cannot be read: {error}") from error
    if not isinstance(read, dict):
        raise NoFrontmatter("its frontmatter is no mapping")
    return read


def body_of(text: str) -> str:
    """What stands below the frontmatter; the whole text where it has none."""
    try:
        _, closed = _edges(text)
    except NoFrontmatter:
        return text
    return text[closed:].partition("\n")[2].lstrip("\n")


def discrepancy(read: dict[str, Any], listed: dict[str, Any]) -> str:
    """The first field in which the two differ, in one line; empty where they are the same."""
    return next(_differences("frontmatter", read, listed), "")


def _edges(text: str) -> tuple[int, int]:
    opened = _OPENED.match(text)
    closed = _CLOSED.search(text, opened.end()) if opened is not None else None
    if opened is None or closed is None:
        raise NoFrontmatter("it has no frontmatter between two lines of ---")
    return opened.end(), closed.start()


def _differences(where: str, read: Any, listed: Any) -> Iterator[str]:
    if isinstance(read, dict) and isinstance(listed, dict):
        for key in dict.fromkeys((*listed, *read)):
            place = f"{where}.{one_line(str(key), 80)}"
            if key not in read:
                yield f"{place} is listed, the file has none"
            elif key not in listed:
                yield f"{place} is not listed, the file has one"
            else:
                yield from _differences(place, read[key], listed[key])
    elif isinstance(read, list) and isinstance(listed, list) and len(read) == len(listed):
        for index, (one, other) in enumerate(zip(read, listed, strict=True)):
            yield from _differences(f"{where}[{index}]", one, other)
    elif not _same(read, listed):
        yield f"{where} is {_shown(read)}, listed is {_shown(listed)}"


def _same(read: Any, listed: Any) -> bool:
    if not isinstance(read, _Plain):
        return type(read) is type(listed) and bool(read == listed)
    if any(_equal(reading, listed) for reading in _readings(read)):
        return True
    when = _instant(read.text) if _DATE.fullmatch(read.text) and isinstance(listed, str) else None
    return when is not None and when == _instant(listed)


def _equal(value: Any, listed: Any) -> bool:
    return isinstance(value, bool) is isinstance(listed, bool) and bool(value == listed)


def _readings(plain: _Plain) -> Iterator[Any]:
    """What the rules of YAML 1.1 and 1.2 make of a word."""
    yield plain.value
    word = plain.text.lower()
    if word in _SWITCHES:
        yield _SWITCHES[word]
    elif _OCTAL.fullmatch(plain.text):
        yield int(plain.text, 8)
    elif "_" in plain.text and _GROUPED.fullmatch(plain.text) and len(plain.text) < 100:
        yield int(plain.text.replace("_", ""))


def _instant(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


def _shown(value: Any) -> str:
    given = value.value if isinstance(value, _Plain) else value
    kind = "a mapping" if isinstance(given, dict) else "a list" if isinstance(given, list) else ""
    return kind or one_line(json.dumps(given, ensure_ascii=False), 80)
