"""Text of servers as a model may read it: nothing hidden from the person who reads along, and bounded."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from services.text import printable

__all__ = ("Cleaned", "clean", "clean_schema", "cut", "tokens")

_ESCAPES: Final = re.compile(
    "\x1b(?:\\[[0-?]{0,256}[ -/]{0,16}[@-~]|\\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\\\)?)"
)
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\ufe00-\ufe0e\U000e0000-\U000e0fff\U000e0100-\U000e01ef]"
)
"""What no terminal shows but a model reads: tags, bidirectional overrides, variation selectors, controls.

U+200C, U+200D and U+FE0F stay: scripts and emoji need them.
"""

_TEXT_KEYS: Final = frozenset(("description", "title", "$comment"))
_DEEPEST: Final = 32
_TEXT_IN_SCHEMA: Final = 1_000


class Cleaned(NamedTuple):
    """A text without what is hidden in it, and how many characters that were."""

    text: str
    hidden: int = 0


def clean(text: str) -> Cleaned:
    """A text as it came, tabs and all, without escapes and characters that nobody sees."""
    plain, escapes = _ESCAPES.subn("", text) if "\x1b" in text else (text, 0)
    shown, hidden = _HIDDEN.subn("", plain)
    return Cleaned(shown, escapes + hidden)


def cut(text: str, limit: int) -> str:
    """At most `limit` characters of a printable text, with a word when some were left out."""
    text = printable(text).strip()
    return text if len(text) <= limit else f"{text[:limit].rstrip()} […{len(text) - limit} more characters]"


def tokens(text: str | int) -> int:
    """About how many tokens a text, or a number of its bytes, is: providers count 3 to 5 bytes each."""
    size = (
        text if isinstance(text, int) else len(text) if text.isascii() else len(text.encode(errors="replace"))
    )
    return -(-size // 4)


def clean_schema(schema: Any, depth: int = 0) -> Any:
    """A JSON Schema of a server with its texts cleaned and bounded; what it says of values stays."""
    if depth > _DEEPEST:
        return {}
    if isinstance(schema, list):
        return [clean_schema(each, depth + 1) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: cut(clean(value).text, _TEXT_IN_SCHEMA)
        if key in _TEXT_KEYS and isinstance(value, str)
        else clean_schema(value, depth + 1)
        for key, value in schema.items()
    }
