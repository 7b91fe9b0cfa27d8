"""A row of the screen as SVG: text where a font is wanted, rectangles where it would leave gaps."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from itertools import starmap
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.film.cells import Colour, Look, Row, Run

__all__ = ("CELL", "FONT", "hexadecimal", "row_shapes")

CELL: Final = (8, 16)
"""Width and height of a cell: half a cell is a square, and no edge falls between two pixels."""
FONT: Final = 13.333
"""The height of letters that are eight wide."""

_BASELINE: Final = 12

Box = tuple[int, int, int, int]
"""Left, top, width and height, in pixels of the row."""

_EIGHTHS: Final = {chr(0x2580 + count): (0, 8 - count, 8, count) for count in range(1, 9)} | {
    chr(0x2590 - count): (0, 0, count, 8) for count in range(1, 8)
}
_BLOCKS: Final[dict[str, Box]] = _EIGHTHS | {
    "▀": (0, 0, 8, 4),
    "▐": (4, 0, 4, 8),
    "▔": (0, 0, 8, 1),
    "▕": (7, 0, 1, 8),
}
"""What a character covers of its cell, in eighths."""


def row_shapes(row: Row, ground: Colour) -> str:
    """Everything that is drawn of a row on this ground."""
    grounds: dict[Colour, list[Box]] = defaultdict(list)
    inks: dict[Colour, list[Box]] = defaultdict(list)
    texts: list[str] = []
    for run in row:
        assert run.cells == len(run.text), "a character that is two cells wide has no place here yet"
        if run.look.ground != ground:
            _add(grounds[run.look.ground], (run.column * CELL[0], 0, run.cells * CELL[0], CELL[1]))
        for column, piece in _pieces(run):
            if piece[0] in _BLOCKS:
                _add(inks[run.look.ink], _covered(column, piece))
            else:
                texts.append(_text(column, piece, run.look))
    return "".join((*starmap(_path, grounds.items()), *starmap(_path, inks.items()), *texts))


def hexadecimal(colour: Colour) -> str:
    """`#rrggbb`, in three digits where they say the same."""
    digits = "".join(f"{part:02x}" for part in colour)
    return f"#{digits[::2]}" if digits[::2] == digits[1::2] else f"#{digits}"


def _pieces(run: Run) -> Iterator[tuple[int, str]]:
    """What is drawn in one go, and where: words up to a gap, the same block again and again, one symbol.

    A symbol may come from another font, and would push aside what stands beside it.
    """
    start, text = 0, run.text
    while start < len(text):
        end = start + 1
        if text[start] in _BLOCKS:
            while end < len(text) and text[end] == text[start]:
                end += 1
        elif not _alone(text[start]):
            while end < len(text) and not _alone(text[end]) and text[end] not in _BLOCKS:
                end += 1
        for column, piece in _words(start, text[start:end], keep=run.look.underline):
            yield run.column + column, piece
        start = end


def _words(start: int, text: str, *, keep: bool) -> Iterator[tuple[int, str]]:
    """The parts of a text between gaps of two blanks and more; all of it where blanks are seen."""
    if keep:
        yield start, text
        return
    for part in text.split("  "):
        if blank := part.strip():
            yield start + len(part) - len(part.lstrip()), blank
        start += len(part) + 2


def _alone(character: str) -> bool:
    return ord(character) > 0x2000 and unicodedata.category(character)[0] == "S"


def _covered(column: int, piece: str) -> Box:
    left, top, width, height = _BLOCKS[piece[0]]
    whole = width == 8
    wide = len(piece) * CELL[0] if whole else width * CELL[0] // 8
    return (column * CELL[0] + left * CELL[0] // 8, top * CELL[1] // 8, wide, height * CELL[1] // 8)


def _add(boxes: list[Box], box: Box) -> None:
    """Add a box, as a part of the last one where it goes on."""
    left, top, width, height = box
    if boxes:
        before = boxes[-1]
        if (before[0] + before[2], before[1], before[3]) == (left, top, height):
            boxes[-1] = (before[0], top, before[2] + width, height)
            return
    boxes.append(box)


def _path(colour: Colour, boxes: list[Box]) -> str:
    way = "".join(f"M{left} {top}h{width}v{height}h-{width}z" for left, top, width, height in boxes)
    return f'<path fill="{hexadecimal(colour)}" d="{way}"/>'


def _text(column: int, piece: str, look: Look) -> str:
    names = [name for name in ("bold", "italic", "underline") if getattr(look, name)]
    kind = f' class="{" ".join(name[0] for name in names)}"' if names else ""
    long = f' textLength="{len(piece) * CELL[0]}"' if len(piece) > 1 else ""
    return (
        f'<text x="{column * CELL[0]}" y="{_BASELINE}" fill="{hexadecimal(look.ink)}"{kind}{long}>'
        f"{escape(piece)}</text>"
    )
