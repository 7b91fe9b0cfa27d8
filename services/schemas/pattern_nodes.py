"""The parts a regular expression is made of."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = (
    "CLASSES",
    "Alternatives",
    "Anchor",
    "Chars",
    "Look",
    "Node",
    "Repeat",
    "Sequence",
    "any_but_newlines",
    "category",
)

_NEWLINES = "\n\r\u2028\u2029"
_SPACES = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_CATEGORIES = {
    "Letter": "L",
    "Uppercase_Letter": "Lu",
    "Lowercase_Letter": "Ll",
    "Mark": "M",
    "Number": "N",
    "Decimal_Number": "Nd",
    "Punctuation": "P",
    "Symbol": "S",
    "Separator": "Z",
}
_GENERAL = {"L", "M", "N", "P", "S", "Z", "C"}


@dataclass(frozen=True, slots=True)
class Chars:
    """One character out of a set."""

    has: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place between characters: start, end, word boundary or none."""

    kind: Literal["start", "end", "boundary", "inside"]

    def holds(self, text: str, position: int) -> bool:
        """Whether this position of the text is such a place."""
        if self.kind == "start":
            return position == 0
        if self.kind == "end":
            return position == len(text)
        before = position > 0 and _is_word(text[position - 1])
        after = position < len(text) and _is_word(text[position])
        return (before != after) is (self.kind == "boundary")


@dataclass(frozen=True, slots=True)
class Look:
    """A look ahead that reads nothing."""

    inner: Node
    negative: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    """One part after another."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """One of the branches."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same part, from `least` to `most` times (None: no end)."""

    inner: Node
    least: int
    most: int | None


Node = Chars | Anchor | Look | Sequence | Alternatives | Repeat


def _is_digit(character: str) -> bool:
    return "0" <= character <= "9"


def _is_word(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")


def _is_space(character: str) -> bool:
    return character in _SPACES


def any_but_newlines(character: str) -> bool:
    """What `.` stands for."""
    return character not in _NEWLINES


CLASSES: dict[str, Callable[[str], bool]] = {"d": _is_digit, "w": _is_word, "s": _is_space}


def category(name: str) -> Callable[[str], bool]:
    """The characters of a general category, such as L or Nd. Raises ValueError for an unknown one."""
    name = _CATEGORIES.get(name, name)
    if name[:1] not in _GENERAL or len(name) > 2 or name[1:] != name[1:].lower():
        raise ValueError("an unknown property")
    return lambda one: unicodedata.category(one).startswith(name)
