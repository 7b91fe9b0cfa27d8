"""Walking through the history: which cell is selected, and what is brought into view for it."""

from __future__ import annotations

from widgets.history.view import HistoryView

__all__ = ("WalkedHistory",)

_STEP = 3
"""Rows by which an arrow key moves on within a cell that is higher than the view."""


class WalkedHistory(HistoryView):
    """A history in which one cell is selected, and perhaps one of its links or pictures chosen."""

    def select(self, cell_id: int, *, reveal: int = 1) -> None:
        """Select a cell and show its beginning (`reveal` 1), its end (-1), or leave the view (0)."""
        self.selected = cell_id
        self._choose_first()

        if reveal:
            self._reveal(cell_id, reveal)

    def watch_selected(self) -> None:
        self.refresh()
        self.refresh_bindings()

    def on_focus(self) -> None:
        if len(self._store) and self.selected is None:
            self.select(self._visible()[-1], reveal=0)

    def _brought_back(self) -> bool:
        """Whether the selected cell was out of sight, and is in view now: no key acts on what is not seen."""
        if self.selected is None or not len(self._store) or self.selected in self._visible():
            return False

        self._reveal(self.selected)
        return True

    def _choose_first(self) -> None:
        cell_id = self.selected

        if cell_id is not None:
            single = self._store[cell_id].targets and not self._store.layout(cell_id).foldable
            self.chosen = 0 if single else None

    def _visible(self) -> range:
        """The cells of which at least one row is in view."""
        top = self.scroll_offset.y
        bottom = min(top + self._view.height, self._store.heights.total) - 1
        return range(self._store.locate(top)[0], self._store.locate(max(bottom, top))[0] + 1)

    def _reveal(self, cell_id: int, direction: int = 1, row: int | None = None) -> None:
        start, size = self._store.top(cell_id), self._store.height(cell_id)
        start, size = (start, size) if row is None else (start + row, 1)
        top, height = self.scroll_offset.y, self._view.height
        self._measured()

        if size > height:
            self.scroll_to(y=start if direction > 0 else start + size - height)
        elif start < top:
            self.scroll_to(y=start)
        elif start + size > top + height:
            self.scroll_to(y=start + size - height)

    def action_move(self, step: int) -> None:
        """Select the next cell, or move on within one that is higher than the view."""
        if not len(self._store):
            return

        visible = self._visible()

        if self.selected is None or self.selected not in visible:
            self.select(visible[0] if step > 0 else visible[-1], reveal=step)
        elif not self._moved_within(self.selected, step):
            cell_id = min(max(self.selected + step, self._store.ids[0]), self._store.ids[-1])
            self.select(cell_id, reveal=step)

    def _moved_within(self, cell_id: int, step: int) -> bool:
        start, size = self._store.top(cell_id), self._store.height(cell_id)
        top, height = self.scroll_offset.y, self._view.height
        rest = start + size - top - height if step > 0 else top - start

        if size <= height or rest <= 0:
            return False

        self.scroll_to(y=top + step * min(_STEP, rest))
        return True

    def action_page(self, step: int) -> None:
        """Scroll by a page; the selection comes along."""
        self.scroll_page(step)
        self._select_visible(step)

    def scroll_page(self, step: int) -> None:
        """Scroll by a page, whoever has the keys."""
        self.scroll_to(y=self.scroll_offset.y + step * max(self._view.height - 2, 1))

    def _select_visible(self, step: int) -> None:
        if len(self._store) and self.selected not in (visible := self._visible()):
            self.select(visible[0] if step > 0 else visible[-1], reveal=0)

    def action_first(self) -> None:
        """Scroll to the oldest cell."""
        self.scroll_to(y=0)

        if len(self._store):
            self.select(self._store.ids[0], reveal=0)

    def action_newest(self) -> None:
        """Scroll to the newest cell and follow what comes."""
        self.following = True
        self._settle()

        if len(self._store):
            self.select(self._store.ids[-1], reveal=0)

    def action_choose(self, step: int) -> None:
        """Choose among the links and pictures of the selected cell."""
        if self.selected is None or not (targets := self._store[self.selected].targets):
            return

        foldable = self._store.layout(self.selected).foldable
        place = -1 if self.chosen is None else self.chosen
        place = min(max(place + step, -1 if foldable else 0), len(targets) - 1)
        self.chosen = None if place < 0 else place

        if self.chosen is not None:
            self._reveal_target(self.selected, self.chosen)

    def _reveal_target(self, cell_id: int, target: int) -> None:
        rows = self._store.layout(cell_id).rows
        row = next((number for number, row in enumerate(rows) if row.target == target), None)

        if row is None and not self._store.unfolded(cell_id):
            self._toggle(cell_id)
            self._reveal_target(cell_id, target)
        elif row is not None:
            self._reveal(cell_id, row=row)

    def action_fold(self) -> None:
        """Unfold the selected cell, or fold it."""
        if self._brought_back():
            return

        if self.selected is not None and self._store.layout(self.selected).foldable:
            self._toggle(self.selected)

    def _toggle(self, cell_id: int) -> None:
        self.following = False
        self._store.toggle(cell_id)
        self._settle()
        self._reveal(cell_id, row=0)
        self.following = self.scroll_offset.y >= self.max_scroll_y
