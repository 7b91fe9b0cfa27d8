"""What a line may name, and which name somebody means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.catalog.entries import Catalog

__all__ = ("Names", "match_name")


class Names(Protocol):
    """What there is to name: the configured servers, what they offer, the themes."""

    def servers(self) -> Sequence[str]: ...

    def catalog(self, server: str) -> Catalog: ...

    def themes(self) -> Sequence[str]: ...

    def models(self) -> Sequence[str]: ...


def match_name(typed: str, names: Iterable[str]) -> str | None:
    """The name that somebody who typed this means: what the screen shows of it is enough."""
    names = tuple(names)
    if typed in names:
        return typed
    return next((name for name in names if not _shows_whole(name) and one_line(name) == typed), None)


def _shows_whole(name: str) -> bool:
    """Whether the screen shows the name as it is; cheaper than making it printable."""
    return name.isprintable() and len(name) <= 500 and name == name.strip() and "  " not in name
