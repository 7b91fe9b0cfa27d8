"""From a cell to its rows, at a width, folded or not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING

from rich.cells import cell_len

from services.amounts import byte_size
from widgets.history.cells import JsonPart, LinkPart, MarkdownPart, NotePart, PicturePart, TextPart
from widgets.history.head import glyph, head
from widgets.picture import describe, fit
from widgets.pixels import fit_pixels
from widgets.views.rows import Excerpt, MarkdownLine, PictureLine, Row, Span
from widgets.views.wrapping import Slice, content_end, cut, wrap

if TYPE_CHECKING:
    from widgets.history.cells import Cell, Part
    from widgets.picture import Drawable
    from widgets.views.markdown_blocks import MarkdownBlock
    from widgets.views.rows import Space

__all__ = ("FOLD", "INLINE", "Layout", "estimate", "lay_out")

FOLD = 8
"""Rows of one text that a folded cell shows."""
INLINE = 1000
"""Rows of one cell that are drawn when it is unfolded; the viewer shows the rest."""
ANSWER = 20_000
"""Rows of Markdown that are drawn: an answer is there to be read, and what stands in it is kept drawn."""

_PARTS = 12
"""Parts that a folded cell shows; pictures beyond them are shown all the same."""
_COUNTED = 1 << 22
"""Characters in which the hidden lines are counted; of more only the size is told."""

_GUESSED_LINE = 40
"""Characters of a line, for a text that nobody has looked at yet."""
_LONG = (TextPart, JsonPart)
_FOLDED = frozenset({"done", "failed", "resource", "prompt"})
"""What servers send folds also where it is Markdown."""

_serials = count()


@dataclass(frozen=True, slots=True)
class Layout:
    """The rows of one cell; `serial` is its own, for caches."""

    rows: tuple[Row, ...]
    foldable: bool
    """There is more than is shown folded."""
    cut_off: bool
    """Unfolded, and still not all there: the viewer has the rest."""
    serial: int

    @property
    def height(self) -> int:
        """Rows with the blank one after the cell."""
        return len(self.rows) + 1


def lay_out(cell: Cell, space: Space, *, unfolded: bool = False, fold: int = FOLD) -> Layout:
    """The rows of a cell; the cost is bounded whatever the cell holds."""
    builder = _Builder(cell, space, unfolded, _fold_of(cell, fold))
    builder.build()
    rows = builder.rows or [Row(glyph=glyph(cell))]

    if not cell.name:
        first = rows[0]
        rows[0] = Row(
            first.body, glyph(cell), first.right, first.target, first.folds, live=cell.kind == "running"
        )

    return Layout(tuple(rows), builder.foldable, builder.cut_off, next(_serials))


def _fold_of(cell: Cell, fold: int) -> int:
    """Lists and texts the person asked for may be longer than what servers send."""
    if cell.kind == "thinking":
        return min(fold, 2)
    return fold * 4 if cell.kind == "text" else fold


def estimate(cell: Cell, space: Space, fold: int = FOLD) -> int:
    """About how high a folded cell is, in next to no time: a start until it is measured."""
    fold = _fold_of(cell, fold)
    rows = 2 if cell.name else 1

    for part in cell.parts[:_PARTS]:
        if isinstance(part, _LONG):
            guess = len(part.text) // _GUESSED_LINE
            rows += guess + 1 if guess < fold else fold + 1
        elif isinstance(part, MarkdownPart):
            most = fold + 1 if cell.kind in _FOLDED or part.plain else ANSWER
            rows += min(most, sum(2 + len(block.drawn) // _GUESSED_LINE for block in part.blocks))
        elif isinstance(part, PicturePart) and part.drawn and space.pictures:
            rows += space.picture_rows
        else:
            rows += 1

    return rows


class _Builder:
    """Collects the rows of one cell, part by part."""

    def __init__(self, cell: Cell, space: Space, unfolded: bool, fold: int) -> None:
        self.cell, self.space = cell, space
        self.unfolded, self.fold = unfolded, fold
        self.width = space.text_width
        self.rows: list[Row] = []
        self.foldable = self.cut_off = False
        self._target = 0

    def build(self) -> None:
        cell = self.cell

        if cell.name:
            self._head()

        hidden = 0

        for number, part in enumerate(cell.parts):
            picture = isinstance(part, PicturePart) and part.drawn

            if (number >= _PARTS and not self.unfolded and not picture) or len(self.rows) >= INLINE:
                hidden += 1
                self._target += isinstance(part, LinkPart | PicturePart)
            else:
                self._part(part)

        if hidden or (self.unfolded and len(cell.parts) > _PARTS):
            self._more(f"{hidden} more block{'s' * (hidden != 1)}" if hidden else "")

    def _head(self) -> None:
        cell, row = self.cell, head(self.cell, self.width)
        shown = row.body[1].text[2:] if isinstance(row.body, tuple) and len(row.body) > 1 else ""

        if row.live or shown == cell.detail:
            self.rows.append(row)
            return

        self.foldable = True

        if not self.unfolded:
            self.rows.append(row)
            return

        self.rows.append(head(type(cell)(cell.kind, cell.name, right=cell.right), self.width))
        self._text(cell.detail, "dim")

    def _part(self, part: Part) -> None:
        match part:
            case TextPart(text, style):
                self._text(text, style)
            case JsonPart(text):
                self._text(text, "plain", json=True)
            case MarkdownPart(plain=True):
                self._text(part.text, "plain")
            case MarkdownPart(blocks):
                self._markdown(blocks)
            case NotePart(text, style):
                self._text(text, style)
            case LinkPart():
                self._link(part)
            case PicturePart():
                self._picture(part)

    def _text(self, text: str, style: str, *, json: bool = False) -> None:
        end = content_end(text)
        limit = INLINE - len(self.rows) if self.unfolded else self.fold
        # One row more than the fold is shown whole: the line that announces it takes a row as well.
        rows = wrap(text, self.width, limit + 2, 0, end)
        left_out = len(rows) > limit + 1 or (bool(rows) and rows[-1].end < end)

        if left_out:
            rows = rows[:limit]

        self.rows += (Row(Excerpt(text, row, style, json)) for row in rows)

        if left_out or len(rows) > self.fold + 1:
            self._more(_left(text, rows[-1], end) if left_out else "")

    def _markdown(self, blocks: tuple[MarkdownBlock, ...]) -> None:
        if self.cell.kind not in _FOLDED:
            self._answer(blocks)
            return

        begin = len(self.rows)
        limit = INLINE if self.unfolded else begin + self.fold

        for number, block in enumerate(blocks):
            self._markdown_block(block, first=number == 0)
            hidden = len(self.rows) - limit
            left = blocks[number + 1 :]

            # One row more than the fold is shown whole: the line that announces it takes a row as well.
            if hidden > 1 or (left and hidden >= 0):
                del self.rows[limit:]
                lines = max(hidden, 0) + sum(each.source.count("\n") for each in left)
                self._more(f"{lines:,} more line{'s' * (lines != 1)}")
                return

        if self.unfolded and len(self.rows) > begin + self.fold + 1:
            self._more("")

    def _answer(self, blocks: tuple[MarkdownBlock, ...]) -> None:
        for number, block in enumerate(blocks):
            if len(self.rows) >= ANSWER:
                self.cut_off = self.unfolded = True
                self._more(f"{len(blocks) - number:,} more blocks")
                return

            self._markdown_block(block, first=number == 0)

    def _markdown_block(self, block: MarkdownBlock, *, first: bool) -> None:
        rows = _markdown(block, self.width)

        if rows and not first and not block.joined:
            self.rows.append(Row())

        self.rows += rows

    def _more(self, what: str) -> None:
        """The line that tells what is not shown and the key that shows it."""
        self.foldable = True

        if not self.unfolded:
            self.rows.append(Row((Span(cut(f"… {what} (Enter)", self.width), "dim"),), folds=True))
        elif what:
            self.cut_off = True
            words = f"… {what} (Enter opens the viewer, Space folds)"
            self.rows.append(Row((Span(cut(words, self.width), "dim"),), folds=True))

    def _link(self, link: LinkPart) -> None:
        label = cut(link.label or link.uri, self.width - 2)
        spans = [Span("→ ", "accent"), Span(label, "link")]
        room = self.width - sum(_cells(span) for span in spans)

        for text in (link.uri if link.label else "", link.description):
            if text and room > 6:
                spans.append(Span("  " + cut(text, room - 2), "dim"))
                room -= _cells(spans[-1])

        self.rows.append(Row(tuple(spans), target=self._next_target()))

    def _picture(self, part: PicturePart) -> None:
        target, picture = self._next_target(), part.picture
        heading = Span(cut(part.heading, self.width), "heading")
        words = cut(describe(picture), self.width - _cells(heading) - 2)
        self.rows.append(Row((heading, Span("  "), Span(words, "dim")), target=target))

        if part.drawn and self.space.pictures:
            columns, rows = self._fitted(picture)
            self.rows += (Row(PictureLine(picture, columns, rows, row), target=target) for row in range(rows))
        elif part.drawn:
            self.rows.append(Row((Span(cut("[not drawn here; s saves it]", self.width), "dim"),)))

    def _fitted(self, picture: Drawable) -> tuple[int, int]:
        room = picture.width, picture.height, self.width, self.space.picture_rows
        return fit(*room) if self.space.cell is None else fit_pixels(*room, self.space.cell)

    def _next_target(self) -> int:
        self._target += 1
        return self._target - 1


@lru_cache(maxsize=4_096)
def _markdown(block: MarkdownBlock, width: int) -> tuple[Row, ...]:
    from widgets.views.markdown_rows import markdown_rows  # late: with Pygments it takes 50 ms

    return tuple(Row(MarkdownLine(row)) for row in markdown_rows(block, width))


def _left(text: str, last: Slice, end: int) -> str:
    """What comes after the last row that is shown."""
    hidden = end - last.end

    if hidden > _COUNTED:
        return f"{byte_size(hidden)} more"

    lines = text.count("\n", last.end, end) + (text[last.end] != "\n")

    if lines == 1 and text[last.end] != "\n":
        return f"{hidden:,} more characters"

    return f"{lines:,} more line{'s' * (lines != 1)}"


def _cells(span: Span) -> int:
    return cell_len(span.text)
