"""Pictures in true pixels: where a widget wants one, and how many cells it takes there."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeGuard

from textual.message import Message

from widgets.picture import Drawable, enlarged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.picture import Pixels

__all__ = (
    "CellSize",
    "Crop",
    "PixelsChanged",
    "Placement",
    "ShowsPixels",
    "WholePicture",
    "cells_at",
    "fit_pixels",
    "fit_scale",
    "is_whole",
    "life_size",
)

CellSize = tuple[int, int]
"""The width and height of a cell in pixels."""

_HAIR = 0.1
"""A part of a cell that no cell is added for."""
_PLAIN_CELL = 24
"""Pixels up to which a cell is one of a plain screen; where cells are twice as high, so are pictures."""


class WholePicture(Drawable, Protocol):
    """A picture whose bytes are there, of which any part can be drawn in any size."""

    @property
    def data(self) -> bytes: ...
    def part_pixels(self, crop: Crop, columns: int, rows: int) -> Pixels: ...


def is_whole(picture: object) -> TypeGuard[WholePicture]:
    """Whether a picture can be drawn in pixels; one of an earlier session is read only when it is shown."""
    return hasattr(picture, "data")


class Crop(NamedTuple):
    """A rectangle of a picture, in its own pixels."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Placement:
    """A picture, or a part of it, over cells of a widget."""

    picture: WholePicture
    columns: int
    """The cells that the whole of it takes; so many `rows`."""
    rows: int
    x: int
    """Where its first shown row stands, from the top left corner of the widget."""
    y: int
    first: int
    """The first row that is shown."""
    count: int
    """How many are."""
    ground: tuple[int, int, int]
    """The colour behind its transparent parts."""
    crop: Crop | None = None
    """The part of the picture that fills the cells; None for all of it."""
    series: object = None
    """The picture that moves, of which this is a frame: the one before stays until this one is ready."""


class PixelsChanged(Message):
    """Another picture is wanted over the same cells, which are as before."""


class ShowsPixels:
    """A widget that wants pictures in true pixels over what it draws itself, where a terminal has them."""

    cell_size: CellSize | None = None
    """The size of a cell; None where pictures are drawn in half blocks alone. Given from outside."""
    placements: Sequence[Placement] = ()
    """What it wanted when it was last drawn."""
    is_behind = False
    """Whether the terminal does not show all of that yet; said from outside."""

    def take_cell_size(self, size: CellSize | None) -> None:
        """Be told that the terminal draws pixels, or does no longer."""
        self.cell_size = size


def fit_pixels(width: int, height: int, columns: int, rows: int, cell: CellSize) -> tuple[int, int]:
    """Columns and rows that a picture of so many pixels takes: its shape kept, not larger than life.

    A tiny one is enlarged by a whole number: one pixel would be a speck.
    """
    if width < 1 or height < 1 or columns < 1 or rows < 1:
        return 0, 0
    return cells_at(fit_scale(width, height, columns, rows, cell), width, height, columns, rows, cell)


def fit_scale(width: int, height: int, columns: int, rows: int, cell: CellSize) -> float:
    """Pixels of the screen for one of a picture that is fitted into so many cells."""
    most = min(columns * cell[0] / width, rows * cell[1] / height)
    return min(most, life_size(width, height, cell))


def cells_at(
    scale: float, width: int, height: int, columns: int, rows: int, cell: CellSize
) -> tuple[int, int]:
    """Columns and rows that a picture takes at a scale, at most those that there are."""
    across, down = ceil(width * scale / cell[0] - _HAIR), ceil(height * scale / cell[1] - _HAIR)
    return min(columns, max(1, across)), min(rows, max(1, down))


def life_size(width: int, height: int, cell: CellSize) -> int:
    """Pixels of the screen for one of a picture: more on a screen of twice the pixels, and for a tiny one."""
    return max(round(cell[1] / _PLAIN_CELL), enlarged(width, height))
