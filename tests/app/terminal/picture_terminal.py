"""A terminal that draws pictures, as a model: which colour each of its cells shows, if any."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pyte
from pyte.graphics import FG_BG_256

from services.pictures.placeholders import MARKS, PLACEHOLDER
from tests.services.pictures.decoders import KittyTerminal, sixel_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

__all__ = ("PictureTerminal",)

_SEQUENCE = re.compile(r"(\x1b_G[^\x1b]*\x1b\\|\x1bPtmux;(?:[^\x1b]|\x1b\x1b)*\x1b\\|\x1bP[^\x1b]*\x1b\\)")
_COLOURS = {colour: number for number, colour in enumerate(FG_BG_256) if number >= 16}


class _Text(pyte.Screen):
    """Text takes the place of sixels, cell by cell."""

    sixels: dict[tuple[int, int], tuple[int, int, int]]

    def draw(self, data: str) -> None:
        for character in data:
            self.sixels.pop((self.cursor.x, self.cursor.y), None)
            super().draw(character)


class PictureTerminal:
    """Cells of 10×20 pixels; tmux may be between, which hands on what is wrapped for it."""

    cell = (10, 20)

    def __init__(self, columns: int, rows: int, *, tmux: bool = False) -> None:
        self._text = _Text(columns, rows)
        self._text.sixels = {}
        self._stream = pyte.Stream(self._text)
        self._tmux = tmux
        self.kitty = KittyTerminal()
        self.kitty.missed = tmux  # pictures are deleted before they are sent
        self.hands_on = True
        """Whether the pane is seen: tmux hands nothing on to others."""
        self.sent = 0
        """Characters of sequences of pictures."""
        self.watch: Callable[[], object] = bool
        """Called whenever pictures have changed."""

    def feed(self, text: str) -> None:
        for number, piece in enumerate(_SEQUENCE.split(text)):
            cursor = self._text.cursor
            if number % 2 == 0:
                self._stream.feed(piece)
            elif piece.startswith("\x1b_G"):
                assert not self._tmux
                self.kitty.take(piece, cursor.x, cursor.y)
            elif piece.startswith("\x1bPtmux;"):
                assert self._tmux
                if self.hands_on:
                    self.kitty.take(piece[7:-2].replace("\x1b\x1b", "\x1b"))
            else:
                self._sixel(sixel_image(piece), cursor.x, cursor.y)
            self.sent += len(piece) * (number % 2)
        if "\x1b_G" in text or "\x1bP" in text:
            self.watch()

    def _sixel(self, image: Image.Image, x: int, y: int) -> None:
        # tmux counts a band that is cut as whole, and scrolls for what reaches the last row.
        assert not self._tmux or (image.height % 6 == 0 and y + (image.height + 19) // 20 < self._text.lines)
        for row in range((image.height + 19) // 20):
            for column in range(image.width // 10):
                middle = min(row * 20 + 10, image.height - 1)
                self._text.sixels[x + column, y + row] = _middle(image, column * 10 + 5, middle)

    @property
    def cells(self) -> dict[tuple[int, int], tuple[int, int, int]]:
        """The colour in the middle of every cell that shows a picture."""
        shown = dict(self._text.sixels)
        for placed in self.kitty.placed.values():
            across, down = placed.part.width / placed.columns, placed.part.height / placed.rows
            for row in range(placed.rows):
                for column in range(placed.columns):
                    middle = int((column + 0.5) * across), int((row + 0.5) * down)
                    shown[placed.x + column, placed.y + row] = _middle(placed.part, *middle)
        return shown | self._placeholders()

    def _placeholders(self) -> dict[tuple[int, int], Any]:
        shown = {}
        for y, line in self._text.buffer.items():
            for x, cell in line.items():
                if cell.data.startswith(PLACEHOLDER):
                    row, column, highest = map(MARKS.index, cell.data[1:])
                    number = highest << 24 | _COLOURS[cell.fg]
                    shown[x, y] = self.kitty.shown(number, row, column)
        return shown


def _middle(image: Image.Image, x: int, y: int) -> Any:
    return image.getpixel((x, y))
