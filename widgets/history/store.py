"""The cells of a history and where each of them stands; knows nothing of a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.cache import LRUCache

from widgets.history.layout import FOLD, estimate, lay_out
from widgets.views.heights import LazyHeights
from widgets.views.rows import Space

if TYPE_CHECKING:
    from collections.abc import Iterable

    from widgets.history.cells import Cell
    from widgets.history.layout import Layout

__all__ = ("CellStore",)


class CellStore:
    """Cells by number, their layouts, and the rows at which they begin.

    Numbers rise from 0 and are never used twice, `clear` or not; those of cells that are added before
    all others fall.
    """

    def __init__(self, fold: int = FOLD) -> None:
        self.fold = fold
        self._first = 0
        self._space = Space()
        self._empty()

    def _empty(self) -> None:
        self._cells: list[Cell] = []
        self._unfolded: set[int] = set()
        self._layouts: LRUCache[int, Layout] = LRUCache(256)
        self.heights = LazyHeights(self._measure)

    def __len__(self) -> int:
        return len(self._cells)

    def __contains__(self, cell_id: int) -> bool:
        return self._first <= cell_id < self._first + len(self._cells)

    def __getitem__(self, cell_id: int) -> Cell:
        return self._cells[self._index(cell_id)]

    @property
    def ids(self) -> range:
        """The numbers of the cells, oldest first."""
        return range(self._first, self._first + len(self._cells))

    @property
    def space(self) -> Space:
        """The room to draw in; a new one makes every height an estimate."""
        return self._space

    @space.setter
    def space(self, space: Space) -> None:
        if space != self._space:
            self._space = space
            self._layouts.clear()
            self.heights.invalidate()

    def append(self, cell: Cell) -> int:
        """Add a cell; its number."""
        self._cells.append(cell)
        self.heights.append(estimate(cell, self._space, self.fold))
        return self._first + len(self._cells) - 1

    def extend(self, cells: Iterable[Cell]) -> range:
        """Add many cells; their numbers."""
        new = list(cells)
        self._cells += new
        self.heights.extend(estimate(cell, self._space, self.fold) for cell in new)
        return self.ids[len(self._cells) - len(new) :]

    def prepend(self, cells: Iterable[Cell]) -> range:
        """Add cells before all others; their numbers, which go down from the first, below 0 if need be."""
        new = list(cells)
        self._cells[:0] = new
        self._first -= len(new)
        self.heights.prepend(estimate(cell, self._space, self.fold) for cell in new)
        return self.ids[: len(new)]

    def replace(self, cell_id: int, cell: Cell) -> None:
        """Put another cell in the place of one; whether it is unfolded stays."""
        index = self._index(cell_id)
        self._cells[index] = cell
        self._layouts.discard(cell_id)
        self.heights.forget(index)

    def clear(self, room: int = 0) -> None:
        """Drop all cells; `room` numbers stay free for cells that are added before the next one."""
        self._first += len(self._cells) + room
        self._empty()

    def unfolded(self, cell_id: int) -> bool:
        """Whether all of a cell is shown."""
        return cell_id in self._unfolded

    def toggle(self, cell_id: int) -> None:
        """Unfold a folded cell, fold an unfolded one."""
        self._unfolded ^= {cell_id}
        self._layouts.discard(cell_id)
        self.heights.forget(self._index(cell_id))

    def layout(self, cell_id: int) -> Layout:
        """The rows of a cell as it is drawn now."""
        layout = self._layouts.get(cell_id)

        if layout is None:
            layout = lay_out(self[cell_id], self._space, unfolded=self.unfolded(cell_id), fold=self.fold)
            self._layouts[cell_id] = layout

        return layout

    def height(self, cell_id: int) -> int:
        """Rows of a cell, measured, with the blank one after it."""
        return self.heights.height(self._index(cell_id))

    def top(self, cell_id: int) -> int:
        """The row at which a cell begins."""
        return self.heights.top(self._index(cell_id))

    def locate(self, row: int) -> tuple[int, int]:
        """The cell that holds a row, and which of its rows that is."""
        index, offset = self.heights.find(row)
        return self._first + index, offset

    def settle(self, cell_id: int, offset: int, reach: int) -> int:
        """Measure what lies `reach` rows around a row of a cell; where that row is now."""
        return self.heights.settle(self._index(cell_id), offset, reach)

    def _measure(self, index: int) -> int:
        return self.layout(self._first + index).height

    def _index(self, cell_id: int) -> int:
        if cell_id not in self:
            raise KeyError(cell_id)

        return cell_id - self._first
