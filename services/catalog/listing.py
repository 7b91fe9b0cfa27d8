"""Reading one whole list of a server, page by page; however many it has, and however large."""

from __future__ import annotations

import asyncio
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol

from services.json_size import json_size

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ("MAX_ITEMS", "MAX_PAGES", "ListFault", "read_all")

MAX_ITEMS: Final = 100_000
"""Entries after which a list that never ends is cut."""
MAX_PAGES: Final = 5_000
MAX_SIZE: Final = 64 << 20
"""Characters of all pages but the first: that one is a message, and bounded as such."""
LONGEST_CURSOR: Final = 1 << 16


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
    seen: set[bytes] = set()
    size = 0
    cursor: str | None = None
    while True:
        current = await page(cursor)
        if cursor is not None:
            size += await asyncio.to_thread(json_size, current.items, MAX_SIZE)
        items.extend(current.items[: MAX_ITEMS - len(items)])
        if current.fault:
            faults.append(ListFault("invalid", current.fault))
        cursor = current.cursor
        if len(current.items) > MAX_ITEMS or (cursor is not None and len(items) >= MAX_ITEMS):
            faults.append(ListFault("endless", f"the list was cut after {MAX_ITEMS:,} entries"))
            break
        if cursor is None:
            break
        if why := _over(cursor, size, len(seen)):
            faults.append(ListFault("endless", f"the list was cut: {why}"))
            break
        mark = blake2b(cursor.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if mark in seen:
            faults.append(ListFault("repeated", "the server repeated its cursor; the list ends there"))
            break
        seen.add(mark)
    return items, tuple(faults)


def _over(cursor: str, size: int, pages: int) -> str:
    """Which bound ends the list here, or nothing."""
    if len(cursor) > LONGEST_CURSOR:
        return f"a cursor of {len(cursor):,} characters"
    if size > MAX_SIZE:
        return f"over {MAX_SIZE >> 20} MiB"
    return f"over {MAX_PAGES:,} pages" if pages >= MAX_PAGES else ""
