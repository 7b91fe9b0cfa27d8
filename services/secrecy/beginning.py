"""The beginning of a value of any size, masked as in the whole, at a cost that its size does not change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.secrecy.redaction import DEEPEST, LOGIN_SIGNS, MASK

if TYPE_CHECKING:
    from services.secrecy.redaction import Redactor

__all__ = ("masked_beginning",)

_LEFT_OUT: Final = "…"
_DECIDING: Final = (*sorted(LOGIN_SIGNS), "action")
"""Members by which the masking of others is decided, wherever they stand in an object."""


def masked_beginning(redactor: Redactor, value: Any, most: int) -> Any:
    """A parsed JSON value with its secrets masked, and of it about as much as `most` characters tell."""
    return redactor.json(_Beginning(redactor, most).of(value, 0))


class _Beginning:
    """Copies a value until so many characters are spent."""

    def __init__(self, redactor: Redactor, left: int) -> None:
        self._redactor = redactor
        self._left = left

    def of(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self._text(value)
        self._left -= 2 if isinstance(value, dict | list) else len(repr(value))
        if depth > DEEPEST:
            return MASK
        if isinstance(value, list):
            return self._items(value, depth)
        return self._members(value, depth) if isinstance(value, dict) else value

    def _text(self, text: str) -> str:
        room = max(self._left, 0)
        self._left -= len(text) + 2
        return text if len(text) <= room else self._redactor.cut(text[:room]) + _LEFT_OUT

    def _items(self, items: list[Any], depth: int) -> list[Any]:
        copied = []
        for item in items:
            if self._left <= 0:
                break
            copied.append(self.of(item, depth + 1))
        return copied

    def _members(self, members: dict[str, Any], depth: int) -> dict[str, Any]:
        copied: dict[str, Any] = {}
        for key, item in members.items():
            if self._left <= 0:
                break
            name = self._text(key)
            # Whether a value is a secret cannot be told by half of a name.
            copied[name] = self.of(item, depth + 1) if self._left > 0 else _LEFT_OUT
        for key in _DECIDING if len(copied) < len(members) else ():
            if key in members and key not in copied:
                copied[key] = "accept" if members[key] == "accept" else _LEFT_OUT
        return copied
