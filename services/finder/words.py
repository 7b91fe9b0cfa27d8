"""Names and texts as the words they are made of, case and accents folded."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

__all__ = ("LONGEST", "fold", "name_words", "text_words")

LONGEST: Final = 2_000
"""Characters of a text that are looked at: descriptions of hostile servers are megabytes long."""

_ACCENTS: Final = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
"""Marks over Latin, Greek and Cyrillic letters. The vowel signs and voiced marks of other scripts stay."""
_STROKES: Final = str.maketrans("øłđħŧı", "oldhti")
"""Letters that Unicode does not take apart."""
_WORD: Final = re.compile(r"[^\W_]+")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def fold(text: str) -> str:
    """The text without what people do not type: case, accents, compatibility forms (NFKC)."""
    if text.isascii():
        return text.lower()
    apart = normalize("NFKD", normalize("NFKC", text).casefold())
    return normalize("NFC", _ACCENTS.sub("", apart)).translate(_STROKES)


def name_words(name: str) -> tuple[str, ...]:
    """The words of a name: `getWeather_now`, `get-weather.now` and `get weather now` have the same."""
    return text_words(_camel_apart(name))


def text_words(text: str) -> tuple[str, ...]:
    """The words of a text, without what stands between them."""
    return tuple(_WORD.findall(fold(text[:LONGEST])))


def _camel_apart(name: str) -> str:
    name = name[:LONGEST]
    if name.isascii():
        return _CAMEL.sub(" ", name)
    pieces = []
    for before, letter, after in zip(f" {name}", name, f"{name[1:]} ", strict=False):
        begins = letter.isupper() and before.isalnum() and (not before.isupper() or after.islower())
        pieces.append(f" {letter}" if begins else letter)
    return "".join(pieces)
