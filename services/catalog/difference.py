"""What came and went between two readings of one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.catalog.read import Entry, wire_name
from services.events import CatalogChanged, CatalogKind
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ("difference",)


def difference(
    server: str, kind: CatalogKind, before: Iterable[Entry], after: Iterable[Entry], *, first: bool
) -> CatalogChanged | None:
    """The event that says what changed; None when nothing did."""
    old = {wire_name(entry): entry for entry in before}
    new = {wire_name(entry): entry for entry in after}
    added = tuple(one_line(name, 200) for name in new if name not in old)
    removed = tuple(one_line(name, 200) for name in old if name not in new)
    changed = tuple(one_line(name, 200) for name in new if name in old and new[name] != old[name])
    if not (added or removed or changed):
        return None
    return CatalogChanged(server, kind, added, removed, changed, first=first)
