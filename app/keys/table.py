"""Every key of every screen, read from the bindings themselves, so that nothing can be left out."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from textual.binding import Binding
from textual.dom import DOMNode
from textual.widgets import Input, TextArea

from widgets.key_names import key_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ("BoundKeys", "heading_of", "key_help", "key_owners", "key_table")

_ROOMS: Final = ("app.session.screens", "widgets")
_HEADINGS: Final = {
    "app": "Everywhere",
    "session": "In the session",
    "composer": "In the composer",
    "history": "On a cell of the history",
    "status": "On a server of the panel",
    "inbox": "On a question",
    "form": "In a form",
    "server": "On a server's screen",
    "trace": "On a trace",
    "viewer": "In the viewer",
    "picture": "On a picture in the viewer",
    "finder": "In the finder",
    "tree": "On JSON in the viewer",
    "table": "On a table in the viewer",
    "difference": "In a comparison",
    "sessions": "In earlier sessions",
    "theme": "Choosing a theme",
    "save": "When something is saved",
    "confirm": "On a yes or no",
    "find": "While searching",
    "rows": "In any list",
    "text": "In any text",
    "choices": "In a list of choices",
    "options": "In a field with options",
    "buttons": "On a button",
    "help": "In the help",
    "trust": "On a project's file",
    "import": "On an import",
    "paste": "Where an address is pasted",
}
"""The first part of a binding's id, and what its keys stand under in the help; others follow by name."""


@dataclass(frozen=True, slots=True)
class BoundKeys:
    """What stands behind the id of a binding."""

    id: str
    keys: tuple[str, ...]
    """As Textual names them."""
    does: str
    """In a few words; empty for one that is not worth a line of help."""
    shown: str = ""
    """How its key is written where it is not written by its name."""
    types: bool = False
    """A key that stands for a letter would be taken from somebody who types."""
    everywhere: bool = False
    """It comes before what the focused widget does with the key."""

    @property
    def place(self) -> str:
        """The first part of the id."""
        return self.id.partition(".")[0]


@cache
def key_table() -> Mapping[str, BoundKeys]:
    """All bindings by id. Imports every screen and widget: not for the first paint."""
    found: dict[str, BoundKeys] = {}
    for owner in key_owners():
        types = issubclass(owner, (Input, TextArea))
        for binding in Binding.make_bindings(owner.__dict__["BINDINGS"]):
            if binding.id:
                _add(found, binding, types=types)
    return found


def _add(found: dict[str, BoundKeys], binding: Binding, *, types: bool) -> None:
    assert binding.id is not None
    before = found.get(binding.id)
    keys = before.keys if before else ()
    found[binding.id] = BoundKeys(
        binding.id,
        keys if binding.key in keys else (*keys, binding.key),
        before.does if before else binding.tooltip or binding.description,
        before.shown if before else binding.key_display or "",
        types or binding.priority or bool(before and before.types),
        binding.priority or bool(before and before.everywhere),
    )


def key_owners() -> Iterator[type[DOMNode]]:
    """The App, and every class of our screens and widgets that has keys of its own."""
    for name in ("app.jackfield", *_modules()):
        module = importlib.import_module(name)
        for owner in vars(module).values():
            ours = isinstance(owner, type) and issubclass(owner, DOMNode) and owner.__module__ == name
            if ours and "BINDINGS" in owner.__dict__:
                yield owner


def _modules() -> Iterator[str]:
    for room in _ROOMS:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            yield module.name


def key_help(chosen: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Rows of help: keys, what they do, the heading; `chosen` are the keys of `[ui.keys]`."""
    keys: dict[tuple[str, str], list[str]] = {}
    for bound in sorted(key_table().values(), key=_order):
        if bound.does:
            names = keys.setdefault((heading_of(bound.place), bound.does), [])
            names += _shown(bound, chosen.get(bound.id))
    does: dict[tuple[str, str], list[str]] = {}
    for (heading, what), names in keys.items():
        does.setdefault((heading, " ".join(dict.fromkeys(names))), []).append(what)
    return [(names, ", ".join(words), heading) for (heading, names), words in does.items()]


def heading_of(place: str) -> str:
    """What the keys of a place stand under."""
    return _HEADINGS.get(place, f"In {place}")


def _order(bound: BoundKeys) -> tuple[int, str]:
    places = tuple(_HEADINGS)
    return (places.index(bound.place), "") if bound.place in places else (len(places), bound.place)


def _shown(bound: BoundKeys, chosen: str | None) -> list[str]:
    if chosen is None and bound.shown:
        return [bound.shown]
    return [key_name(key) for key in (chosen.split(",") if chosen else bound.keys)]
