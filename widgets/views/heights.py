"""Where each of very many blocks of rows begins, when most have never been measured."""

from __future__ import annotations

from array import array
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ("Heights", "LazyHeights")


class Heights:
    """Heights and their cumulative offsets: every operation on one of n takes O(log n).

    Partial sums in a binary indexed tree (Fenwick 1994), searched by bisection.
    """

    def __init__(self) -> None:
        self._heights: list[int] = []
        self._tree = [0]

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> int:
        return self._heights[index]

    def __setitem__(self, index: int, height: int) -> None:
        change, tree = height - self._heights[index], self._tree
        self._heights[index] = height

        if change:
            place = index + 1

            while place < len(tree):
                tree[place] += change
                place += place & -place

    @property
    def total(self) -> int:
        """All heights together."""
        return self.top(len(self._heights))

    def append(self, height: int) -> None:
        """One more at the end."""
        self._heights.append(height)
        place, tree = len(self._heights), self._tree
        below, stop = place - 1, place - (place & -place)

        while below > stop:
            height += tree[below]
            below -= below & -below

        tree.append(height)

    def extend(self, heights: Iterable[int]) -> None:
        """Many more at the end; many enough build the tree anew, which takes O(n)."""
        new = list(heights)

        if len(new) * 8 < len(self._heights):
            for height in new:
                self.append(height)
        else:
            self._heights += new
            sums = [0, *accumulate(self._heights)]
            self._tree = [0, *(sums[place] - sums[place & place - 1] for place in range(1, len(sums)))]

    def prepend(self, heights: Iterable[int]) -> None:
        """Many more at the beginning, in O(n)."""
        later, self._heights, self._tree = self._heights, [], [0]
        self.extend([*heights, *later])

    def top(self, index: int) -> int:
        """The row at which a block begins."""
        row, tree = 0, self._tree

        while index:
            row += tree[index]
            index &= index - 1

        return row

    def find(self, row: int) -> tuple[int, int]:
        """The block that holds a row, and which of its rows that is; beyond the end, the last one."""
        tree, size = self._tree, len(self._heights)
        place, step = 0, 1 << size.bit_length()

        while step := step >> 1:
            if place + step <= size and tree[place + step] <= row:
                place += step
                row -= tree[place]

        return (place, row) if place < size else (size - 1, self._heights[-1] - 1)


class LazyHeights:
    """Heights that are estimated first and measured when they come near the view.

    A new width makes all of them stale at once and measures none: `settle` brings what is
    in view, and a stretch around it, up to date, and says where the view is then.
    """

    def __init__(self, measure: Callable[[int], int]) -> None:
        self._measure = measure
        self._heights = Heights()
        self._measured = array("L")
        self._edition = 1

    def __len__(self) -> int:
        return len(self._heights)

    @property
    def total(self) -> int:
        """All rows, as far as is known."""
        return self._heights.total

    def extend(self, estimates: Iterable[int]) -> None:
        """More blocks at the end."""
        before = len(self._heights)
        self._heights.extend(estimates)
        self._measured.frombytes(bytes(self._measured.itemsize * (len(self._heights) - before)))

    def prepend(self, estimates: Iterable[int]) -> None:
        """More blocks at the beginning."""
        before = len(self._heights)
        self._heights.prepend(estimates)
        new = array("L", bytes(self._measured.itemsize * (len(self._heights) - before)))
        self._measured = new + self._measured

    def append(self, estimate: int) -> None:
        """One more block at the end."""
        self._heights.append(estimate)
        self._measured.append(0)

    def invalidate(self) -> None:
        """The width changed: what was measured is an estimate now."""
        self._edition += 1

    def forget(self, index: int) -> None:
        """One block changed: what was measured of it is an estimate now."""
        self._measured[index] = 0

    def height(self, index: int) -> int:
        """How high a block is: measured now unless it was before."""
        if self._measured[index] != self._edition:
            self._measured[index] = self._edition
            self._heights[index] = self._measure(index)

        return self._heights[index]

    def top(self, index: int) -> int:
        """The row at which a block begins."""
        return self._heights.top(index)

    def find(self, row: int) -> tuple[int, int]:
        """The block that holds a row, and which of its rows that is."""
        return self._heights.find(row)

    def settle(self, index: int, offset: int, reach: int) -> int:
        """Measure a block and what lies `reach` rows around one of its rows; where that row is now."""
        stale = self._measured[index] and self._measured[index] != self._edition
        before, height = self._heights[index], self.height(index)

        # After a change of width the same place in the text is another row of it.
        offset = min(offset * height // before if stale and before else offset, height - 1)
        self._walk(index + 1, 1, reach - height + offset)
        self._walk(index - 1, -1, reach - offset)
        return self.top(index) + offset

    def settle_end(self, reach: int) -> None:
        """Measure the last `reach` rows."""
        self._walk(len(self) - 1, -1, reach)

    def _walk(self, index: int, step: int, reach: int) -> None:
        while reach > 0 and 0 <= index < len(self):
            reach -= self.height(index)
            index += step
