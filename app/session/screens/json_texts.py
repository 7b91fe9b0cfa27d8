"""Which texts are shown as JSON to look through, and how they are read."""

from __future__ import annotations

from typing import Final

from widgets.views.json_content import JsonContent

__all__ = ("json_at_once", "json_later", "looks_like_json", "may_be_json")

_AT_ONCE: Final = 1 << 20
"""Characters of a text that is read before the screen opens, about 10 ms; longer ones are read after it."""
_MOST: Final = 32 << 20
"""Characters of a text that is read at all: as a value it takes about ten times as much memory."""


def json_at_once(content: object) -> JsonContent | None:
    """The value of a short text; None for any other text, and for one that is no object or array."""
    if not isinstance(content, str) or len(content) > _AT_ONCE or not looks_like_json(content):
        return None
    from services.results.repeated import parsed

    return _content(parsed(content))


def may_be_json(text: str) -> bool:
    """Whether a longer text is worth being read."""
    return _AT_ONCE < len(text) <= _MOST and looks_like_json(text)


async def json_later(text: str) -> JsonContent | None:
    """As `json_at_once` for a longer text, read in a thread."""
    from services.connections.messages.frames import parse_big_text

    return _content(await parse_big_text(text))


def looks_like_json(text: str) -> bool:
    """Whether it begins and ends like an object or an array."""
    return text[:200].lstrip()[:1] + text[-200:].rstrip()[-1:] in ("{}", "[]")


def _content(value: object) -> JsonContent | None:
    return JsonContent(value) if isinstance(value, dict | list) else None
