"""What servers offered last, as it came; it outlives their connections, so that no list is ever emptied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from services.events import CatalogKind

__all__ = ("NAMED_BY", "Known")

NAMED_BY: Mapping[CatalogKind, str] = {
    "tools": "name",
    "prompts": "name",
    "resources": "uri",
    "templates": "uriTemplate",
    "skills": "uri",
}
"""The lists that are passed on, and by what their entries go."""


class Known:
    """The lists of all servers; `version` changes with each of them."""

    def __init__(self) -> None:
        self._lists: dict[tuple[str, CatalogKind], tuple[dict[str, Any], ...]] = {}
        self.version = 0

    def take(self, server: str, kind: CatalogKind, entries: Sequence[Any]) -> bool:
        """Remember a list that was read to its end; whether it differs from what was known."""
        if (key := NAMED_BY.get(kind)) is None:
            return False
        usable = tuple(each for each in entries if isinstance(each, dict) and isinstance(each.get(key), str))
        if self._lists.get((server, kind)) == usable:
            return False
        before = self._lists.get((server, kind), ())
        self._lists[server, kind] = usable
        self.version += 1
        return bool(usable or before)

    def entries(self, server: str, kind: CatalogKind) -> tuple[dict[str, Any], ...]:
        """The entries of a list; nothing where it was never read."""
        return self._lists.get((server, kind), ())

    def has(self, server: str, kind: CatalogKind) -> bool:
        """Whether the list was ever read."""
        return (server, kind) in self._lists

    def keep_only(self, servers: Iterable[str]) -> bool:
        """Forget the servers that are not among these; whether there were any."""
        wanted = set(servers)
        gone = [key for key in self._lists if key[0] not in wanted]
        for key in gone:
            del self._lists[key]
        self.version += bool(gone)
        return bool(gone)
