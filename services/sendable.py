"""What of a value cannot travel as JSON in UTF-8 (RFC 8259), told before anything is sent."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ("DEEPEST", "plain_copy", "unsendable")

DEEPEST: Final = 200
"""Levels of lists and objects; what writes our messages ends at 250 and some."""
_LONGEST_INTEGER: Final = 4_300
"""Digits that Python writes; a whole number of so many bits has more."""
_MOST_BITS: Final = int(_LONGEST_INTEGER * math.log2(10))

_PLAIN_LEVELS: Final = DEEPEST // 2
"""Levels below which nobody need count what a message puts around a value."""

_Path = tuple[Any, ...]
"""The path of the value around, and the step from there: a name or a place; nothing for the whole."""


def unsendable(value: object) -> tuple[tuple[str | int, ...], str] | None:
    """Where in the value something stands that cannot be sent, and what; None for what can.

    Models of pydantic are looked into. Cost is linear; nesting of any depth is taken.
    """
    waiting: list[tuple[object, _Path, int]] = [(value, (), 1)]
    while waiting:
        item, path, depth = waiting.pop()
        if reason := _reason(item) or ("it is nested too deeply" if depth > DEEPEST + 1 else ""):
            return _steps(path)[:8], reason
        for step, inner in _inside(item):
            if isinstance(step, str) and (reason := _of_text(step)):
                return _steps(path)[:8], f"a name in it holds {reason}"
            waiting.append((inner, (path, step), depth + 1))
    return None


class _NotPlain(Exception):
    """Something is no JSON just as it stands; whether it can be sent is not said."""


def plain_copy(content: Mapping[str, Any]) -> dict[str, Any] | None:
    """A copy of what is JSON just as it stands, which most arguments are; None for what may not be.

    A fifth of what `unsendable` costs: no path is kept, and no subclass or model is looked into.
    """
    try:
        return {_plain_name(name): _plain(value, 1) for name, value in content.items()}
    except _NotPlain:
        return None


def _plain(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind is str:
        if value.isascii() or not _of_text(value):
            return value
    elif kind is bool or value is None:
        return value
    elif kind is int:
        if value.bit_length() <= _MOST_BITS:
            return value
    elif kind is float:
        if math.isfinite(value):
            return value
    elif kind is dict and depth < _PLAIN_LEVELS:
        return {_plain_name(name): _plain(inner, depth + 1) for name, inner in value.items()}
    elif kind is list and depth < _PLAIN_LEVELS:
        return [_plain(inner, depth + 1) for inner in value]
    raise _NotPlain


def _plain_name(name: Any) -> str:
    if type(name) is str and (name.isascii() or not _of_text(name)):
        return name
    raise _NotPlain


def _inside(item: object) -> Iterator[tuple[str | int, object]]:
    if isinstance(item, dict):
        yield from item.items()
    elif isinstance(item, list | tuple):
        yield from enumerate(item)
    elif hasattr(item, "__pydantic_fields_set__"):
        yield from vars(item).items()
        yield from (getattr(item, "__pydantic_extra__", None) or {}).items()


def _reason(item: object) -> str:
    match item:
        case str():
            reason = _of_text(item)
            return f"it holds {reason}" if reason else ""
        case float() if not math.isfinite(item):
            return "JSON has no such number" if math.isnan(item) else "it is too large a number"
        case int() if item.bit_length() > _MOST_BITS:
            return f"it is a number of more than {_LONGEST_INTEGER:,} digits"
    return ""


def _of_text(text: str) -> str:
    """What in the text has no form in UTF-8, in words; empty where nothing."""
    if text.isascii():
        return ""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        if 0xDC80 <= code <= 0xDCFF:  # surrogateescape (PEP 383): a byte of the command line
            return f"the byte 0x{code - 0xDC00:02X}, which is not UTF-8 text"
        return f"half a character (U+{code:04X}), which no text can"
    return ""


def _steps(path: _Path) -> tuple[str | int, ...]:
    found: list[str | int] = []
    while path:
        path, step = path
        found.append(step if isinstance(step, int) else one_line(step, 60))
    return tuple(reversed(found))
