"""Reading one whole list of a server, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ("MAX_EMPTY", "MAX_ITEMS", "Reading", "read_all")

MAX_ITEMS: Final = 100_000
"""Entries after which a list that never ends is cut."""

MAX_EMPTY: Final = 100
"""Pages without an entry, one after the other, after which it is cut too."""


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
        self.items: list[Any] = []
        self.faults: list[str] = []
        """What was wrong on the way, in words."""

    async def run(self) -> None:
        """Read to the end; a cursor that comes again, and pages that bring nothing, end it too."""
        seen: set[str] = set()
        cursor: str | None = None
        empty = 0
        while True:
            current = await self._page(cursor)
            self.items.extend(current.items)
            if current.fault:
                self.faults.append(current.fault)
            cursor = current.cursor
            empty = 0 if current.items else empty + 1
            if cursor is None:
                return
            if cursor in seen:
                self.faults.append("the server repeated its cursor; the list ends there")
                return
            if len(self.items) >= MAX_ITEMS:
                self.faults.append(f"the list was cut after {MAX_ITEMS:,} entries")
                return
            if empty >= MAX_EMPTY:
                self.faults.append(f"the list was cut after {MAX_EMPTY} pages without entries")
                return
            seen.add(cursor)


async def read_all(page: Callable[[str | None], Awaitable[_Page]]) -> tuple[list[Any], tuple[str, ...]]:
    """All items, and what was wrong on the way; raises what a page raises."""
    reading = Reading(page)
    await reading.run()
    return reading.items, tuple(reading.faults)
