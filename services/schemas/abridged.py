"""Values that show only their beginning in error messages, which hold a repr of them."""

from __future__ import annotations

from reprlib import Repr
from typing import Any

__all__ = ("Text", "abridged", "plain", "short")

_repr = Repr()
_repr.maxstring = _repr.maxother = 80


def short(value: object) -> str:
    """The repr of a value, cut."""
    return _repr.repr(value)


def abridged(value: Any) -> Any:
    """The same value; in error messages it shows its beginning only."""
    if isinstance(value, dict):
        return _Object((key, abridged(item)) for key, item in value.items())
    if isinstance(value, list):
        return _Array(abridged(item) for item in value)
    return Text(value) if isinstance(value, str) and len(value) > _repr.maxstring else value


def plain(value: Any) -> Any:
    """The string an abridged text stands for; any other value as it is."""
    return value.text if isinstance(value, Text) else value


class _Object(dict[str, Any]):
    __slots__ = ()

    def __repr__(self) -> str:
        return _repr.repr_dict(self, 2)


class _Array(list[Any]):
    __slots__ = ()

    def __repr__(self) -> str:
        return _repr.repr_list(self, 2)


class Text:
    """A long string; not a subclass, for that would copy it."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __len__(self) -> int:
        return len(self.text)

    def __eq__(self, other: object) -> bool:
        return self.text == (other.text if isinstance(other, Text) else other)

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return _repr.repr_str(self.text[:200], 0)
