"""`[ui.keys]`: keys that a person chose, checked against the bindings there are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from textual.keys import Keys, key_to_character

from services.ranking import nearest
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.keys.table import BoundKeys

__all__ = ("read_keys",)

_ALIASES: Final = {
    "esc": "escape",
    "return": "enter",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "pgdown": "pagedown",
    "del": "delete",
    "ins": "insert",
    "control": "ctrl",
    "option": "alt",
}
_MODIFIERS: Final = frozenset({"alt", "ctrl", "shift", "super", "hyper", "meta"})
_NAMED: Final = frozenset(key.value for key in Keys if "+" not in key.value and key.value[:1] != "<")


def read_keys(
    wanted: Mapping[str, str], table: Mapping[str, BoundKeys]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The keymap for Textual, and a line for each entry that cannot be used; those keep their own keys."""
    chosen: dict[str, tuple[str, ...]] = {}
    warnings: list[str] = []
    for name, text in wanted.items():
        trouble = _trouble(name, text, table)
        if trouble:
            warnings.append(f'[ui.keys] "{one_line(name, 60)}": {trouble}')
        else:
            chosen[name] = tuple(dict.fromkeys(filter(None, map(_key, text.split(",")))))
    while clash := next(_clashes(chosen, table), None):
        name, key, other = clash
        del chosen[name]
        warnings.append(f'[ui.keys] "{name}": {key} is the key of {other} already.')
    return _keymap(chosen, table), tuple(warnings)


def _trouble(name: str, text: str, table: Mapping[str, BoundKeys]) -> str:
    bound = table.get(name)
    if bound is None:
        near = next(iter(nearest(name, table, 1)), "")
        return "there is no such key." + (f' Did you mean "{near}"?' if near else "")
    for part in text.split(","):
        key = _key(part)
        if key is None:
            return f'"{one_line(part.strip(), 40)}" is no key; write y, ctrl+y, alt+y, f5, ….'
        if bound.types and (character := key_to_character(key)) is not None and character.isprintable():
            return f"{one_line(part.strip(), 40)} is typed there; write ctrl+y, alt+y, f5, …."
    return ""


def _key(text: str) -> str | None:
    """A key as Textual names it; None for what is none."""
    text = text.strip()
    if len(text) == 1:
        return _one(text)
    *modifiers, last = (_ALIASES.get(part.lower(), part) for part in re.split(r"[+-](?=.)", text))
    modifiers = [part.lower() for part in modifiers]
    base = _one(last) if len(last) == 1 else last.lower()
    if base is None or not set(modifiers) <= _MODIFIERS:
        return None
    if len(last) > 1 and base not in _NAMED and not _is_character(base):
        return None
    if modifiers == ["shift"] and len(base) == 1:
        return base.upper()
    return "+".join([*sorted(modifiers), base.lower() if modifiers else base])


def _one(character: str) -> str | None:
    from textual.keys import _character_to_key

    return _character_to_key(character) if character.isprintable() and character != " " else None


def _is_character(name: str) -> bool:
    return key_to_character(name) is not None


def _clashes(
    chosen: Mapping[str, tuple[str, ...]], table: Mapping[str, BoundKeys]
) -> Iterator[tuple[str, str, str]]:
    """Chosen ids whose key does something else where they are, with that key and the other id."""
    for name, keys in chosen.items():
        bound = table[name]
        for other in table.values():
            together = bound.place == other.place or bound.everywhere or other.everywhere
            if other.id == name or not together or set(bound.keys) & set(other.keys):
                continue
            if common := set(keys) & set(chosen.get(other.id, other.keys)):
                yield name, min(common), other.id


def _keymap(chosen: Mapping[str, tuple[str, ...]], table: Mapping[str, BoundKeys]) -> dict[str, str]:
    """As Textual takes it, which forgets the others of a key when one of them moves: they are named too."""
    moved = {(table[name].place, key) for name in chosen for key in table[name].keys}
    stay = {
        bound.id: bound.keys
        for bound in table.values()
        if any((bound.place, key) in moved for key in bound.keys)
    }
    return {name: ",".join(keys) for name, keys in {**stay, **chosen}.items()}
