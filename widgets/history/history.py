"""The history of a session: cells to read, walk through, unfold and act on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.binding import Binding, BindingType
from textual.message import Message

from widgets.history.actions import Action, applies
from widgets.history.plain_text import cell_text
from widgets.history.searching import counted, next_holding
from widgets.history.walking import WalkedHistory
from widgets.views.search import needle_pattern, told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events

    from widgets.history.cells import Cell

__all__ = ("History",)


class History(WalkedHistory):
    """Cells drawn by lines, one of them selected; keys post messages and change nothing but the view."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "up", show=False, id="history.up"),
        Binding("down", "move(1)", "down", show=False, id="history.down"),
        Binding("left,p", "choose(-1)", "previous link", show=False, id="history.previous_target"),
        Binding("right,n", "choose(1)", "next link", show=False, id="history.next_target"),
        Binding("pageup", "page(-1)", "page up", show=False, id="history.page_up"),
        Binding("pagedown", "page(1)", "page down", show=False, id="history.page_down"),
        Binding("home", "first", "oldest", show=False, id="history.first"),
        Binding("end", "newest", "newest", show=False, id="history.newest"),
        Binding("enter", "open", "open", id="history.open"),
        Binding("space", "fold", "fold", show=False, id="history.fold"),
        Binding("v", "request('view')", "view", id="history.view"),
        Binding("c", "request('copy')", "copy", id="history.copy"),
        Binding("C", "request('copy_cell')", "copy all of the cell", show=False, id="history.copy_cell"),
        Binding("s", "request('save')", "save", id="history.save"),
        Binding("o", "request('open_outside')", "open outside", show=False, id="history.open_outside"),
        Binding("r", "request('call_again')", "again", id="history.call_again"),
        Binding("R", "request('send_again')", "again at once", show=False, id="history.send_again"),
        Binding("j", "request('raw')", "JSON", id="history.raw"),
        Binding("m", "request('plain')", "markdown", id="history.plain"),
        Binding("d", "request('compare')", "compare", id="history.compare"),
        Binding("x", "request('copy_command')", "command", id="history.copy_command"),
        Binding("k", "request('keep')", "keep", id="history.keep"),
        Binding("ctrl+f", "search", "find", id="history.search"),
        Binding("escape", "leave", "back", id="history.leave"),
    ]

    @dataclass
    class ActionRequested(Message):
        """Something is wanted for one cell."""

        history: History
        cell_id: int
        action: Action
        target_index: int | None = None
        """For `open`: which of the cell's `targets`."""

        @property
        def control(self) -> History:
            """Alias for self.history."""
            return self.history

    @dataclass
    class Left(Message):
        """The person is done here: back to the composer."""

        history: History

        @property
        def control(self) -> History:
            """Alias for self.history."""
            return self.history

    @dataclass
    class SearchRequested(Message):
        """The person wants to look for text: show a search bar."""

        history: History

        @property
        def control(self) -> History:
            """Alias for self.history."""
            return self.history

    @dataclass
    class Searched(Message):
        """A search that was started with `search` has ended."""

        history: History
        text: str
        found: bool
        told: str = ""
        """Which of the cells that hold it this one is: `3 of 17`."""

        @property
        def control(self) -> History:
            """Alias for self.history."""
            return self.history

    # Cells.

    def append(self, cell: Cell) -> int:
        """Add a cell at the end; its number, which stays its own."""
        cell_id = self._store.append(cell)
        self._noted([cell_id], [cell])
        return cell_id

    def append_many(self, cells: Iterable[Cell]) -> range:
        """Add cells at the end; their numbers. About a millisecond for a thousand."""
        new = list(cells)
        ids = self._store.extend(new)
        self._noted(ids, new)
        return ids

    def prepend(self, cells: Iterable[Cell]) -> range:
        """Add cells before all others; their numbers. What is in view stays there."""
        new, before = list(cells), self._heights.total
        ids = self._store.prepend(new)

        if before and not self.following:
            self._measured()
            self._placing = True
            self.scroll_to(y=self.scroll_y + self._heights.total - before, force=True)
            self._placing = False

        self._came(len(new))
        return ids

    def replace(self, cell_id: int, cell: Cell) -> None:
        """Put another cell in the place of one: a call made progress or ended. Raises KeyError."""
        self._store.replace(cell_id, cell)
        self._calls.discard(cell_id)

        if cell.kind == "running":
            self._calls.add(cell_id)

        if cell_id == self.selected:
            self._choose_first()
            self.refresh_bindings()

        self._changed()

    @property
    def ids(self) -> range:
        """The numbers of all cells, oldest first."""
        return self._store.ids

    def cell(self, cell_id: int) -> Cell:
        """The cell of that number; raises KeyError when there is none."""
        return self._store[cell_id]

    def holds(self, cell_id: int) -> bool:
        """Whether the cell is still there."""
        return cell_id in self._store

    def cell_text(self, cell_id: int, *, head: bool = True) -> str:
        """The whole text of a cell, folded or not; without the head line only what came back."""
        return cell_text(self._store[cell_id], head=head)

    def clear(self, room: int = 0) -> None:
        """Drop all cells; their numbers are not used again, nor `room` more but by `prepend`."""
        self._store.clear(room)
        self._calls.clear()
        self.selected = self.chosen = None
        self.following, self._unseen = True, 0
        self._changed()

    def _noted(self, ids: Iterable[int], cells: Iterable[Cell]) -> None:
        new = list(zip(ids, cells, strict=True))
        self._calls.update(cell_id for cell_id, cell in new if cell.kind == "running")

        if not self.following:
            self._unseen += len(new)

        if new and self.has_focus and self.selected is None:
            self.select(new[-1][0], reveal=0)

        self._came(len(new))

    # Keys.

    def action_open(self) -> None:
        """Open what is chosen; else unfold, show the rest in the viewer, or fold."""
        if self.selected is None or self._brought_back():
            return

        layout, unfolded = self._store.layout(self.selected), self._store.unfolded(self.selected)

        if self.chosen is not None:
            self._request("open", self.chosen)
        elif unfolded and layout.cut_off:
            self._request("view")
        else:
            self.action_fold()

    def action_request(self, action: str) -> None:
        """Ask for something to be done with the selected cell."""
        self._request(cast("Action", action))

    def action_search(self) -> None:
        """Ask for a search bar."""
        self.post_message(self.SearchRequested(self))

    def action_leave(self) -> None:
        """Cancel the selected call if it runs, else leave."""
        if self.selected is not None and applies("cancel", self._store[self.selected]):
            # Also where it is out of sight: Esc cancels what runs wherever one is.
            self.post_message(self.ActionRequested(self, self.selected, "cancel"))
        else:
            self.post_message(self.Left(self))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "request":
            cell = None if self.selected is None else self._store[self.selected]
            return applies(str(parameters[0]), cell)

        return True

    def _request(self, action: Action, target: int | None = None) -> None:
        if self.selected is not None and not self._brought_back():
            self.post_message(self.ActionRequested(self, self.selected, action, target))

    # Mouse.

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)

        if offset is None or self.text_selection is not None:
            return

        if self._unseen and not self.following and offset.y == self._view.height - 1:
            self.action_newest()
        elif (place := self._row_at(self.scroll_offset.y + offset.y)) is not None:
            cell_id, row = place
            self.select(cell_id, reveal=0)

            if row is not None and row.target is not None:
                self.chosen = row.target

            if event.chain == 2 or (row is not None and row.folds):
                self.action_open()

    # Search.

    @work(group="history-search", exclusive=True, exit_on_error=False)
    async def search(self, text: str, backwards: bool = False) -> None:
        """`find` behind the screen; ends with the message `Searched`."""
        found = await self.find(text, backwards=backwards)
        here, total = await counted(self._store, text, self.selected) if found else (0, 0)
        self.post_message(self.Searched(self, text, found, told(text, here, total)))

    async def find(self, text: str, *, backwards: bool = False) -> bool:
        """Select the next cell that holds the text, round the ends; whether there is one.

        Case does not matter. The selected cell is looked at first when the text is new, last otherwise.
        """
        again = self._needle is not None and self._needle == needle_pattern(text)
        self.mark(text)

        if not text or not len(self._store):
            return False

        found = await next_holding(self._store, text, self.selected, backwards=backwards, again=again)

        if found is None or found not in self._store:
            return False

        self.select(found)
        self._reveal_match(found)
        return True

    def mark(self, text: str = "") -> None:
        """Mark a text wherever it is drawn; nothing for no text."""
        self._needle = needle_pattern(text)
        self.refresh()

    def _reveal_match(self, cell_id: int) -> None:
        for unfold in (True, False):
            for number, row in enumerate(self._store.layout(cell_id).rows):
                if self._needle is not None and self._needle.search(row.text):
                    self._reveal(cell_id, row=number)
                    return

            if unfold and self._store.layout(cell_id).foldable and not self._store.unfolded(cell_id):
                self._toggle(cell_id)
