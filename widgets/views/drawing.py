"""From the rows of a cell to the strips of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from widgets.picture import pixel_row
from widgets.views.json_tokens import LONGEST_LINE, json_tokens
from widgets.views.rows import GUTTER, LOOK, MARGIN, Excerpt, MarkdownLine, PictureLine, Span

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator

    from widgets.picture import Pixels
    from widgets.views.rows import Row

__all__ = ("BAR", "Look", "draw", "excerpt_spans", "mark", "restyle")

BAR = "▎"

_TARGET_STYLES = frozenset({"heading", "link"})


class Look(NamedTuple):
    """What a row looks like beside what stands in it."""

    width: int
    selected: bool = False
    chosen: int | None = None
    """The target that Enter opens."""
    needle: re.Pattern[str] | None = None
    """What the search looks for."""


def draw(
    row: Row, look: Look, style: Callable[[str], Style], pixels: Callable[[PictureLine], Pixels | None]
) -> Strip:
    """The strip of one row; `style` resolves the names of the spans."""
    plain = style("plain")
    bar = Segment(BAR, style("bar")) if look.selected else Segment(" ", plain)
    edge = [bar, Segment(row.glyph.text, style(row.glyph.style)), Segment(" ", plain)]
    body = _body(row, look, style, pixels)
    right = [Segment(text, style(name)) for text, name in row.right]
    room = look.width - GUTTER - MARGIN - sum(segment.cell_length for segment in right)
    middle = Strip(body).adjust_cell_length(max(room, 0), plain)
    strip = Strip([*edge, *middle, *right, Segment(" ", plain)]).crop_extend(0, look.width, plain)
    return mark(strip, look.needle, style("match"), GUTTER) if look.needle else strip


def _body(
    row: Row, look: Look, style: Callable[[str], Style], pixels: Callable[[PictureLine], Pixels | None]
) -> list[Segment]:
    match row.body:
        case PictureLine() as line:
            drawn = pixels(line)

            if drawn is None:
                return [Segment("[cannot be drawn]", style("dim"))] if line.row == 0 else []

            return pixel_row(drawn, line.row, style("plain"))
        case Excerpt() as excerpt:
            return [Segment(text, style(name)) for text, name in excerpt_spans(excerpt)]
        case MarkdownLine(segments):
            return [Segment(text, _resolved(own, style)) for text, own, _ in segments]
        case spans:
            chosen = row.target is not None and row.target == look.chosen
            return [
                Segment(text, style("target" if chosen and name in _TARGET_STYLES else name))
                for text, name in spans
                if text
            ]


def _resolved(own: Style | None, style: Callable[[str], Style]) -> Style:
    """A style of laid out Markdown in the looks of now."""
    if own is None:
        return style("plain")
    look = own.meta.get(LOOK, "plain")
    return style(look) + own.clear_meta_and_links()


def excerpt_spans(excerpt: Excerpt) -> Iterator[Span]:
    """A row of a long text in spans; JSON is coloured here, when it is drawn, and not before."""
    text, (line, start, end, indent) = excerpt.text, excerpt.place

    if indent:
        yield Span(" " * indent, excerpt.style)

    if not excerpt.json or end - line > LONGEST_LINE:
        yield Span(text[start:end], excerpt.style)
        return

    stop = text.find("\n", end, line + LONGEST_LINE)
    place = start

    for left, right, kind in json_tokens(text[line : line + LONGEST_LINE if stop < 0 else stop]):
        left, right = max(left + line, place), min(right + line, end)

        if left < right:
            if place < left:
                yield Span(text[place:left], excerpt.style)

            yield Span(text[left:right], f"json-{kind}")
            place = right

    if place < end:
        yield Span(text[place:end], excerpt.style)


def mark(strip: Strip, needle: re.Pattern[str], style: Style, edge: int = 0) -> Strip:
    """A strip with the matches marked that begin after its left edge."""
    text = strip.text

    for match in needle.finditer(text, edge):
        strip = restyle(strip, match.start(), match.end(), style)

    return strip


def restyle(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """A strip with another style over some of its characters."""
    segments: list[Segment] = []
    place = 0

    for segment in strip:
        text, own, _ = segment
        left, right = max(start - place, 0), max(end - place, 0)
        place += len(text)
        segments += _pieces(text, own, left, right, style)

    return Strip(segments, strip.cell_length)


def _pieces(text: str, own: Style | None, left: int, right: int, style: Style) -> Iterable[Segment]:
    for piece, over in ((text[:left], False), (text[left:right], True), (text[max(left, right) :], False)):
        if piece:
            yield Segment(piece, (own or Style()) + style if over else own)
