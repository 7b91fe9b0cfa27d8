"""The tabs of a server's details: which there are, what they are called, and where in them somebody is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from widgets.servers.tab_bar import TabLabel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.catalog.entries import Catalog
    from widgets.servers.entry_text import Entry

__all__ = ("KINDS", "TABS", "Place", "entries_of", "tab_labels", "tabs_of")

KINDS = ("tools", "resources", "templates", "prompts", "skills")
"""The tabs with entries of the catalog."""
TABS = {
    "tools": ("Tools", "Tools"),
    "resources": ("Resources", "Res"),
    "templates": ("Templates", "Tmpl"),
    "prompts": ("Prompts", "Prom"),
    "skills": ("Skills", "Sk"),
    "instructions": ("Instructions", "Inst"),
    "log": ("Log", "Log"),
    "settings": ("Settings", "Set"),
}
"""Every tab there can be, from left to right: its label, and the short one."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody was: the tab, what the lists are filtered by, the entry that is selected in each."""

    tab: str
    filter: str = ""
    selected: Mapping[str, str] = field(default_factory=dict)


def tabs_of(catalog: Catalog, *, settings: bool) -> tuple[str, ...]:
    """The names of the tabs: one for skills where there are any, one for settings where those are known."""
    absent = set() if catalog.skills else {"skills"}
    absent |= set() if settings else {"settings"}
    return tuple(name for name in TABS if name not in absent)


def entries_of(catalog: Catalog, kind: str) -> Sequence[Entry]:
    """What the catalog has of a kind; nothing for a tab without entries."""
    entries: Sequence[Entry] = getattr(catalog, kind, ())
    return entries


def tab_labels(tabs: Sequence[str], catalog: Catalog, log: int) -> tuple[TabLabel, ...]:
    """The labels of these tabs, with how much is behind each; `log` counts the lines of the log."""
    counts = {kind: len(entries_of(catalog, kind)) for kind in KINDS} | {"log": log}
    return tuple(TabLabel(*TABS[name], counts.get(name)) for name in tabs)
