"""The entries of one kind that a server offers, as a list that can be filtered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len, set_cell_size
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from services.text import one_line
from widgets.servers.entry_text import badge, entry_key, entry_name, entry_words
from widgets.views.row_list import RowList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.servers.entry_text import Entry
    from widgets.servers.for_model import ForModel

__all__ = ("EntryList", "FilterInput")

_OFF = ("off for the model", "off")


class EntryList(RowList):
    """One line an entry: its name, and at the right edge the one word worth knowing first."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.entries: Sequence[Entry] = ()
        """The entries that pass the filter."""
        self._all: Sequence[Entry] = ()
        self._filter = ""
        self._for_model: ForModel | None = None

    def show(self, entries: Sequence[Entry], placeholder: Content, *, keep: str = "") -> None:
        """Replace the entries; the one with the key `keep` is selected if it is still there."""
        self._all = entries
        self.placeholder = placeholder
        self._apply(keep)

    def mark(self, for_model: ForModel | None) -> None:
        """Mark the tools that are off for the model."""
        self._for_model = for_model
        self.redraw()

    def filter(self, text: str) -> None:
        """Show only entries that hold every word of the text somewhere."""
        selected = self.selected
        self._filter = text.casefold()
        self._apply(entry_key(selected) if selected else "")

    @property
    def selected(self) -> Entry | None:
        """The selected entry."""
        return self.entries[self.cursor] if 0 <= self.cursor < len(self.entries) else None

    @property
    def total(self) -> int:
        """How many entries there are without the filter."""
        return len(self._all)

    def _apply(self, keep: str) -> None:
        words = self._filter.split()
        self.entries = (
            [entry for entry in self._all if all(word in entry_words(entry) for word in words)]
            if words
            else self._all
        )
        self.rows_changed()
        self.place_cursor(next((i for i, entry in enumerate(self.entries) if entry_key(entry) == keep), 0))

    def row_heights(self, width: int) -> Sequence[int]:
        return [1] * len(self.entries)

    def row_lines(self, index: int, width: int) -> Sequence[Content]:
        entry = self.entries[index]
        name = " " + (one_line(entry_name(entry), 200) or '""')

        if self._for_model is not None and self._for_model.is_off(entry):
            return [_off(name, width)]

        word, style = badge(entry)
        spare = width - cell_len(name) - cell_len(word) - 1

        if not word or spare < 2:
            return [Content(name)]

        return [Content.assemble(name, " " * spare, (word, style))]


def _off(name: str, width: int) -> Content:
    """The row of a tool that is off for the model: the mark is there however narrow the list."""
    room = width - cell_len(name) - 3
    word = next((word for word in _OFF if cell_len(word) <= room), _OFF[-1])
    left = max(0, width - cell_len(word) - 1)
    name = name if cell_len(name) < left else set_cell_size(name, max(0, left - 2)) + "…"
    return Content.assemble((set_cell_size(name, left), "$text-disabled"), (word, "$text-warning"))


class FilterInput(Input):
    """The filter; Esc empties it and goes back to the list, Enter and Down keep it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave(True)", "clear filter", id="server.clear_filter"),
        Binding("enter,down", "leave(False)", "to the list", id="server.keep_filter", key_display="⏎"),
    ]

    @dataclass
    class Left(Message):
        """The person is done filtering."""

    def action_leave(self, clear: bool) -> None:
        if clear:
            self.value = ""

        self.post_message(self.Left())
