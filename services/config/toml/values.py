"""Values as TOML text: what an edit puts into the file."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ("Value", "key_text", "quoted", "value_text")

Value = str | bool | int | float | list["Value"] | tuple["Value", ...] | Mapping[str, "Value"]
"""What the tables of config.toml are made of."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPED = re.compile(r'["\\\x00-\x1f\x7f]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def quoted(text: str) -> str:
    """`text` as a basic string."""
    return '"' + _ESCAPED.sub(lambda match: _SHORT.get(match[0]) or f"\\u{ord(match[0]):04X}", text) + '"'


def key_text(*path: str) -> str:
    """A key, dotted where `path` has several parts; each bare where TOML allows it, quoted otherwise."""
    return ".".join(part if _BARE.fullmatch(part) else quoted(part) for part in path)


def value_text(value: Value) -> str:
    """`value` as TOML, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        entries = ", ".join(
            f"{key_text(key)} = {value_text(entry)}" for key, entry in value.items() if entry is not None
        )
        return f"{{ {entries} }}" if entries else "{}"
    return "[" + ", ".join(value_text(entry) for entry in value) + "]"
