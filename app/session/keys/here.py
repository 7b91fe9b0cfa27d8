"""The keys that do something where the focus is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from app.session.keys.table import heading_of
from widgets.key_names import key_name

if TYPE_CHECKING:
    from textual.screen import Screen

__all__ = ("keys_here",)

_COMMON: Final = frozenset(map(heading_of, ("rows", "text", "buttons", "app")))
"""What stands last: these keys do the same in every place."""


def keys_here(screen: Screen[Any]) -> list[tuple[str, str, str]]:
    """Rows of help for the active bindings of a screen, those of the focused widget first."""
    rows: dict[tuple[str, str], list[str]] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if active.enabled and binding.description and binding.id:
            heading = heading_of(binding.id.partition(".")[0])
            names = rows.setdefault((heading, binding.description), [])
            name = binding.key_display or key_name(binding.key)
            if name not in names:
                names.append(name)
    places = list(dict.fromkeys(heading for heading, _ in rows))
    places.sort(key=lambda heading: heading in _COMMON)
    return sorted(
        [(" ".join(names), words, heading) for (heading, words), names in rows.items()],
        key=lambda row: places.index(row[2]),
    )
