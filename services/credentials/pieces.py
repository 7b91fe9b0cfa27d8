"""Long texts in keyrings with small limits: cut into pieces, and never mixed up.

The pieces of a text are written first, under names of a generation of their own (`ACCOUNT#a.0`,
`#a.1`, …); the entry of the account itself, written last, names the generation, the number of
pieces and the SHA-256 of the whole. A writer takes the generation that is not in use. So whoever
stops between two writes leaves the earlier text whole.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

__all__ = ("PIECE", "Head", "digest", "head_of", "name_of", "pieces_of")

PIECE: Final = 1_280
"""Characters of a piece: Windows takes 2,560 bytes an entry, two a character. The texts are ASCII."""

Generation = Literal["a", "b"]

_SIGN: Final = "jackfield-pieces"


class Head(NamedTuple):
    """What the entry of an account says about its pieces."""

    generation: Generation
    number: int
    sha256: str

    def __str__(self) -> str:
        return f"{_SIGN}:{self.generation}:{self.number}:{self.sha256}"


def head_of(kept: str | None) -> Head | None:
    """What stands in an entry, if it is a head; a text of ours is JSON and never looks like one."""
    sign, *rest = (kept or "").split(":")
    if sign != _SIGN or len(rest) != 3 or not rest[1].isdecimal() or len(rest[1]) > 4:
        return None
    return Head("b" if rest[0] == "b" else "a", int(rest[1]), rest[2])


def digest(text: str) -> str:
    """What a head knows a text by."""
    from hashlib import sha256

    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def pieces_of(text: str) -> list[str]:
    """The text in pieces that every keyring takes."""
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]


def name_of(account: str, generation: Generation, number: int) -> str:
    """The account that a piece is kept under."""
    return f"{account}#{generation}.{number}"
