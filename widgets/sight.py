"""How near a picture is looked at, and which part of it is in view then: geometry alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from widgets.pixels import Crop, cells_at

if TYPE_CHECKING:
    from widgets.pixels import CellSize

__all__ = ("FITTED", "Sight", "Window")

_STEP = 1.5
_NEAREST = 16.0
"""How large one pixel of a picture becomes at most."""
_PAN = 4
"""A step to the side is this part of what is in view."""


class Window(NamedTuple):
    """What is seen: a part of the picture over so many cells; None for all of it."""

    columns: int
    rows: int
    crop: Crop | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """How a picture is looked at. Sizes of pictures are width and height in pixels, of rooms in cells."""

    scale: float | None = None
    """Pixels of the screen for one of the picture; None fits it into the room."""
    centre: tuple[float, float] = (0.5, 0.5)
    """What is in the middle, as parts of its width and height."""

    def window(self, size: tuple[int, int], room: tuple[int, int], cell: CellSize) -> Window:
        """The part of the picture that a room shows; only with a scale."""
        assert self.scale is not None
        (width, height), (across, down) = size, cell
        columns, rows = cells_at(self.scale, width, height, *room, cell)
        wide = min(width, max(1, round(columns * across / self.scale)))
        high = min(height, max(1, round(rows * down / self.scale)))
        left = min(max(round(self.centre[0] * width - wide / 2), 0), width - wide)
        top = min(max(round(self.centre[1] * height - high / 2), 0), height - high)
        return Window(columns, rows, Crop(left, top, wide, high))

    def nearer(self, step: int, fitted: float) -> Sight:
        """Half as large again, or back towards all of it; `fitted` is the scale that fits the room."""
        scale = (self.scale or fitted) * _STEP**step
        return Sight(min(scale, max(_NEAREST, fitted)), self.centre) if scale > fitted * 1.01 else FITTED

    def moved(self, across: int, down: int, crop: Crop, size: tuple[int, int]) -> Sight:
        """What is beside the part in view: a quarter of that further, as far as there is some."""
        width, height = size
        x = crop.left + crop.width / 2 + across * crop.width / _PAN
        y = crop.top + crop.height / 2 + down * crop.height / _PAN
        centre = (
            min(max(x, crop.width / 2), width - crop.width / 2) / width,
            min(max(y, crop.height / 2), height - crop.height / 2) / height,
        )
        return Sight(self.scale, centre)


FITTED: Final = Sight()
"""All of it, as large as the room allows."""
