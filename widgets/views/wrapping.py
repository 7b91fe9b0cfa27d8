"""Breaking text into rows by cells, and only as much of it as is asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import get_character_cell_size, split_graphemes

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("MEASURED", "Slice", "content_end", "cut", "wrap")

_SPACES = re.compile(" *")
_NARROW = re.compile("[ -~\xa0-\xac\xae-\u02ff\u0370-\u0482\u2010-\u2027\u2500-\u25fc\u2800-\u28ff]*")
"""Text in which each character takes one cell, whatever stands next to it."""

_MARKS = 8
"""Characters a cell may hold before a row is broken anyway: combining marks pile up without end."""

MEASURED = 30_000
"""Characters measured one by one in one text, some 30 ms; the rows end there."""

_JOINERS = re.compile("[\u200d\ufe0f]")
"""What makes the width of a character depend on its neighbours."""


class Slice(NamedTuple):
    """One row of wrapped text: `text[start:end]` after `indent` blank cells, of the source line at `line`."""

    line: int
    start: int
    end: int
    indent: int = 0


def wrap(
    text: str, width: int, limit: int, start: int = 0, stop: int | None = None, *, measured: int = MEASURED
) -> list[Slice]:
    """The first rows of `text[start:stop]`, at most `limit`, broken between words, in one when it must be.

    The rows that continue a line are moved in as far as the line itself. The cost follows
    the rows that come out, not the length of the text; after `measured` characters of uneven
    width the rows end early.
    """
    rows: list[Slice] = []
    breaker = _Breaker(text, measured)
    stop = len(text) if stop is None else stop
    width = max(width, 1)

    while len(rows) < limit:
        # Beyond this a line cannot matter: every row but a broken-off one uses up `width` cells.
        far = min(stop, start + (limit - len(rows)) * width * _MARKS)
        end = text.find("\n", start, far)
        breaker.wrap_line(start, far if end < 0 else end, width, limit, rows)

        if end < 0 or breaker.measured >= measured:
            break

        start = end + 1

    return rows


def cut(text: str, width: int) -> str:
    """One line of text, cut to fit the width; an ellipsis says so."""
    head = text[: max(width, 0) * _MARKS + 1].replace("\n", " ")

    if _NARROW.fullmatch(head):
        return head if len(head) <= width else head[: max(width - 1, 0)] + "…" * (width > 0)

    end, cells = 0, 0

    for _, stop, size in split_graphemes(head)[0]:
        cells += size

        if cells > width:
            return head[:end] + "…" * (width > 0)

        if cells < width:
            end = stop

    return head


def content_end(text: str) -> int:
    """Where a text ends when the blank lines after it are not counted."""
    end = len(text)

    while end and end > len(text) - 1024 and text[end - 1] in " \n":
        end -= 1

    return end


class _Breaker:
    """Finds where rows end; counts the characters that had to be measured one by one."""

    def __init__(self, text: str, most: int) -> None:
        self.text, self.most = text, most
        self.measured = 0

    def wrap_line(self, start: int, end: int, width: int, limit: int, rows: list[Slice]) -> None:
        """Add the rows of the source line `text[start:end]` until there are `limit`."""
        text, line = self.text, start
        first = _spaces_end(text, start, end)
        # Room is left for the widest character, or a row that continues would not fit.
        hang = min(first - start, width // 2, max(width - 2, 0))
        indent, room = 0, width

        while len(rows) < limit and self.measured < self.most:
            near = min(start + room + 1, end)

            if not _NARROW.fullmatch(text, start, near):
                stop, after = self._wide_break(start, end, room, first)
            elif near - start <= room:
                stop = after = end
            else:
                stop, after = self._narrow_break(start, end, room, first)

            rows.append(Slice(line, start, stop, indent))

            if after >= end:
                return

            start = first = after
            indent, room = hang, width - hang

    def _narrow_break(self, start: int, end: int, room: int, first: int) -> tuple[int, int]:
        """Where the row that begins at `start` ends, and where the next one begins."""
        space = self.text.rfind(" ", first + 1, start + room + 1)
        return (start + room, start + room) if space < 0 else self._at_space(start, space, end)

    def _wide_break(self, start: int, end: int, room: int, first: int) -> tuple[int, int]:
        """The same for text whose characters differ in width."""
        text, cells, forced, space, wide = self.text, 0, start, -1, False

        for left, right, size in self._graphemes(start, min(end, start + room * _MARKS), room):
            if text[left] == " " and left > first:
                space = left
            elif left > first and (size == 2 or wide):
                # Scripts written without spaces break between any two of their characters.
                space = left

            cells += size

            if cells > room:
                # A character wider than the whole row stands there alone.
                forced = right if left == start else forced
                return (forced, forced) if space < 0 else self._at_space(start, space, end)

            forced, wide = right, size == 2

        return forced, forced

    def _at_space(self, start: int, space: int, end: int) -> tuple[int, int]:
        return start + len(self.text[start:space].rstrip(" ")), _spaces_end(self.text, space, end)

    def _graphemes(self, start: int, stop: int, room: int) -> Iterator[tuple[int, int, int]]:
        """Start, end and width of each grapheme, without looking further than is asked for."""
        text = self.text

        if _JOINERS.search(text, start, stop):
            # Mostly twice as many characters as there is room fill the row; else all of them are looked at.
            for most in (start + 2 * room + 8, stop):
                graphemes, cells = split_graphemes(text[start : min(most, stop)])
                self.measured += 4 * (min(most, stop) - start)

                if cells > room + 2 or most >= stop:
                    yield from ((start + left, start + right, size) for left, right, size in graphemes)
                    return

        left, size = start, 0

        for place in range(start, stop):
            cells = get_character_cell_size(text[place])
            self.measured += 1

            if cells and place > left:
                yield left, place, size
                left, size = place, 0

            size += cells

        if left < stop:
            yield left, stop, size


def _spaces_end(text: str, start: int, end: int) -> int:
    match = _SPACES.match(text, start, end)
    return match.end() if match else start
