"""The graphics protocol of kitty: a picture is sent once, then placed, cut and moved by its number.

Every sequence asks for no answer (`q=2`), so that none is ever typed into the composer. Nothing here
writes to a terminal. The protocol: https://sw.kovidgoyal.net/kitty/graphics-protocol/
"""

from __future__ import annotations

from base64 import b64encode
from typing import Final, NamedTuple

__all__ = ("Part", "delete", "delete_seen", "place", "place_as_text", "remove", "transmit")

_CHUNK: Final = 4096
"""Characters of base64 in one sequence; the protocol allows no more."""


class Part(NamedTuple):
    """A rectangle of a picture, in pixels."""

    left: int
    top: int
    width: int
    height: int


def transmit(image: int, png: bytes) -> str:
    """Send a picture, which is not shown yet."""
    data = b64encode(png).decode("ascii")
    chunks = [data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK)] or [""]
    return "".join(
        _sequence(
            f"{f'a=t,f=100,t=d,i={image},' if number == 0 else ''}q=2,m={int(number + 1 < len(chunks))}",
            chunk,
        )
        for number, chunk in enumerate(chunks)
    )


def place(image: int, placement: int, part: Part, columns: int, rows: int) -> str:
    """Show a part of a picture over so many cells at the cursor, which stays; what had the number moves."""
    left, top, width, height = part
    return _sequence(
        f"a=p,i={image},p={placement},x={left},y={top},w={width},h={height},c={columns},r={rows},C=1,z=1,q=2"
    )


def place_as_text(image: int, columns: int, rows: int) -> str:
    """Have a picture shown wherever cells of it are written (`placeholders`), of which it has so many."""
    return _sequence(f"a=p,U=1,i={image},c={columns},r={rows},q=2")


def remove(image: int, placement: int) -> str:
    """Show a placement no longer; the picture stays with the terminal."""
    return _sequence(f"a=d,d=i,i={image},p={placement},q=2")


def delete(image: int) -> str:
    """Have the terminal forget a picture with all its placements."""
    return _sequence(f"a=d,d=I,i={image},q=2")


def delete_seen() -> str:
    """Have the terminal forget every picture that the screen shows."""
    return _sequence("a=d,d=A,q=2")


def _sequence(keys: str, data: str = "") -> str:
    return f"\x1b_G{keys}{f';{data}' if data else ''}\x1b\\"
