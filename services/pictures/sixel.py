"""Sixel: pictures as the VT340 took them, bands of six rows of pixels with at most 256 colours.

The whole picture is reduced to its colours once, in a thread; a part of it is made of bands that
are encoded when they are first wanted. Nothing here writes to a terminal. The format: DEC STD 070,
chapter 9, and the VT330/VT340 programmer reference.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from PIL.Image import Image

__all__ = ("BAND", "COLOURS", "Box", "SixelPicture")

COLOURS: Final = 256
"""Colours of one picture; what xterm, foot and mlterm take."""

BAND: Final = 6
"""Rows of pixels that are written together."""
_CHOSEN_ON: Final = (160, 120)
"""The size of the copy on which colours are chosen."""
_KEPT_BANDS: Final = 4096
"""Bands that are kept: a picture of 1,000 rows in the three or six ways that it can be cut."""
_RUN: Final = re.compile(rb"(.)\1{3,}")
_NEXT: Final = bytes((value + 1) & 255 for value in range(256))
_TO_TEXT: Final = bytes((value + 63) & 255 for value in range(256))


class Box(NamedTuple):
    """A part of a picture by its edges, in pixels."""

    left: int
    top: int
    right: int
    bottom: int

    def bands(self) -> Iterator[Box]:
        """The bands that it is made of, from the top down; the last may be lower."""
        return (
            self._replace(top=top, bottom=min(top + BAND, self.bottom))
            for top in range(self.top, self.bottom, BAND)
        )


class SixelPicture:
    """A picture of few colours, and any part of it as a sixel sequence."""

    def __init__(
        self, image: Image, colours: int = COLOURS, ground: tuple[int, int, int] | None = None
    ) -> None:
        """Takes an RGB image; about 60 ms for 800×600 pixels.

        A `ground` becomes the first colour, which some fill with what no pixel was told for.
        """
        reduced = _reduced(image, colours - (ground is not None))
        self.width, self.height = image.size
        rows, levels = reduced.tobytes(), reduced.getpalette() or []
        self._rows = rows if ground is None else rows.translate(_NEXT)
        self._palette = _palette([*(ground or ()), *levels])
        self._bands: dict[Box, str] = {}

    def part(self, box: Box) -> str:
        """The pixels within a box; about 100 ms for 800×600, next to nothing the second time."""
        kept = self._bands
        bands = {each: kept[each] if each in kept else self._encoded(*each) for each in box.bands()}
        if not bands.keys() <= kept.keys():
            # Replaced whole: `ready` may be looking at it in another thread.
            self._bands = bands if len(kept) > _KEPT_BANDS else kept | bands
        return self._sequence(box, bands)

    def ready(self, box: Box) -> str | None:
        """What `part` returns where that takes next to no time, else None; for the event loop."""
        kept = self._bands
        return self._sequence(box, kept) if all(each in kept for each in box.bands()) else None

    def _sequence(self, box: Box, bands: Mapping[Box, str]) -> str:
        size = f"{box.right - box.left};{box.bottom - box.top}"
        joined = "-".join(bands[each] for each in box.bands())
        return f'\x1bP0;1;0q"1;1;{size}{self._palette}{joined}\x1b\\'

    def _encoded(self, left: int, top: int, right: int, bottom: int) -> str:
        """One band, a line over it for each of its colours."""
        rows = [self._rows[y * self.width + left : y * self.width + right] for y in range(top, bottom)]
        return b"$".join(_line(rows, colour, right - left) for colour in set(b"".join(rows))).decode("ascii")


def _reduced(image: Image, colours: int) -> Image:
    """The image with a palette: its own colours where they are few, else mixed of a good choice."""
    from PIL import Image as images

    if image.getcolors(colours) is not None:
        return image.quantize(colours, method=images.Quantize.MEDIANCUT)
    # The choice is made on a small copy: on the whole it takes ten times as long and looks the same.
    small = image.resize(_CHOSEN_ON, images.Resampling.BOX)
    choice = small.quantize(colours, method=images.Quantize.MEDIANCUT)
    return image.quantize(palette=choice, dither=images.Dither.FLOYDSTEINBERG)


def _palette(levels: list[int]) -> str:
    """Definitions of the colours, whose levels sixel counts in percent."""
    percent = [round(level * 100 / 255) for level in levels]
    return "".join(
        f"#{number};2;{red};{green};{blue}"
        for number, (red, green, blue) in enumerate(
            zip(percent[::3], percent[1::3], percent[2::3], strict=True)
        )
    )


def _line(rows: list[bytes], colour: int, width: int) -> bytes:
    """Where one colour stands in a band: a character for each column, its bits from the top row down."""
    bits = 0
    for number, row in enumerate(rows):
        if colour in row:
            bits |= int.from_bytes(row.translate(_place(colour, number)), "big")
    line = bits.to_bytes(width, "big").translate(_TO_TEXT).rstrip(b"?")
    return b"#%d%b" % (colour, _RUN.sub(_run, line))


def _run(found: re.Match[bytes]) -> bytes:
    return b"!%d%b" % (len(found[0]), found[1])


@lru_cache(256 * BAND)
def _place(colour: int, row: int) -> bytes:
    """A table that makes this colour the bit of its row, and any other nothing."""
    return bytes(1 << row if value == colour else 0 for value in range(256))
