"""What the history shows, handed to what keeps it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.session.kept_cells import entry_of, origin_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session.cell_source import Source
    from app.session.kept_cells import Origin
    from services.transcript.entries import Entry
    from services.transcript.recorder import Recorder
    from widgets.history.cells import Cell

__all__ = ("Recording",)


class Recording:
    """Tells a recorder of every cell; a few microseconds each, the rest happens in its thread."""

    def __init__(self, recorder: Recorder, wall: Callable[[], float]) -> None:
        """`wall` gives seconds since 1970."""
        self.recorder = recorder
        self._wall = wall
        self._shift = 0
        """What a cell's number in the file is higher than in the history."""
        self.began: dict[int, float] = {}
        """When the cells of this session came."""
        self._next = 0

    def note(self, cell_id: int, cell: Cell, source: Source | None, new: bool) -> None:
        """A cell came (`new`) or changed."""
        if new:
            self._next = max(self._next, cell_id + 1)
            self.began[cell_id] = self._wall()
        at = self.began.get(cell_id)
        if at is None:
            return  # of a session that was reopened: it stands in the file as it was
        make = partial(self._entry, cell_id, at, cell, origin_of(source))
        self.recorder.put(cell_id, cell.kind, make, new=new)

    def _entry(self, cell_id: int, at: float, cell: Cell, origin: Origin) -> Entry:
        return entry_of(cell_id + self._shift, at, cell, origin)

    def cleared(self) -> None:
        """The history was emptied."""
        self.began.clear()
        self.recorder.clear(self._next, self._next + self._shift)

    def go_on(self, after: int, next_cell: int) -> None:
        """What comes from the cell `next_cell` on stands behind the entry `after` of the file."""
        self._shift = after + 1 - next_cell
        self._next = max(self._next, next_cell)
        self.began = {cell_id: at for cell_id, at in self.began.items() if cell_id >= next_cell}
