"""The entries of one kind that a server offers, as a list that can be filtered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
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

__all__ = ("EntryList", "FilterInput")


class EntryList(RowList):
    """One line an entry: its name, and at the right edge the one word worth knowing first."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.entries: Sequence[Entry] = ()
        """The entries that pass the filter."""
        self._all: Sequence[Entry] = ()
        self._filter = ""

    def show(self, entries: Sequence[Entry], placeholder: Content, *, keep: str = "") -> None:
        """Replace the entries; the one with the key `keep` is selected if it is still there."""
        self._all = entries
        self.placeholder = placeholder
        self._apply(keep)

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
        word, style = badge(entry)
        spare = width - cell_len(name) - cell_len(word) - 1

        if not word or spare < 2:
            return [Content(name)]

        return [Content.assemble(name, " " * spare, (word, style))]


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
