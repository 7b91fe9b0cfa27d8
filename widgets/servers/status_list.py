"""The rows of the MCP status panel as a list: fitted to its size, and drawn anew where they tell a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.events import ServerState
from widgets.servers.status_rows import StatusColumns
from widgets.views.row_list import RowList

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual.content import Content
    from textual.timer import Timer

    from services.events import ServerStatus

__all__ = ("StatusList",)

_CLOCKED = frozenset({ServerState.STARTING, ServerState.RECONNECTING})


class StatusList(RowList):
    """The rows of the panel."""

    DEFAULT_CSS = "StatusList { height: 1fr; }"

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self.statuses: Sequence[ServerStatus] = ()
        self.tokens: Mapping[str, int] = {}
        """About what each server's tools cost a model; drawn with the next `show`."""
        self._clock = clock
        self._now = clock()
        self._columns = StatusColumns.fit((), 0, self._now)
        self._timer: Timer | None = None

    def show(self, statuses: Sequence[ServerStatus]) -> None:
        """Draw these servers; the selected one stays selected wherever it moves."""
        selected = self.selected.server if self.selected else None
        self.statuses = statuses
        place = next((i for i, status in enumerate(statuses) if status.server == selected), None)

        if place is not None:
            self.cursor = place

        self.rows_changed()
        self._watch_clock()

    @property
    def selected(self) -> ServerStatus | None:
        """The selected server."""
        return self.statuses[self.cursor] if 0 <= self.cursor < len(self.statuses) else None

    def row_heights(self, width: int) -> Sequence[int]:
        self._now = self._clock()
        columns = StatusColumns.fit(self.statuses, width, self._now, self.tokens)
        for self._columns in (columns.with_more(), columns):
            heights = [self._columns.height(status, self._now) for status in self.statuses]
            if sum(heights) <= self.size.height:
                break
        return heights

    def row_lines(self, index: int, width: int) -> Sequence[Content]:
        return self._columns.row(self.statuses[index], self._now)

    def on_mount(self) -> None:
        self._timer = self.set_interval(1, self._tick, pause=True)

    def on_show(self) -> None:
        self._watch_clock()

    def on_hide(self) -> None:
        self._watch_clock()

    def _watch_clock(self) -> None:
        """Let the one timer run only while it is seen and something on the screen changes with time."""
        if self._timer is not None:
            counts = self._columns.uses_clock and any(s.state is ServerState.READY for s in self.statuses)
            if self.is_on_screen and (counts or self._under_way()):
                self._timer.resume()
            else:
                self._timer.pause()

    def _under_way(self) -> bool:
        return any(status.state in _CLOCKED for status in self.statuses)

    def _tick(self) -> None:
        if not self.is_on_screen:
            self._watch_clock()
        else:
            self.rows_changed()
