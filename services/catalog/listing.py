"""Reading one whole list of a server, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ("MAX_ITEMS", "ListFault", "read_all")

MAX_ITEMS: Final = 100_000
"""Entries after which a list that never ends is cut."""


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


async def read_all(page: Callable[[str | None], Awaitable[_Page]]) -> tuple[list[Any], tuple[ListFault, ...]]:
    """All items, and what was wrong on the way; a cursor that comes again ends the loop."""
    items: list[Any] = []
    faults: list[ListFault] = []
    seen: set[str] = set()
    cursor: str | None = None
    while True:
        current = await page(cursor)
        items.extend(current.items)
        if current.fault:
            faults.append(ListFault("invalid", current.fault))
        cursor = current.cursor
        if cursor is None:
            break
        if cursor in seen:
            faults.append(ListFault("repeated", "the server repeated its cursor; the list ends there"))
            break
        if len(items) >= MAX_ITEMS:
            faults.append(ListFault("endless", f"the list was cut after {MAX_ITEMS:,} entries"))
            break
        seen.add(cursor)
    return items, tuple(faults)
