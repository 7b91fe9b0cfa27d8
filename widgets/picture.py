"""Pictures as text: two pixels a cell, the upper half in the foreground, the lower in the background."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from services.amounts import byte_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ("Drawable", "Pixels", "describe", "enlarged", "fit", "pixel_row")

UPPER_HALF = "▀"

_Rgb = tuple[int, int, int]

_TINY = 16
"""Pixels to which smaller pictures are enlarged."""


class Pixels(Protocol):
    """A grid of pixels, three bytes each, row after row from the top."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def rgb(self) -> bytes: ...


class Drawable(Protocol):
    """A decoded picture: what is said of it, and its pixels at any size without delay."""

    @property
    def format(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def byte_size(self) -> int: ...
    def pixels(self, columns: int, rows: int) -> Pixels | None: ...


def fit(width: int, height: int, columns: int, rows: int) -> tuple[int, int]:
    """Columns and rows that a picture of so many pixels takes: its shape kept, not larger than life.

    Only a tiny one is enlarged, by a whole number: one pixel would be a speck.
    """
    if width < 1 or height < 1 or columns < 1 or rows < 1:
        return 0, 0

    scale = min(columns / width, rows * 2 / height)

    if scale > 1:
        scale = min(int(scale), enlarged(width, height))

    return max(1, round(width * scale)), max(1, round(height * scale / 2))


def enlarged(width: int, height: int) -> int:
    """How many pixels wide and high one pixel is drawn: more than one where all would be a speck."""
    return max(1, _TINY // max(width, height, 1))


def pixel_row(pixels: Pixels, row: int, ground: Style) -> list[Segment]:
    """One row of cells, equal neighbours joined; `ground` shows below the last line of an odd height."""
    upper = list(_line(pixels, row * 2))
    lower: Sequence[_Rgb | None] = list(_line(pixels, row * 2 + 1)) or [None] * len(upper)

    return [
        Segment(UPPER_HALF * len(list(same)), _cell_style(top, bottom, ground))
        for (top, bottom), same in groupby(zip(upper, lower, strict=False))
    ]


def describe(picture: Drawable) -> str:
    """What a picture is, in a few words: `PNG 1280×800 · 214 kB`."""
    return f"{picture.format} {picture.width}×{picture.height} · {byte_size(picture.byte_size)}"


def _line(pixels: Pixels, y: int) -> Iterator[_Rgb]:
    stride = pixels.width * 3
    line = pixels.rgb[y * stride : (y + 1) * stride]
    return zip(line[::3], line[1::3], line[2::3], strict=False)


@lru_cache(8192)
def _cell_style(top: _Rgb, bottom: _Rgb | None, ground: Style) -> Style:
    if bottom is None:
        return ground + Style(color=Color.from_rgb(*top))

    return Style(color=Color.from_rgb(*top), bgcolor=Color.from_rgb(*bottom))
