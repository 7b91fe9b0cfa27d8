"""Markdown cut into blocks as it streams in, so that only the last of them is ever drawn again.

A block ends where Markdown lets one be read without what comes before it: a blank line, a heading, an item of
a list, the fence of a code block. What grows without such a place (a long code block, a table) is cut
after so many characters, and the rest is `joined` to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

__all__ = ("MarkdownBlock", "MarkdownStream", "markdown_blocks")

_MOST: Final = 4_000
"""Characters of a block: about what is drawn within 10 ms."""
_MOST_LINES: Final = 40
"""Lines of a code block or a table that are drawn as one."""

_FENCE: Final = re.compile(r"( {0,3})(`{3,}|~{3,})(.*)")
_HEADING: Final = re.compile(r" {0,3}#{1,6}(\s|$)")
_BULLET: Final = re.compile(r" ?[-*+]\s")
_NUMBER: Final = re.compile(r" ?\d{1,9}[.)]\s")
_DELIMITER: Final = re.compile(r"[ |:-]*-[ |:-]*")


@dataclass(frozen=True, slots=True)
class MarkdownBlock:
    """A piece of Markdown that is drawn by itself."""

    source: str
    """As it came, line ends included; all blocks together are the text."""
    drawn: str
    """What of it is drawn: code without its fences, the rest of a table under its head."""
    code: str | None = None
    """The info string of the code block it is a piece of; None for any other."""
    joined: bool = False
    """No blank row stands between the block before and this one."""


class MarkdownStream:
    """Takes text as it comes; `blocks` is all of it, those that are finished being the same objects."""

    def __init__(self) -> None:
        self._done: list[MarkdownBlock] = []
        self._open = _Open()
        self._closing: re.Pattern[str] | None = None
        """What closes the code block that is open."""
        self._margin = 0
        """Blanks before its fence, which its lines have too."""
        self._blank = False
        self._partial: list[str] = []
        """What there is of a line that has not ended."""
        self._partial_size = 0

    @property
    def blocks(self) -> tuple[MarkdownBlock, ...]:
        """All of the text so far."""
        partial = "".join(self._partial)
        closes = self._closing is not None and self._closing.fullmatch(partial)
        last = self._open.block(partial, "" if closes else self._unindented(partial))
        return (*self._done, last) if last is not None else tuple(self._done)

    def add(self, text: str) -> None:
        """More text."""
        *lines, rest = text.split("\n")
        for line in lines:
            self._push_partial(line)
            self._line(self._taken())
        if rest:
            self._push_partial(rest)

    def end(self) -> None:
        """That was all: a line that has not ended does now."""
        if self._partial:
            self._line(self._taken(), "")

    def _push_partial(self, text: str) -> None:
        """More of a line; one that does not end becomes blocks, cut at blanks."""
        self._partial.append(text)
        self._partial_size += len(text)
        while self._partial_size > _MOST:
            whole = self._taken()
            place = whole.rfind(" ", _MOST // 2, _MOST) + 1 or _MOST
            self._open.push(whole[:place])
            self._finish(_Open(code=self._open.code, joined=True, head=self._open.table_head))
            self._partial, self._partial_size = [whole[place:]], len(whole) - place

    def _taken(self) -> str:
        whole, self._partial, self._partial_size = "".join(self._partial), [], 0
        return whole

    def _line(self, line: str, end: str = "\n") -> None:
        if self._closing is not None:
            self._code_line(line, end)
            return
        opening = _FENCE.fullmatch(line)
        if opening and not (opening[2][0] == "`" and "`" in opening[3]):
            self._finish(_Open(code=opening[3].strip()))
            self._closing = re.compile(rf" *{re.escape(opening[2][0])}{{{len(opening[2])},}}\s*")
            self._margin = len(opening[1])
            self._open.push(line + end, "")
            return
        if self._begins(line):
            self._finish(_Open(joined=_is_item(line) and self._in_list and not self._blank))
        self._blank = not line.strip()
        self._open.push(line + end)
        if _HEADING.match(line):
            self._finish(_Open())
        elif self._open.is_long and not self._blank:
            self._finish(_Open(joined=True, head=self._open.table_head))

    def _code_line(self, line: str, end: str) -> None:
        assert self._closing is not None
        if self._closing.fullmatch(line):
            self._open.push(line + end, "")
            self._finish(_Open())
            self._closing, self._margin, self._blank = None, 0, False
            return
        self._open.push(line + end, self._unindented(line) + end)
        if self._open.is_long:
            self._finish(_Open(code=self._open.code, joined=True))

    def _unindented(self, line: str) -> str:
        return line[self._margin :] if line[: self._margin].isspace() else line

    @property
    def _in_list(self) -> bool:
        return _is_item(self._open.first)

    def _begins(self, line: str) -> bool:
        """Whether a new block begins with this line."""
        if not self._open.first or not line.strip():
            return False
        if _HEADING.match(line) or _BULLET.match(line):
            return True
        if _NUMBER.match(line) and (self._in_list or self._blank or line.lstrip().startswith("1")):
            return True
        return self._blank and not (self._in_list and line[:1].isspace())

    def _finish(self, then: _Open) -> None:
        block = self._open.block()
        if block is not None:
            self._done.append(block)
        self._open = then


class _Open:
    """The block that is not finished."""

    def __init__(self, code: str | None = None, *, joined: bool = False, head: str = "") -> None:
        self.code = code
        self.head = head
        """The head of the table that this is a later piece of."""
        self.first = ""
        self._joined = joined
        self._source: list[str] = []
        self._drawn: list[str] = []
        self._size = 0

    @property
    def is_long(self) -> bool:
        """Whether it grew too long for being drawn again and again."""
        return self._size > _MOST or len(self._source) > _MOST_LINES

    @property
    def table_head(self) -> str:
        """The two lines that begin its table; empty where it is none."""
        if self.head:
            return self.head
        head = self._source[:2]
        is_table = len(head) == 2 and "|" in head[0] and _DELIMITER.fullmatch(head[1].strip("\n"))
        return "".join(head) if is_table else ""

    def push(self, source: str, drawn: str | None = None) -> None:
        """One more line."""
        self.first = self.first or source
        self._source.append(source)
        self._drawn.append(source if drawn is None else drawn)
        self._size += len(source)

    def block(self, partial: str = "", drawn: str = "") -> MarkdownBlock | None:
        """It as a value, with what there is of its next line; None when nothing is there."""
        source = "".join((*self._source, partial))
        if not source:
            return None
        return MarkdownBlock(source, "".join((self.head, *self._drawn, drawn)), self.code, self._joined)


def _is_item(line: str) -> bool:
    return bool(_BULLET.match(line) or _NUMBER.match(line))


def markdown_blocks(text: str) -> tuple[MarkdownBlock, ...]:
    """A whole text in blocks."""
    stream = MarkdownStream()
    stream.add(text)
    stream.end()
    return stream.blocks
