"""What keys are called on the screen: in lower case everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from textual.binding import Binding
from textual.keys import format_key

if TYPE_CHECKING:
    from textual.app import App

__all__ = ("chosen_key", "key_name")

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


def chosen_key(app: App[Any], binding_id: str, key: str) -> str:
    """How the key of a binding is written on a button: the one that a person chose for it, else `key`."""
    chosen = app._keymap.get(binding_id)  # Textual has no way to read what `set_keymap` was given
    return app.get_key_display(Binding(chosen.split(",")[0], "")) if chosen else key
