"""How the terminal draws pictures: by a graphics protocol, in half blocks or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ("HALF_BLOCKS", "Graphics", "Protocol")

Protocol = Literal["kitty", "sixel", "halfblock", "off"]


@dataclass(frozen=True)
class Graphics:
    """What the terminal can draw, and how that is known."""

    protocol: Protocol
    cell: tuple[int, int] | None = None
    """The size of a cell in pixels: width, height."""
    terminal: str = ""
    """What the terminal calls itself (XTVERSION)."""
    through_tmux: bool = False
    """Whether tmux is between: pictures of the kitty protocol are text there, and sixels what it can keep."""
    why: str = ""
    """One line that says why it is this protocol."""


HALF_BLOCKS = Graphics("halfblock")
"""What every terminal with colours can draw."""
