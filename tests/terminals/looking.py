"""What is looked for in a window that shows the picture of `showing`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.terminals.rig import area
from tests.terminals.showing import SPECK, SPECK_SIZE, WIDTH

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ("BLUE", "DRAWS", "GREEN", "RED", "box", "colours", "in_pixels")

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
DRAWS = {
    "xterm": "sixel",
    "mlterm": "sixel",
    "foot": "sixel",
    "kitty": "kitty",
    "konsole": "kitty",
    "tmux in kitty": "kitty",
    "tmux in xterm": "sixel",
}
"""The terminals that draw pixels, with their protocol."""


def box(shown: Image, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """The box around a colour that is there."""
    found = area(shown, colour, 8)
    assert found is not None
    return found


def in_pixels(shown: Image) -> bool:
    """Whether the speck is there, which half blocks cannot show, and the whole of a quadrant."""
    speck, green = area(shown, SPECK, 8), area(shown, GREEN, 8)
    return (
        speck is not None
        and green is not None
        and (speck[2] - speck[0], speck[3] - speck[1]) == (SPECK_SIZE, SPECK_SIZE)
        and green[2] - green[0] == WIDTH // 2
    )


def colours(shown: Image) -> set[tuple[int, int, int]]:
    """Those of the picture that are there."""
    return {colour for colour in (RED, GREEN, BLUE, SPECK) if area(shown, colour, 8) is not None}
