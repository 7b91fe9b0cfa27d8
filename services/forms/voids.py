"""Saying nothing: a field left out, one sent empty and one sent as null are three different things."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final

__all__ = ("ABSENT", "Void", "void_word")


class _Absent(Enum):
    ABSENT = "left out"


ABSENT: Final = _Absent.ABSENT
"""In place of a value that is not sent at all."""


class Void(Enum):
    """An entry that holds nothing and is sent all the same."""

    EMPTY = "empty"
    """The empty text or list."""
    NULL = "null"


def void_word(value: Any) -> str:
    """How a value that holds nothing is called, as JSON writes it; empty for any other value."""
    match value:
        case _Absent():
            return "not sent"
        case None:
            return "null"
        case "":
            return '""'
        case []:
            return "[]"
        case _:
            return ""
