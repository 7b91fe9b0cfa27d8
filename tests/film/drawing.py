"""A film as one SVG: each row is kept once, and style rules say when it stands where. No script is in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from tests.film.shapes import CELL, FONT, hexadecimal, row_shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.film.cells import Colour
    from tests.film.stage import Shot

__all__ = ("Palette", "drawn")

_EDGE: Final = 12
_HEAD: Final = 32
_FOOT: Final = 40

_STYLE: Final = """\
text{{font-family:ui-monospace,Menlo,Consolas,"Cascadia Mono","DejaVu Sans Mono",monospace;\
font-size:{font}px;white-space:pre}}
path{{shape-rendering:crispEdges}}
.b{{font-weight:bold}}.i{{font-style:italic}}.u{{text-decoration:underline}}
.t{{visibility:hidden}}.still{{visibility:visible}}
{rules}
.way{{transform-origin:0 0;animation:way {whole:g}s linear infinite}}
@keyframes way{{0%{{transform:scaleX(0)}}100%{{transform:scaleX(1)}}}}
@media (prefers-reduced-motion:reduce){{.t,.way{{animation:none}}}}
"""


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours around the screen, those of its theme."""

    ground: Colour
    frame: Colour
    key: Colour
    words: Colour
    faint: Colour


Span = tuple[float, float]
"""From when to when something is seen, in seconds."""


def drawn(shots: Sequence[Shot], palette: Palette, still: str) -> str:
    """The film; who wants nothing to move sees the last shot of the scene `still`."""
    ends = [round(sum(shot.seconds for shot in shots[: count + 1]), 3) for count in range(len(shots))]
    whole = ends[-1]
    starts = [0.0, *ends[:-1]]
    shown_still = next(end for shot, end in zip(shots[::-1], ends[::-1], strict=True) if shot.scene == still)
    rows, places = _kept(shots, starts, ends, palette)
    captions = _captions(shots, starts, ends, palette)
    spans = sorted({*places, *captions})
    groups = [
        f'<g class="t t{number}{" still" if start < shown_still <= end else ""}">'
        f"{''.join(places[start, end])}{captions.get((start, end), '')}</g>"
        for number, (start, end) in enumerate(spans)
    ]
    rules = "\n".join(_rule(number, span, whole) for number, span in enumerate(spans))
    style = _STYLE.format(font=FONT, rules=rules, whole=whole)
    return _document(shots, style, rows, groups, palette)


def _kept(
    shots: Sequence[Shot], starts: Sequence[float], ends: Sequence[float], palette: Palette
) -> tuple[list[str], dict[Span, list[str]]]:
    """Every row that is seen, once; and for each span which of them stand where."""
    names: dict[str, str] = {}
    places: dict[Span, list[str]] = defaultdict(list)
    for line in range(len(shots[0].rows)):
        shapes = [row_shapes(shot.rows[line], palette.ground) for shot in shots]
        first = 0
        for count, shape in enumerate(shapes):
            if count + 1 < len(shapes) and shapes[count + 1] == shape:
                continue
            if shape:
                name = names.setdefault(shape, f"r{len(names)}")
                y = f' y="{line * CELL[1]}"' if line else ""
                places[starts[first], ends[count]].append(f'<use href="#{name}"{y}/>')
            first = count + 1
    return [f'<g id="{name}">{shape}</g>' for shape, name in names.items()], places


def _captions(
    shots: Sequence[Shot], starts: Sequence[float], ends: Sequence[float], palette: Palette
) -> dict[Span, str]:
    captions: dict[Span, str] = {}
    first = 0
    for count, shot in enumerate(shots):
        if count + 1 < len(shots) and shots[count + 1].caption == shot.caption:
            continue
        captions[starts[first], ends[count]] = _caption(shot, palette)
        first = count + 1
    return captions


def _caption(shot: Shot, palette: Palette) -> str:
    """What is pressed and what it is for, below the screen."""
    top = len(shot.rows) * CELL[1] + _FOOT // 2
    wide = (len(shot.key) + 2) * CELL[0]
    key = (
        f'<rect y="{top - 11}" width="{wide}" height="22" rx="4" fill="{hexadecimal(palette.key)}"/>'
        f'<text x="{CELL[0]}" y="{top + 5}" class="b" fill="{hexadecimal(palette.ground)}" '
        f'textLength="{len(shot.key) * CELL[0]}">{escape(shot.key)}</text>'
    )
    left = wide + CELL[0] if shot.key else 0
    words = f'<text x="{left}" y="{top + 5}" fill="{hexadecimal(palette.words)}">{escape(shot.words)}</text>'
    return f'<g id="{shot.scene}">{key * bool(shot.key)}{words}</g>'


def _rule(number: int, span: Span, whole: float) -> str:
    """When a group is seen."""
    start, end = (f"{100 * second / whole:.3f}".rstrip("0").rstrip(".") for second in span)
    seen = f"{start}%{{visibility:visible}}"
    before = "" if span[0] == 0 else "0%{visibility:hidden}"
    after = "" if span[1] == whole else f"{end}%{{visibility:hidden}}"
    return (
        f".t{number}{{animation:t{number} {whole:g}s step-end infinite}}"
        f"@keyframes t{number}{{{before}{seen}{after}}}"
    )


def _document(
    shots: Sequence[Shot], style: str, rows: Sequence[str], groups: Sequence[str], palette: Palette
) -> str:
    columns = sum(run.cells for run in shots[0].rows[0])
    width, height = columns * CELL[0], len(shots[0].rows) * CELL[1]
    across, down = width + 2 * _EDGE, height + _HEAD + _FOOT
    story = " ".join(f"{shot.words}." for shot in {shot.scene: shot for shot in shots}.values())
    frame, ground, faint = (hexadecimal(one) for one in (palette.frame, palette.ground, palette.faint))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{across}" height="{down}" '
        f'viewBox="0 0 {across} {down}" role="img" aria-labelledby="title story">',
        '<title id="title">jackfield demo</title>',
        f'<desc id="story">{escape(story)}</desc>',
        f"<style>\n{style}</style>",
        "<defs>",
        *rows,
        "</defs>",
        f'<rect width="{across}" height="{down}" rx="8" fill="{frame}"/>',
        f'<text x="{_EDGE}" y="21" fill="{faint}">$ jackfield demo</text>',
        f'<g transform="translate({_EDGE} {_HEAD})">',
        f'<rect width="{width}" height="{height}" fill="{ground}"/>',
        *groups,
        "</g>",
        f'<g transform="translate({_EDGE} {down - 4})"><rect class="way" width="{width}" height="2" '
        f'fill="{hexadecimal(palette.key)}"/></g>',
        "</svg>",
    ]
    return "\n".join(lines) + "\n"
