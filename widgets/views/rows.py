"""The rows a cell is drawn as: what stands in each, not yet how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rich.segment import Segment

    from widgets.picture import Drawable
    from widgets.pixels import CellSize
    from widgets.views.wrapping import Slice

__all__ = ("GUTTER", "LOOK", "MARGIN", "Excerpt", "MarkdownLine", "PictureLine", "Row", "Space", "Span")

GUTTER = 3
"""Columns before the text: the bar of the selected cell, the glyph, a blank."""
MARGIN = 1
"""Columns after the text."""
LOOK = "look"
"""The key of the `meta` of a style in Markdown that is laid out: which look it has."""


class Span(NamedTuple):
    """Text in one style; a style is the last part of a component class of the history."""

    text: str
    style: str = "plain"


class Space(NamedTuple):
    """The room there is to draw in."""

    width: int = 80
    picture_rows: int = 16
    pictures: bool = True
    """Pictures are drawn; else a line says that one is there."""
    cell: CellSize | None = None
    """The size of a cell in pixels, where pictures are drawn in them."""

    @property
    def text_width(self) -> int:
        """Columns between the gutter and the margin."""
        return max(self.width - GUTTER - MARGIN, 1)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A row of a long text: coloured only when it is drawn."""

    text: str
    place: Slice
    style: str = "plain"
    json: bool = False


@dataclass(frozen=True, slots=True)
class PictureLine:
    """One row of a picture that takes `columns` by `rows` cells."""

    picture: Drawable
    columns: int
    rows: int
    row: int


@dataclass(frozen=True, slots=True)
class MarkdownLine:
    """A row of Markdown, laid out; its looks are resolved only when it is drawn."""

    segments: tuple[Segment, ...]


_BLANK = Span(" ")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a cell."""

    body: tuple[Span, ...] | Excerpt | MarkdownLine | PictureLine = ()
    glyph: Span = _BLANK
    right: tuple[Span, ...] = ()
    target: int | None = None
    """The target that this row belongs to."""
    folds: bool = False
    """A click here unfolds or folds the cell."""
    live: bool = False
    """The head of a running call: drawn from the clock each time."""

    @property
    def text(self) -> str:
        """What stands in the row, without its right edge."""
        match self.body:
            case Excerpt(text, place):
                return text[place.start : place.end]
            case PictureLine():
                return ""
            case MarkdownLine(segments):
                return "".join(segment.text for segment in segments)
            case spans:
                return "".join(span.text for span in spans)
