"""Text as an editor holds it: every character there is, none of which reaches the terminal raw.

Cleaning a text would change what is sent. So each character that must not be drawn is carried by
one of a private use plane, at the same place; a sign is drawn for it, and `given` brings it back.
"""

from __future__ import annotations

import re
from typing import Final

from services.text import UNSAFE, sign

__all__ = ("drawn", "given", "held", "pasted")

_PLANE: Final = 0x100000
"""Carries the characters of the basic plane (plane 16)."""
_TAGS: Final = 0xE0000
_TAGS_PLANE: Final = 0xF0000
"""Carries tags, U+E0000 to U+E0FFF (plane 15)."""
_QUOTE: Final = "\U000f1000"
"""Stands before what only looks like a carrier: a text may hold those planes itself."""
_CARRIERS: Final = "\U000f0000-\U000f1000\U00100000-\U0010ffff"
_LOOKS_CARRIED: Final = re.compile(f"[{_CARRIERS}]")
_CARRIED: Final = re.compile(f"{_QUOTE}(.)|[{_CARRIERS}]", re.DOTALL)


def held(text: str, *, tabs: bool = False) -> str:
    """The text for an editor; with `tabs` those are carried too, for an editor of one line."""
    if not text.isascii():
        text = _LOOKS_CARRIED.sub(rf"{_QUOTE}\g<0>", text)
    text = UNSAFE.sub(_carry, text)
    return text.replace("\t", _carrier("\t")).replace("\n", _carrier("\n")) if tabs else text


def given(text: str) -> str:
    """What somebody gave, from the text of an editor."""
    return text if text.isascii() else _CARRIED.sub(_bring_back, text)


def drawn(text: str) -> str:
    """The text of an editor with a sign for each character that is not drawn; as many characters."""
    if not text.isascii():
        text = _LOOKS_CARRIED.sub(lambda found: sign(_bring_back(found)), text)
    return UNSAFE.sub(lambda found: sign(found[0]), text)


def pasted(text: str) -> str:
    """A paste of a terminal as it was copied: where CR alone ends lines, the terminal put it for LF."""
    return text if "\n" in text else text.replace("\r", "\n")


def _carry(found: re.Match[str]) -> str:
    # One of the planes of carriers has its quote already.
    return found[0] if _LOOKS_CARRIED.match(found[0]) else _carrier(found[0])


def _carrier(character: str) -> str:
    code = ord(character)
    return chr(code - _TAGS + _TAGS_PLANE if code >= _TAGS else code + _PLANE)


def _bring_back(found: re.Match[str]) -> str:
    if found.re is _CARRIED and found[1]:
        return found[1]
    code = ord(found[0])
    if code >= _PLANE:
        return chr(code - _PLANE)
    return found[0] if found[0] == _QUOTE else chr(code - _TAGS_PLANE + _TAGS)
