"""The rows of a form in their places: those in sight are there, those far down once they are wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, overload

from widgets.schema_form.field_row import FieldRow
from widgets.schema_form.lazy_rows import LazyRows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from services.forms.nodes import Node, Row

__all__ = ("AT_ONCE", "PlacedRows")

AT_ONCE = 20
_AT_A_TIME = 5
_MOST_MOUNTED = 100
"""Rows that are all there sooner or later; of more, those far down once they are seen (4 ms each)."""
_TOGETHER = 10


class PlacedRows(Sequence[FieldRow]):
    """The rows of a form, in their order. `place` mounts those that have no place yet."""

    def __init__(self, form: Widget, rows: Iterable[Row]) -> None:
        self._form = form
        self._rows = [FieldRow(row) for row in rows]
        self._placed = set(self._rows[:AT_ONCE])
        self._lazy: dict[FieldRow, LazyRows] = {}
        """Those that a row comes into being with."""
        self._placing = asyncio.Lock()
        self._align()

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> FieldRow: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[FieldRow]: ...
    def __getitem__(self, place: int | slice) -> FieldRow | Sequence[FieldRow]:
        return self._rows[place]

    def of(self, node: Node) -> FieldRow | None:
        """The row of a node; None where it is not in sight."""
        return next((row for row in self._rows if row.node is node), None)

    @property
    def focused(self) -> int | None:
        """The place of the row with the keys."""
        return next((place for place, row in enumerate(self._rows) if row.has_focus_within), None)

    @property
    def first(self) -> int:
        """The place of the first required field that is empty; of the first field where there is none."""
        return next((place for place, row in enumerate(self._rows) if row.is_wanting), 0)

    def show(self, wanted: Sequence[Row]) -> None:
        """Have these rows; those that are no longer wanted go."""
        places = {row.node: place for place, row in enumerate(self._rows)}
        last, found = -1, []
        for row in wanted:
            place = places.get(row.node, -1)
            if place > last and self._rows[place].shows(row):
                last = place
                found.append(self._rows[place])
                self._rows[place].update_field()
            else:
                found.append(FieldRow(row))
        kept = set(found)
        before, self._rows = self._rows, found
        for shown in before:
            if shown not in kept:
                self._drop(shown)
        self._align()

    def _drop(self, row: FieldRow) -> None:
        self._placed.discard(row)
        lazy = self._lazy.pop(row, None)
        if lazy is not None and not lazy.is_filled:
            lazy.change([one for one in lazy.rows if one is not row])
        elif row.is_attached:
            row.display = False
            row.remove()

    async def place(self, most: int | None = None) -> bool:
        """Have the rows there that have no place yet, or some of them; whether any is left."""
        async with self._placing:
            left = most
            for placed, run in groupby(list(self._rows), lambda row: row in self._placed):
                if placed or left == 0:
                    continue
                rows = list(run)[:left]
                left = None if left is None else left - len(rows)
                await self._mount(rows)
            return any(row not in self._placed for row in self._rows)

    async def _mount(self, rows: Sequence[FieldRow]) -> None:
        """Mount rows that follow one another behind the one before them."""
        at = self._rows.index(rows[0])
        before = self._rows[at - 1] if at else None
        self._placed.update(rows)
        lazy = None if before is None else self._lazy.get(before)
        if before is not None and lazy is not None:
            self._lazy.update(dict.fromkeys(rows, lazy))
            if not lazy.is_filled:
                place = lazy.rows.index(before) + 1
                lazy.change([*lazy.rows[:place], *rows, *lazy.rows[place:]])
                return
        if before is None:
            await self._form.mount_all(rows, before=0)
        elif before.parent is not None:
            await before.parent.mount_all(rows, after=before)  # type: ignore[attr-defined]

    async def place_rest(self, before: Widget) -> None:
        """Have the rest there: a few at a time, for a hundred at once would hold the screen."""
        if len(self._rows) <= _MOST_MOUNTED:
            while await self.place(_AT_A_TIME):
                pass
            return
        async with self._placing:
            rest = [row for row in self._rows if row not in self._placed]
            lazies = [LazyRows(rest[at : at + _TOGETHER]) for at in range(0, len(rest), _TOGETHER)]
            self._lazy = {row: lazy for lazy in lazies for row in lazy.rows}
            self._placed.update(rest)
            await self._form.mount_all(lazies, before=before)

    async def fill(self, place: int) -> None:
        """Have the row at a place there, with those around it."""
        if 0 <= place < len(self._rows):
            lazy = self._lazy.get(self._rows[place])
            if self._rows[place] not in self._placed:
                await self.place()
            elif lazy is not None:
                await lazy.fill()

    def _align(self) -> None:
        """Give all labels the same width."""
        widest = max((row.label_width for row in self._rows), default=0)
        for row in self._rows:
            row.align(widest)
