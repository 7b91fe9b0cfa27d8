"""The bytes that the keys of an xterm send."""

from __future__ import annotations

__all__ = ("key",)

_NAMED = {
    "Enter": "\r",
    "Tab": "\t",
    "Shift+Tab": "\x1b[Z",
    "Esc": "\x1b",
    "Space": " ",
    "Backspace": "\x7f",
    "Up": "\x1b[A",
    "Down": "\x1b[B",
    "Right": "\x1b[C",
    "Left": "\x1b[D",
    "Home": "\x1b[H",
    "End": "\x1b[F",
    "Insert": "\x1b[2~",
    "Delete": "\x1b[3~",
    "PageUp": "\x1b[5~",
    "PageDown": "\x1b[6~",
    "F1": "\x1bOP",
    "F2": "\x1bOQ",
    "F3": "\x1bOR",
    "F4": "\x1bOS",
}


def key(name: str) -> str:
    """What a key sends: `Enter`, `Ctrl+O`, `Alt+x`, `F1`, or the character itself."""
    if name in _NAMED:
        return _NAMED[name]
    if name.startswith("Ctrl+") and len(name) == 6:
        return chr(ord(name[-1].upper()) & 0x1F)
    if name.startswith("Alt+") and len(name) == 5:
        return "\x1b" + name[-1]
    if len(name) == 1:
        return name
    raise ValueError(f"no such key: {name}")
