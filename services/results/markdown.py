"""Whether a text that names no type is Markdown: only where it says so twice, and nothing else speaks."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ("looks_like_markdown",)

_LOOKED_AT: Final = 8_000
"""Characters."""
_FENCE: Final = re.compile(r" {0,3}(```+|~~~+)([^`]*)")
_DELIMITER: Final = re.compile(r"[ |:-]*-[ |:-]*")
_HEADING: Final = re.compile(r"#{1,6} \S")
_ITEM: Final = re.compile(r" {0,3}(?:[-*+]|\d{1,3}[.)]) \S")
_STRONG: Final = re.compile(r"(?<![\w*])\*\*(?=\S)[^*]{1,200}(?<=\S)\*\*(?![\w*])")
_LINK: Final = re.compile(r"!?\[[^\[\]]{1,200}\]\((?:https?:|/|#|\.)[^)\s]{0,500}\)")
_CODE: Final = re.compile(r"(?<!`)`[^`]{1,200}`(?!`)")
_SETTING: Final = re.compile(r"[ \t]*[\w.\"'-]{1,80}[ \t]*[:=](?:\s|$)")
_STATEMENT: Final = re.compile(r"[ \t]*(?:def|class|import|from|return|if|for|while|function|const|let)\b")
_PROGRAM: Final = ("#!", "<", "{", "[{", "diff ", "--- ", "Traceback")


def looks_like_markdown(text: str) -> bool:
    """By the beginning of the text: code blocks and tables say it at once, other marks only in twos."""
    head = text[:_LOOKED_AT]
    if head.lstrip().startswith(_PROGRAM):
        return False
    lines = [line for line in head.split("\n") if line.strip()]
    prose = list(_outside_code(lines))
    if len(prose) < len(lines) or _has_table(lines):
        return True
    code = sum(map(_is_code, lines))
    if code * 4 > len(lines):
        return False
    marks = (
        any(map(_HEADING.match, lines)),
        sum(bool(_ITEM.match(line)) for line in lines) > 1,
        any(map(_STRONG.search, lines)),
        any(map(_LINK.search, lines)),
        any(map(_CODE.search, lines)),
    )
    return sum(marks) >= 2


def _outside_code(lines: Sequence[str]) -> Iterator[str]:
    """The lines that stand in no code block; one that is never closed is none."""
    fence, held = "", list[str]()
    for line in lines:
        found = _FENCE.fullmatch(line)
        if fence:
            held.append(line)
            if found and found[1].startswith(fence) and not found[2].strip():
                fence, held = "", []
        elif found:
            fence, held = found[1], [line]
        else:
            yield line
    yield from held


def _has_table(lines: Sequence[str]) -> bool:
    return any(
        "|" in head and "|" in line and _DELIMITER.fullmatch(line) and head.count("|") == line.count("|")
        for head, line in pairwise(lines)
    )


def _is_code(line: str) -> bool:
    """A setting of a configuration file, or a line of a program."""
    return line.rstrip().endswith((";", "{", "}")) or bool(_SETTING.match(line) or _STATEMENT.match(line))
