"""What keys are called on the screen: in lower case everywhere."""

from __future__ import annotations

from typing import Final

from textual.keys import format_key

__all__ = ("key_name",)

_NAMES: Final = {
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "delete": "del",
    "space": "space",
}


def key_name(key: str) -> str:
    """The name of one key as Textual has it: `ctrl+s`, `esc`, `?`, `pgup`, and `N` for a capital letter."""
    *modifiers, last = key.split("+")
    name = _NAMES.get(last) or format_key(last)
    return "+".join([*modifiers, name])
