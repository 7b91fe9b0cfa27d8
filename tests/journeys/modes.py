"""What a program switched on in the terminal and forgot to switch off, read from what it wrote."""

from __future__ import annotations

import re

__all__ = ("left_on",)

_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_KITTY = re.compile(rb"\x1b\[([<>])[0-9;]*u")
_CURSOR = b"25"

_NAMES = {
    "1049": "alternate screen",
    "1000": "mouse clicks",
    "1002": "mouse drags",
    "1003": "mouse moves",
    "1004": "focus reports",
    "1006": "mouse encoding",
    "1015": "mouse encoding (urxvt)",
    "1016": "mouse encoding (pixels)",
    "2004": "bracketed paste",
    "2026": "synchronized output",
    "2048": "size reports",
}


def left_on(written: bytes) -> list[str]:
    """The modes that the bytes leave switched on, the hidden cursor among them."""
    on: dict[bytes, bool] = {}
    for numbers, letter in _MODE.findall(written):
        for number in numbers.split(b";"):
            on[number] = letter == b"h"
    # The cursor and line wrapping (7) are on in a terminal that nobody touched.
    hidden = ["hidden cursor"] if on.pop(_CURSOR, True) is False else []
    on.pop(b"7", None)
    left = [_NAMES.get(mode := number.decode(), f"mode {mode}") for number, set_ in on.items() if set_]
    pushed = sum(1 if sign == b">" else -1 for sign in _KITTY.findall(written))
    return hidden + left + (["kitty keyboard protocol"] if pushed > 0 else [])
