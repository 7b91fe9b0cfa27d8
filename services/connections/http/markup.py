"""What a web page says, without its markup. Linear in its length, whatever is opened and never closed."""

from __future__ import annotations

import re
from typing import Final

__all__ = ("words",)

_UPPER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
"""ASCII alone: with it a text keeps its length."""
_UNSAID: Final = re.compile(r"<(?:(?:script|style|head)\b|!--)")


def words(page: str) -> str:
    """The title of a page, or what is left without tags, comments, scripts and styles."""
    lower = page.translate(_UPPER)
    return _title(page, lower) or _without_markup(page, lower)


def _title(page: str, lower: str) -> str:
    opened = lower.find("<title")
    start = lower.find(">", opened) + 1 if opened >= 0 else 0
    end = lower.find("</title", start) if start else -1
    return page[start:end].strip() if end >= 0 else ""


def _without_markup(page: str, lower: str) -> str:
    kept: list[str] = []
    unclosed: set[str] = set()
    position = 0
    while (start := page.find("<", position)) >= 0:
        end = _end(lower, start, unclosed)
        if end < 0:
            break
        kept += page[position:start], " "
        position = end
    return "".join(kept) + page[position:]


def _end(lower: str, start: int, unclosed: set[str]) -> int:
    """Where the markup that begins here is over, or -1; what was not closed once is not looked for again."""
    if unsaid := _UNSAID.match(lower, start):
        closing = "-->" if unsaid[0] == "<!--" else f"</{unsaid[0][1:]}"
        closed = -1 if closing in unclosed else lower.find(closing, unsaid.end())
        if closed >= 0:
            return lower.find(">", closed) + 1 or len(lower)
        unclosed.add(closing)
    return lower.find(">", start) + 1 or -1
