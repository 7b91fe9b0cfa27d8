"""A server's lists as this side knows them: read at the start, read again when they change.

Each list is read by itself: one that fails or never ends is named with its error and asked for
again later, and the others serve meanwhile. What was known outlives a connection, so that what
came and went while the server was away is told when it is back.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from services.catalog.difference import difference
from services.catalog.entries import Catalog
from services.catalog.filters import offered
from services.catalog.listing import Reading
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

KINDS: Final[tuple[CatalogKind, ...]] = ("tools", "resources", "templates", "prompts", "skills")

_PATIENCE: Final = 5.0
"""Seconds that a new connection waits for its lists before it is ready without the slow ones."""

_INTERVAL: Final = 0.5
"""Seconds between two readings of one list at least."""
_AT_ONCE: Final = 5
"""Readings that a server may have for its announcements in a row, before it is waited for one to be due."""
_DUE: Final = 5.0
"""Seconds after which one reading more is due, up to those."""

_FIRST_PAUSE: Final = 5.0
"""Seconds until a list that failed is asked for again; doubled each time."""
_LONGEST_PAUSE: Final = 300.0


class Lists:
    """The catalog of one server; `changed` hears of each new reading, with what differs."""

    def __init__(
        self,
        settings: Callable[[], ServerSettings],
        log: ServerLog,
        changed: Callable[[dict[str, int], list[CatalogChanged]], None],
        entries: Callable[[CatalogKind, list[Any]], None] = lambda _kind, _entries: None,
        wanted: Callable[[ServerSettings], bool] = lambda _: False,
    ) -> None:
        """`entries` hears, before `changed`, of each list that was read to its end, as it came.

        `wanted` says whether `wire` shall have the lists of a server with these settings.
        """
        self.catalog = Catalog()
        """What the server offers now; empty unless it is connected."""
        self.wire: dict[CatalogKind, list[Any]] = {}
        """The entries of each list that was read to its end, as they came, where they are wanted."""
        self.resting = Catalog()
        """What is shown of a lazy server that does not run."""
        self.faults: dict[CatalogKind, str] = {}
        """The lists that could not be read to their end, and why."""
        self._known = Catalog()
        """What it offered when it was last connected."""
        self._seen: set[CatalogKind] = set()
        """The lists that `_known` holds."""
        self._settings = settings
        self._log = log
        self._tell = changed
        self._entries = entries
        self._wanted = wanted
        self._news = {kind: asyncio.Event() for kind in KINDS}
        self._readings: dict[CatalogKind, asyncio.Task[bool]] = {}

    @property
    def named_faults(self) -> tuple[str, ...]:
        """The faults in words, each with the list it is about."""
        return tuple(f"{kind}: {self.faults[kind]}" for kind in KINDS if kind in self.faults)

    def rest(self, offered: Catalog | None = None) -> None:
        """The server does not run; this is what is shown of it until it does: nothing, or what it offered."""
        self.resting = self.catalog = offered or Catalog()

    def gone(self) -> None:
        """The server is not connected any more."""
        self.catalog = self.resting
        self.faults.clear()
        for event in self._news.values():
            event.clear()

    def announced(self, kind: CatalogKind) -> None:
        """The server says that a list changed."""
        self._news[kind].set()

    async def known(self, kind: CatalogKind) -> None:
        """Return when the first reading of a list on this connection has ended, whichever way."""
        if (reading := self._readings.get(kind)) is not None:
            await asyncio.wait((reading,))

    async def read(self, session: Session) -> None:
        """Read all lists of a new connection; slow ones are left to come later, and to `follow`."""
        self.gone()
        wanted = [kind for kind in KINDS if session.declared.offers(kind)]
        name = self._settings().name
        for kind in KINDS:
            if kind not in wanted:
                self._entries(kind, [])
        self._merge({kind: () for kind in KINDS if kind not in wanted})
        self._readings = {
            kind: asyncio.create_task(self._read(session, kind), name=f"{kind} {name}") for kind in wanted
        }
        if self._readings:
            _, late = await asyncio.wait(self._readings.values(), timeout=_PATIENCE)
            for kind, reading in self._readings.items():
                if reading in late:
                    self._log.say(f"its {kind} are still being listed", "lifecycle", "debug")

    async def leave(self) -> None:
        """End the readings under way; for whoever owns the connection."""
        readings = tuple(self._readings.values())
        self._readings = {}
        for reading in readings:
            reading.cancel()
        if readings:
            await asyncio.wait(readings)

    async def follow(self, session: Session) -> None:
        """Read lists again as they change, and those that failed. Never returns."""
        async with asyncio.TaskGroup() as tasks:
            for kind in KINDS:
                tasks.create_task(self._follow(session, kind))
            await asyncio.Event().wait()

    async def _follow(self, session: Session, kind: CatalogKind) -> None:
        """One list: at most one reading under way, and one after it however often it is announced."""
        news, clock = self._news[kind], asyncio.get_running_loop().time
        pause, began, due = _FIRST_PAUSE, 0.0, 0.0
        await self.known(kind)
        while True:
            try:
                async with asyncio.timeout(pause if kind in self.faults else None):
                    await news.wait()
            except TimeoutError:
                pause = min(pause * 2, _LONGEST_PAUSE)
            due = min(due + (clock() - began) / _DUE, _AT_ONCE)
            wait = max(began + _INTERVAL - clock(), (1 - due) * _DUE)
            if wait > 0:
                await asyncio.sleep(wait)
            news.clear()
            began, due = clock(), max(due, 1) - 1
            if await self._read(session, kind):
                pause = _FIRST_PAUSE

    async def _read(self, session: Session, kind: CatalogKind) -> bool:
        """Read one list; whether it brought something new. What fails becomes the list's fault."""
        if not session.declared.offers(kind):
            return False
        seconds = self._settings().tool_timeout_sec
        reading, failure = Reading(lambda cursor: session.page(kind, cursor)), ""
        try:
            async with asyncio.timeout(seconds):
                with translating():
                    await reading.run()
        except TimeoutError:
            failure = f"no end within {seconds:g} s" if reading.items else f"no answer within {seconds:g} s"
        except JackfieldError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                # Until Python 3.13 a TaskGroup prefers its errors to a cancellation that comes with them.
                raise asyncio.CancelledError from error
            failure = error.message
        settings = self._settings()
        entries, more = await asyncio.to_thread(read_entries, settings.name, kind, reading.items)
        for fault in (*(f"{kind}: {fault.text}" for fault in reading.faults), *more):
            self._log.say(fault, "lifecycle", "warning")
        before = self.faults.pop(kind, "")
        if failure:
            self.faults[kind] = failure
            if failure != before:
                self._log.say(f"{kind} could not be listed: {failure}", "lifecycle", "warning")
        if failure and len(entries) <= len(getattr(self.catalog, kind)):
            self._merge({})  # what was read before is better than a part of it
            return False
        if not failure and self._wanted(settings):
            self.wire[kind] = list(reading.items)
        if not failure:
            self._entries(kind, list(reading.items))
        usable = offered(settings, entries) if kind == "tools" else entries  # type: ignore[arg-type]
        return self._merge({kind: usable}) or bool(before)

    def _merge(self, lists: dict[CatalogKind, Any]) -> bool:
        """Take over what was read, and tell what differs; whether something does."""
        before = self._known
        self.catalog = replace(self.catalog, **lists)
        self._known = replace(self._known, **lists)
        if self.resting != Catalog():
            self.resting = self._known
        events = [
            difference(self._settings().name, kind, getattr(before, kind), read, first=kind not in self._seen)
            for kind, read in lists.items()
        ]
        self._seen.update(lists)
        counts: dict[str, int] = {kind: len(getattr(self.catalog, kind)) for kind in KINDS}
        told = [event for event in events if event is not None]
        self._tell(counts, told)
        return bool(told)
