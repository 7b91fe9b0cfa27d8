"""Pictures as text: characters that a terminal of the kitty protocol draws a piece of a picture for.

Each cell is U+10EEEE with marks above it that say which row and column of the picture it shows, and the
number of the picture is in its colour. So whatever moves text, such as tmux, moves the picture. From
kitty 0.28 on: https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

__all__ = ("MARKS", "MOST_CELLS", "PLACEHOLDER", "cells", "numbers")

PLACEHOLDER: Final = "\U0010eeee"

_RANGES: Final = (
    "305 30D-30E 310 312 33D-33F 346 34A-34C 350-352 357 35B 363-36F 483-487 592-595 597-599 59C-5A1 5A8-5A9"
    " 5AB-5AC 5AF 5C4 610-617 657-65B 65D-65E 6D6-6DC 6DF-6E2 6E4 6E7-6E8 6EB-6EC 730 732-733 735-736 73A"
    " 73D 73F-741 743 745 747 749-74A 7EB-7F1 7F3 816-819 81B-823 825-827 829-82D 951 953-954 F82-F83"
    " F86-F87 135D-135F 17DD 193A 1A17 1A75-1A7C 1B6B 1B6D-1B73 1CD0-1CD2 1CDA-1CDB 1CE0 1DC0-1DC1 1DC3-1DC9"
    " 1DCB-1DCC 1DD1-1DE6 1DFE 20D0-20D1 20D4-20D7 20DB-20DC 20E1 20E7 20E9 20F0 2CEF-2CF1 2DE0-2DFF A66F"
    " A67C-A67D A6F0-A6F1 A8E0-A8F1 AAB0 AAB2-AAB3 AAB7-AAB8 AABE-AABF AAC1 FE20-FE26 10A0F 10A38 1D185-1D189"
    " 1D1AA-1D1AD 1D242-1D244"
)
"""The marks in the protocol's order: those of class 230 in Unicode 6.0 that nothing composes with."""


def _marks(ranges: str) -> Iterator[str]:
    for each in ranges.split():
        first, _, last = each.partition("-")
        yield from map(chr, range(int(first, 16), int(last or first, 16) + 1))


MARKS: Final = tuple(_marks(_RANGES))
"""The mark of each number, as the protocol has them."""
MOST_CELLS: Final = len(MARKS)
"""The columns, and the rows, that a picture can have."""

_COLOURS: Final = range(16, 256)
"""Colours of the palette that stand for the lowest byte of a number; those below are often redefined."""
_HIGHEST: Final = range(1, 256)


def numbers(random: Random) -> Iterator[int]:
    """Numbers for pictures, each as far from being used already as there are.

    The highest and the lowest byte alone are used: a colour of the palette reaches the terminal
    unchanged, where 24 bits of colour may be brought down to the nearest of 256.
    """
    place = random.randrange(len(_COLOURS) * len(_HIGHEST))
    while True:
        highest, lowest = divmod(place, len(_COLOURS))
        yield _HIGHEST[highest] << 24 | _COLOURS[lowest]
        place = (place + 1) % (len(_COLOURS) * len(_HIGHEST))


def cells(number: int, row: int, left: int, count: int) -> str:
    """So many cells of a row of a picture, from a column on; the colour stays set.

    Every cell says all of it: one whose neighbour was covered must not go by that.
    """
    row_mark, highest = MARKS[row], MARKS[number >> 24]
    shown = (f"{PLACEHOLDER}{row_mark}{mark}{highest}" for mark in MARKS[left : left + count])
    return f"\x1b[0;38;5;{number & 255}m{''.join(shown)}"
