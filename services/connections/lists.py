"""A server's lists as this side knows them: read at the start, read again when they change.

What was known outlives a connection, so that what came and went while the server was away is
told when it is back.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from services.catalog.difference import difference
from services.catalog.entries import Catalog
from services.catalog.filters import offered
from services.catalog.listing import read_all
from services.catalog.read import read_entries
from services.error_translation import translating
from services.errors import JackfieldError

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.connections.session.session import Session
    from services.events import CatalogChanged, CatalogKind
    from services.logs.server_log import ServerLog
    from services.settings import ServerSettings

__all__ = ("KINDS", "Lists")

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 10.0
"""Seconds between readings of lists that change without end: each is a cell of the history."""

KINDS: Final[tuple[CatalogKind, ...]] = ("tools", "resources", "templates", "prompts")


class Lists:
    """The catalog of one server; `changed` hears of each new reading, with what differs."""

    def __init__(
        self, log: ServerLog, changed: Callable[[dict[str, int], list[CatalogChanged]], None]
    ) -> None:
        self.catalog = Catalog()
        """What the server offers now; empty unless it is connected."""
        self._known: Catalog | None = None
        """What it offered when it was last connected."""
        self._log = log
        self._tell = changed
        self._dirty: set[CatalogKind] = set()
        self._news = asyncio.Event()

    def gone(self) -> None:
        """The server is not connected any more."""
        self.catalog = Catalog()
        self._dirty.clear()
        self._news.clear()

    def announced(self, kind: CatalogKind) -> None:
        """The server says that a list changed."""
        self._dirty.add(kind)
        self._news.set()

    async def read(self, session: Session, settings: ServerSettings) -> None:
        """Read all lists of a new connection."""
        await self._read(session, settings, KINDS, opening=True)

    async def follow(self, session: Session, settings: ServerSettings) -> None:
        """Read lists again as they change; many announcements become one reading. Never returns.

        A server whose lists change at each reading is read at growing intervals.
        """
        pause, read_at = 0.0, -_LONGEST_PAUSE
        loop = asyncio.get_running_loop()
        while True:
            await self._news.wait()
            quiet = loop.time() - read_at
            pause = (
                min(max(2 * pause, _FIRST_PAUSE), _LONGEST_PAUSE) if quiet < 2 * pause + _FIRST_PAUSE else 0.0
            )
            await asyncio.sleep(max(0.0, pause - quiet))
            self._news.clear()
            kinds = tuple(kind for kind in KINDS if kind in self._dirty)
            self._dirty.clear()
            read_at = loop.time()
            try:
                with translating():
                    await self._read(session, settings, kinds, opening=False)
            except JackfieldError as error:
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    # Until Python 3.13 a TaskGroup prefers its errors to a cancellation that comes with them.
                    raise asyncio.CancelledError from error
                self._log.say(f"a changed list could not be read: {error.message}", "lifecycle", "warning")

    async def _read(
        self, session: Session, settings: ServerSettings, kinds: tuple[CatalogKind, ...], *, opening: bool
    ) -> None:
        wanted = [kind for kind in kinds if session.offers(kind)]
        async with asyncio.TaskGroup() as tasks:
            readings = {kind: tasks.create_task(self._read_list(session, settings, kind)) for kind in wanted}
        lists: dict[str, Any] = {kind: reading.result() for kind, reading in readings.items()}
        first = self._known is None
        before = self._known or Catalog()
        self.catalog = Catalog(**lists) if opening else replace(self.catalog, **lists)
        self._known = self.catalog
        told = KINDS if opening else tuple(wanted)
        events = [
            difference(settings.name, kind, getattr(before, kind), getattr(self.catalog, kind), first=first)
            for kind in told
        ]
        counts: dict[str, int] = {kind: len(getattr(self.catalog, kind)) for kind in KINDS}
        self._tell(counts, [event for event in events if event is not None])

    async def _read_list(
        self, session: Session, settings: ServerSettings, kind: CatalogKind
    ) -> tuple[Any, ...]:
        with translating():
            items, faults = await read_all(lambda cursor: session.page(kind, cursor))
        entries, more = await asyncio.to_thread(read_entries, settings.name, kind, items)
        for fault in (*(f"{kind}: {fault}" for fault in faults), *more):
            self._log.say(fault, "lifecycle", "warning")
        return offered(settings, entries) if kind == "tools" else entries  # type: ignore[arg-type]
