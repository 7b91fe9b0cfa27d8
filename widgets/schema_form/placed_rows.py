"""The rows of a form in their places: those in sight are there, those far down once they are wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, overload

from textual.widget import Widget

from widgets.schema_form.field_row import FieldRow
from widgets.schema_form.lazy_rows import LazyRows
from widgets.schema_form.shown_node import is_wanting, label_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from services.forms.nodes import Node, Row

__all__ = ("PlacedRows",)

_AT_ONCE = 20
_AT_LEAST = 16
_AT_A_TIME = 5
_MOST_MOUNTED = 100
"""Rows that are all there sooner or later; of more, those far down once they are seen (4 ms each)."""
_TOGETHER = 10


class PlacedRows(Sequence[FieldRow]):
    """The rows of a form, in their order. `place` mounts those that have no place yet.

    A row is made when it is asked for: 500 at once would take as long as all the rest of opening a form.
    """

    def __init__(self, form: Widget, rows: Iterable[Row]) -> None:
        self._form = form
        self._rows = list(rows)
        self._made: dict[Node, FieldRow] = {}
        self._placed: set[Node] = set()
        self._lazy: dict[Node, LazyRows] = {}
        """Those that a row comes into being with."""
        self._placing = asyncio.Lock()
        self._widest = 0
        self._align()

    def begin(self, height: int) -> Sequence[FieldRow]:
        """The rows to begin with: those in sight, and the one that gets the keys."""
        count = min(max(height, _AT_LEAST, self.first + 1), _AT_ONCE)
        self._placed = {row.node for row in self._rows[:count]}
        return self[:count]

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> FieldRow: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[FieldRow]: ...
    def __getitem__(self, place: int | slice) -> FieldRow | Sequence[FieldRow]:
        if isinstance(place, slice):
            return [self._row(row) for row in self._rows[place]]
        return self._row(self._rows[place])

    def _row(self, row: Row) -> FieldRow:
        made = self._made.get(row.node)
        if made is None:
            made = self._made[row.node] = FieldRow(row)
            made.align(self._widest)
        return made

    @property
    def made(self) -> Iterator[FieldRow]:
        """The rows that somebody may have been at."""
        return (self._made[row.node] for row in list(self._rows) if row.node in self._made)

    @property
    def nodes(self) -> list[Node]:
        """What the rows are of."""
        return [row.node for row in self._rows]

    def of(self, node: Node) -> int | None:
        """The place of the row of a node; None where it is not in sight."""
        return next((place for place, row in enumerate(self._rows) if row.node is node), None)

    @property
    def focused(self) -> int | None:
        """The place of the row with the keys."""
        focused = self._form.screen.focused if self._form.is_attached else None
        at = (
            None
            if focused is None
            else next((node for node in focused.ancestors if isinstance(node, FieldRow)), None)
        )
        return None if at is None or self._made.get(at.node) is not at else self.of(at.node)

    @property
    def first(self) -> int:
        """The place of the first required field that is empty; of the first field where there is none."""
        for place, row in enumerate(self._rows):
            made = self._made.get(row.node)
            if is_wanting(row.node, row.node.entry if made is None else made.entry):
                return place
        return 0

    def show(self, wanted: Sequence[Row]) -> None:
        """Have these rows; those that are no longer wanted go."""
        places = {row.node: place for place, row in enumerate(self._rows)}
        last, kept = -1, set()
        for row in wanted:
            place = places.get(row.node, -1)
            made = self._made.get(row.node)
            if place > last and (made is None or made.shows(row)):
                last = place
                kept.add(row.node)
                if made is not None:
                    made.update_field()
        self._drop([row.node for row in self._rows if row.node not in kept])
        self._rows = list(wanted)
        self._align()

    def update_heads(self) -> None:
        """Have what folded heads say of their fields be as it is now."""
        for row in self.made:
            if row.node.is_folded:
                row.update_field()

    def _drop(self, nodes: Sequence[Node]) -> None:
        """Have the rows of some nodes go, and what is empty without them."""
        gone = set(nodes)
        self._placed -= gone
        going: set[Widget] = {row for node in nodes if (row := self._made.pop(node, None)) is not None}
        for lazy in {lazy for node in nodes if (lazy := self._lazy.pop(node, None)) is not None}:
            lazy.change([row for row in lazy.rows if row.node not in gone])
            if not lazy.rows:
                going.add(lazy)
        outermost = [one for one in going if one.is_attached and going.isdisjoint(one.ancestors)]
        for parent in {one.parent for one in outermost}:
            if isinstance(parent, Widget):  # all at once: each for itself takes long
                parent.remove_children([one for one in outermost if one.parent is parent])

    async def place(self, most: int | None = None) -> bool:
        """Have the rows there that have no place yet, or some of them; whether any is left."""
        async with self._placing:
            left = most
            for placed, run in groupby(list(self._rows), lambda row: row.node in self._placed):
                if placed or left == 0:
                    continue
                rows = list(run)[:left]
                left = None if left is None else left - len(rows)
                await self._mount(rows)
            return any(row.node not in self._placed for row in self._rows)

    async def _mount(self, rows: Sequence[Row]) -> None:
        """Mount rows that follow one another behind the one before them."""
        at = next(place for place, row in enumerate(self._rows) if row.node is rows[0].node)
        before = self._rows[at - 1] if at else None
        self._placed.update(row.node for row in rows)
        lazy = None if before is None else self._lazy.get(before.node)
        if before is not None and lazy is not None:
            self._lazy.update(dict.fromkeys((row.node for row in rows), lazy))
            place = next(place for place, row in enumerate(lazy.rows) if row.node is before.node) + 1
            lazy.change([*lazy.rows[:place], *rows, *lazy.rows[place:]])
            if not lazy.is_filled:
                return
        now = len(rows) if len(rows) <= _MOST_MOUNTED else _AT_ONCE
        made = [*(self._row(row) for row in rows[:now]), *self._later(rows[now:])]
        if before is None:
            await self._form.mount_all(made, before=0)
        elif (shown := self._row(before)).parent is not None:
            await shown.parent.mount_all(made, after=shown)  # type: ignore[attr-defined]

    def _later(self, rows: Sequence[Row]) -> list[LazyRows]:
        """Rows that come into being once they are seen."""
        groups = [rows[at : at + _TOGETHER] for at in range(0, len(rows), _TOGETHER)]
        lazies = [LazyRows(group, self._row) for group in groups]
        self._lazy.update({row.node: lazy for lazy in lazies for row in lazy.rows})
        return lazies

    async def place_rest(self, before: Widget) -> None:
        """Have the rest there: a few at a time, for a hundred at once would hold the screen."""
        if len(self._rows) <= _MOST_MOUNTED:
            while await self.place(_AT_A_TIME):
                pass
            return
        async with self._placing:
            rest = [row for row in self._rows if row.node not in self._placed]
            self._placed.update(row.node for row in rest)
            await self._form.mount_all(self._later(rest), before=before)

    async def fill(self, place: int) -> None:
        """Have the row at a place there, with those around it."""
        if 0 <= place < len(self._rows):
            node = self._rows[place].node
            if node not in self._placed:
                await self.place()
            if (lazy := self._lazy.get(node)) is not None:
                await lazy.fill()

    def _align(self) -> None:
        """Give all labels the same width."""
        self._widest = max((label_of(row.node, row.depth).cell_length for row in self._rows), default=0)
        for row in self.made:
            row.align(self._widest)
