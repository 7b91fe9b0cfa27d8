"""What servers offered when they last ran, so that it can be shown before they start.

One file of the home for each, by a hash of name and address: the entries of its lists as they came.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from services.catalog.entries import Catalog
from services.catalog.filters import offered
from services.catalog.read import read_entries
from services.connections.eras import server_mark
from services.connections.lists import KINDS
from services.errors import ConfigurationError
from services.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from services.events import CatalogKind
    from services.settings import ServerSettings

__all__ = ("Offers", "home_offers")

_FOLDER: Final = "offers"
_MOST: Final = 16 << 20
"""Bytes of one file; what is larger is not kept."""


class Offers:
    """The last offers of servers that start at their first use, or `of_all`.

    Reads and writes files: not on the event loop.
    """

    def __init__(self, folder: Path | None = None, *, of_all: bool = False) -> None:
        self._folder = folder
        self._of_all = of_all

    def wants(self, settings: ServerSettings) -> bool:
        """Whether what this server offers is to be kept."""
        return self._of_all or settings.start == "lazy"

    def last(self, settings: ServerSettings) -> Catalog:
        """What the server offered last; nothing where that is not known."""
        lists = self._read(settings)
        entries: dict[str, Any] = {
            kind: read_entries(settings.name, kind, items)[0]
            for kind in KINDS
            if isinstance(items := lists.get(kind), list)
        }
        if "tools" in entries:
            entries["tools"] = offered(settings, entries["tools"])
        return Catalog(**entries)

    def wire(self, settings: ServerSettings) -> dict[CatalogKind, list[Any]]:
        """The same as it came: the entries of each list."""
        lists = self._read(settings)
        return {kind: items for kind in KINDS if isinstance(items := lists.get(kind), list)}

    def keep(self, settings: ServerSettings, lists: Mapping[CatalogKind, list[Any]]) -> None:
        """Remember the entries of the lists; what cannot be written costs only the next look."""
        if self._folder is None:
            return
        with suppress(ConfigurationError, OSError, ValueError, RecursionError):
            text = json.dumps(lists)
            if len(text) <= _MOST:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_whole(self._file(settings), text)

    def _read(self, settings: ServerSettings) -> dict[str, Any]:
        if self._folder is None:
            return {}
        try:
            known = json.loads(self._file(settings).read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        return known if isinstance(known, dict) else {}

    def _file(self, settings: ServerSettings) -> Path:
        assert self._folder is not None
        return self._folder / f"{server_mark(settings)}.json"


def home_offers(*, of_all: bool = False) -> Offers:
    """Those of the home directory; none where there is none."""
    from services.config.paths import home

    try:
        return Offers(home() / _FOLDER, of_all=of_all)
    except ConfigurationError:
        return Offers()
