"""The keys that do something where the focus is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from app.keys.table import heading_of
from app.session.screens.help import key_rows

if TYPE_CHECKING:
    from textual.binding import Binding
    from textual.screen import Screen

    from app.session.screens.help import HelpRow

__all__ = ("keys_here",)

_COMMON: Final = frozenset(map(heading_of, ("rows", "text", "buttons", "app")))
"""What stands last: these keys do the same in every place."""


def keys_here(screen: Screen[Any]) -> list[HelpRow]:
    """Rows of help for the active bindings of a screen, those of the focused widget first."""
    places: dict[str, list[Binding]] = {}
    for active in screen.active_bindings.values():
        if active.enabled and active.binding.id:
            heading = heading_of(active.binding.id.partition(".")[0])
            places.setdefault(heading, []).append(active.binding)
    headings = sorted(places, key=lambda heading: heading in _COMMON)
    return [row for heading in headings for row in key_rows(heading, places[heading])]
