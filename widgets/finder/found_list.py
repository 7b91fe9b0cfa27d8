"""The list of what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.finder.query import read_query
from widgets.finder.found_text import found_lines
from widgets.views.row_list import RowList

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.content import Content

    from services.finder.items import Item

__all__ = ("FoundList",)


def _unknown(_item: Item) -> int:
    return 0


class FoundList(RowList, can_focus=False):
    """Two lines a row: ten thousand rows cost no more than those in sight. The keys stay with the words."""

    def __init__(self, tokens: Callable[[Item], int] = _unknown, *, id: str | None = None) -> None:
        """`tokens` is what an item costs a model in each request; asked only of what is drawn."""
        super().__init__(id=id)
        self._tokens = tokens
        self._query = read_query("")
        self.items: Sequence[Item] = ()
        """What was found, best first."""

    @property
    def selected(self) -> Item | None:
        """The item the cursor stands on."""
        return self.items[self.cursor] if 0 <= self.cursor < len(self.items) else None

    def show(self, items: Sequence[Item], words: str, nothing: Content, cursor: int = 0) -> None:
        """Replace what was found, its words marked; `nothing` is said where there is nothing."""
        self.items, self._query = items, read_query(words)
        self.placeholder = nothing
        self.rows_changed()
        self.place_cursor(cursor)

    def on_resize(self) -> None:
        self.place_cursor(self.cursor)

    def row_heights(self, width: int) -> Sequence[int]:
        return [2 if item.description or item.title or item.arguments else 1 for item in self.items]

    def row_lines(self, index: int, width: int) -> Sequence[Content]:
        item = self.items[index]
        return found_lines(item, self._query, width, self._tokens(item))
