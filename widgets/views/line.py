"""A line of text to draw, and where it breaks when the room is too narrow for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, chop_cells
from textual.content import Span
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.content import Content
    from textual.style import Style

__all__ = ("Line", "break_points", "drawn", "plain_lines")

_SPACES = re.compile(" *")
_WORD = re.compile(r"\S+\s*|\s+")


class Line(NamedTuple):
    """One line of text before wrapping; `text` holds no line break and is printable."""

    text: str = ""
    spans: tuple[Span, ...] = ()
    indent: int = 0
    """Columns that the continuation of a wrapped line is moved in."""

    @classmethod
    def of(cls, *parts: str | tuple[str, str], indent: int = 0) -> Line:
        """A line of parts, each plain or with a style."""
        text, spans = "", []

        for part in parts:
            piece, style = (part, "") if isinstance(part, str) else part
            piece = piece.replace("\n", " ")

            if style and piece:
                spans.append(Span(len(text), len(text) + len(piece), style))

            text += piece

        return cls(text, tuple(spans), indent)


def plain_lines(text: str, style: str = "", indent: int = 0) -> list[Line]:
    """Text with line breaks as lines, all in one style, continuations as far in as the line itself."""
    return [
        Line.of((" " * indent + line, style), indent=indent + len(line) - len(line.lstrip(" ")))
        for line in text.split("\n")
    ]


def drawn(content: Content, width: int, style: Style) -> Strip:
    """One line of content, exactly as wide as it should be.

    Less than half the cost of `Visual.to_strips`, which wraps, looks for links and marks every offset.
    """
    strip = Strip(content.render_segments(style), content.cell_length)
    return strip.adjust_cell_length(max(width, 0), style.rich_style)


def break_points(text: str, width: int, indent: int = 0) -> list[int]:
    """Where to break a text so that it fits the width: between words, inside a word only when it must be.

    The rows after the first have `indent` columns less. Linear in the length of the text: for the
    short lines of lists and details. `widgets.views.wrapping` breaks texts of any length, no further
    than they are looked at, and has no indent but a line's own.
    """
    if text.isascii():
        return _ascii_points(text, max(width, 1), max(width - indent, 1)) if len(text) > width else []

    return _points(text, max(width, 1), max(width - indent, 1)) if cell_len(text) > width else []


def _ascii_points(text: str, room: int, later: int) -> list[int]:
    points: list[int] = []
    start = 0

    while len(text) - start > room:
        space = text.rfind(" ", start + 1, start + room + 1)

        if space < 0 or text[start:space].isspace():
            start += room
        else:
            start = _SPACES.match(text, space).end()  # type: ignore[union-attr]

        if start < len(text):
            points.append(start)
            room = later

    return points


def _points(text: str, room: int, later: int) -> list[int]:
    points: list[int] = []

    for word in _WORD.finditer(text):
        start, bare = word.start(), word[0].rstrip()
        cells = cell_len(bare)

        if cells > room and start > (points[-1] if points else 0):
            points.append(start)
            room = later

        # Even alone in its row the word may be too long: it is cut between characters.
        for piece in chop_cells(bare, min(room, later))[:-1] if cells > room else ():
            if piece:
                start += len(piece)
                points.append(start)
                room = later

        room -= cell_len(text[start : word.end()])

    return points
