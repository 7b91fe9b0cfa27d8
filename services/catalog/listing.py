"""Reading one whole list of a server, page by page; however many it has, and however large."""

from __future__ import annotations

import asyncio
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol

from services.json_size import json_size

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ("MAX_EMPTY", "MAX_ITEMS", "MAX_PAGES", "ListFault", "Reading", "read_all")

MAX_ITEMS: Final = 100_000
"""Entries after which a list that never ends is cut."""
MAX_PAGES: Final = 5_000
MAX_SIZE: Final = 64 << 20
"""Characters of all pages but the first: that one is a message, and bounded as such."""
LONGEST_CURSOR: Final = 1 << 16
MAX_EMPTY: Final = 100
"""Pages without an entry, one after the other, after which a list is cut too."""


class ListFault(NamedTuple):
    """What was wrong with a list on the way: an answer that is not valid, a cursor again, no end."""

    kind: Literal["invalid", "repeated", "endless"]
    text: str


class _Page(Protocol):
    @property
    def items(self) -> tuple[Any, ...]: ...

    @property
    def cursor(self) -> str | None: ...

    @property
    def fault(self) -> str: ...


class Reading:
    """One list as far as it was read: what came before a failure stays in `items`."""

    def __init__(self, page: Callable[[str | None], Awaitable[_Page]]) -> None:
        self._page = page
        self._seen: set[bytes] = set()
        self._size = 0
        self._empty = 0
        self.items: list[Any] = []
        self.faults: list[ListFault] = []
        """What was wrong on the way."""

    async def run(self) -> None:
        """Read to the end, or to one of the bounds; raises what a page raises."""
        cursor: str | None = None
        while True:
            current = await self._page(cursor)
            if cursor is not None:
                self._size += await asyncio.to_thread(json_size, current.items, MAX_SIZE)
            full = len(current.items) > MAX_ITEMS
            self.items.extend(current.items[: MAX_ITEMS - len(self.items)])
            self._empty = 0 if current.items else self._empty + 1
            if current.fault:
                self.faults.append(ListFault("invalid", current.fault))
            cursor = current.cursor
            if full or (cursor is not None and len(self.items) >= MAX_ITEMS):
                self.faults.append(ListFault("endless", f"the list was cut after {MAX_ITEMS:,} entries"))
                return
            if cursor is None:
                return
            if fault := self._bound(cursor):
                self.faults.append(fault)
                return

    def _bound(self, cursor: str) -> ListFault | None:
        """Why the list ends here though there is a cursor, or None; remembers the cursor."""
        if len(cursor) > LONGEST_CURSOR:
            return ListFault("endless", f"the list was cut: a cursor of {len(cursor):,} characters")
        if self._size > MAX_SIZE:
            return ListFault("endless", f"the list was cut: over {MAX_SIZE >> 20} MiB")
        if len(self._seen) >= MAX_PAGES:
            return ListFault("endless", f"the list was cut: over {MAX_PAGES:,} pages")
        if self._empty >= MAX_EMPTY:
            return ListFault("endless", f"the list was cut after {MAX_EMPTY} pages without entries")
        mark = blake2b(cursor.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if mark in self._seen:
            return ListFault("repeated", "the server repeated its cursor; the list ends there")
        self._seen.add(mark)
        return None


async def read_all(page: Callable[[str | None], Awaitable[_Page]]) -> tuple[list[Any], tuple[ListFault, ...]]:
    """All items, and what was wrong on the way; raises what a page raises."""
    reading = Reading(page)
    await reading.run()
    return reading.items, tuple(reading.faults)
