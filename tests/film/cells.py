"""A screen as values: rows of runs, each with its place and its look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from textual.color import Color

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.color import Color as RichColor
    from rich.segment import Segment
    from rich.style import Style
    from textual.app import App

__all__ = ("Look", "Row", "Run", "rows_of")

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """Colours as they are drawn, and what a font does."""

    ink: Colour
    ground: Colour
    bold: bool = False
    italic: bool = False
    underline: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one look, from a column on; as many cells wide as its text."""

    column: int
    text: str
    look: Look

    @property
    def cells(self) -> int:
        """How many columns it takes."""
        return cell_len(self.text)


Row = tuple[Run, ...]


def rows_of(app: App[Any]) -> tuple[Row, ...]:
    """What stands on the screen, as the terminal is told."""
    ink, ground = (Color.parse(app.theme_variables[name]).rgb for name in ("foreground", "background"))
    usual = Look(ink, ground)
    return tuple(_row(strip, usual) for strip in app.screen._compositor.render_strips())


def _row(segments: Iterable[Segment], usual: Look) -> Row:
    runs: list[Run] = []
    column = 0
    for text, style, control in segments:
        if control or not text:
            continue
        look = _look(style, usual) if style else usual
        if runs and runs[-1].look == look:
            runs[-1] = Run(runs[-1].column, runs[-1].text + text, look)
        else:
            runs.append(Run(column, text, look))
        column += cell_len(text)
    return tuple(runs)


def _look(style: Style, usual: Look) -> Look:
    ink = _colour(style.color, usual.ink)
    ground = _colour(style.bgcolor, usual.ground)
    if style.reverse:
        ink, ground = ground, ink
    if style.dim:
        ink = ((ink[0] + ground[0]) // 2, (ink[1] + ground[1]) // 2, (ink[2] + ground[2]) // 2)
    return Look(ink, ground, bool(style.bold), bool(style.italic), bool(style.underline))


def _colour(colour: RichColor | None, usual: Colour) -> Colour:
    if colour is None or colour.is_default:
        return usual
    red, green, blue = colour.get_truecolor()
    return red, green, blue
