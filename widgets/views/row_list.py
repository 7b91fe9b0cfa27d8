"""A list of rows drawn by lines, one of them selected: any number of rows costs the same."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, ClassVar, Self

from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from widgets.views.line import drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

__all__ = ("RowList",)


class RowList(ScrollView, can_focus=True):
    """Rows of one or more lines; a subclass says how high a row is and what stands in it.

    | Component class | What it styles |
    | :- | :- |
    | `row-list--cursor` | the selected row while the list has the focus |
    | `row-list--held` | the selected row while it has not |
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {"row-list--cursor", "row-list--held"}
    DEFAULT_CSS = """
    RowList {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        text-wrap: nowrap;
        & > .row-list--cursor { background: $primary 18%; }
        & > .row-list--held { background: $primary 10%; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "up", show=False, id="rows.up"),
        Binding("down", "move(1)", "down", show=False, id="rows.down"),
        Binding("pageup", "page(-1)", "page up", show=False, id="rows.page_up"),
        Binding("pagedown", "page(1)", "page down", show=False, id="rows.page_down"),
        Binding("home", "first", "first", show=False, id="rows.first"),
        Binding("end", "last", "last", show=False, id="rows.last"),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)
    """The selected row, from 0; meaningless while there are no rows."""

    @dataclass
    class Moved(Message):
        """Another row was selected."""

        rows: RowList
        index: int

        @property
        def control(self) -> RowList:
            """Alias for `rows`."""
            return self.rows

    @dataclass
    class Opened(Message):
        """A row was double clicked."""

        rows: RowList
        index: int

        @property
        def control(self) -> RowList:
            """Alias for `rows`."""
            return self.rows

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._tops: Sequence[int] = [0]
        self._strips: LRUCache[tuple[int, bool], list[Strip]] = LRUCache(512)
        self._to_be_shown = False
        """Whether the cursor was placed before there was room to bring it into view."""
        self.placeholder = Content("")
        """What stands in the list while it has no rows."""

    # What a subclass says.

    def row_heights(self, width: int) -> Sequence[int]:
        """The height of every row at this width, in lines."""
        raise NotImplementedError

    def row_tops(self, width: int) -> Sequence[int]:
        """The line at which each row begins, and the end of all; rows of one line need no list."""
        return [0, *accumulate(self.row_heights(width))]

    def row_lines(self, index: int, width: int) -> Sequence[Content]:
        """What stands in a row: as many lines as its height."""
        raise NotImplementedError

    # What a subclass calls.

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self._tops) - 1

    @property
    def row_width(self) -> int:
        """Columns a row may take."""
        return self.scrollable_content_region.width

    def rows_changed(self) -> None:
        """Measure and draw all rows again; the cursor stays inside."""
        self._tops = self.row_tops(self.row_width)
        self._strips.clear()
        self.virtual_size = Size(0, self._tops[-1])
        self.cursor = max(0, min(self.cursor, self.row_count - 1))
        self.refresh()

    def redraw(self) -> None:
        """Draw the visible rows again; their heights have not changed."""
        self._strips.clear()
        self.refresh()

    def place_cursor(self, index: int) -> Self:
        """Select a row and bring it into view."""
        if self.row_count:
            self.cursor = max(0, min(index, self.row_count - 1))
            self._show_cursor()

        return self

    def row_at(self, line: int) -> int:
        """The row a line of the whole list belongs to, or -1 past the end."""
        return bisect_right(self._tops, line) - 1 if 0 <= line < self._tops[-1] else -1

    # Drawing.

    def render_line(self, y: int) -> Strip:
        line = y + self.scroll_offset.y
        index = self.row_at(line)

        if index < 0:
            return self._below(y)

        return self._row_strips(index)[line - self._tops[index]]

    def _below(self, y: int) -> Strip:
        """A line that belongs to no row."""
        if not self.row_count and self.placeholder:
            lines = self.placeholder.wrap(max(self.row_width, 1))

            if y < len(lines):
                return drawn(lines[y], self.row_width, self.visual_style)

        return Strip.blank(self.row_width, self.rich_style)

    def _row_strips(self, index: int) -> list[Strip]:
        key = (index, index == self.cursor)
        strips = self._strips.get(key)

        if strips is None:
            width = self.row_width
            style = self.get_visual_style(*self._row_classes(index))
            strips = []
            height = self._tops[index + 1] - self._tops[index]

            for content in self.row_lines(index, width)[:height]:
                fitted = content.truncate(width, ellipsis=True)
                strips.append(drawn(fitted, width, style))

            strips += [Strip.blank(width, style.rich_style)] * (height - len(strips))
            self._strips[key] = strips

        return strips

    def _row_classes(self, index: int) -> tuple[str, ...]:
        if index != self.cursor:
            return ()

        return ("row-list--cursor",) if self.has_focus else ("row-list--held",)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()

    def on_resize(self) -> None:
        self.rows_changed()
        if self._to_be_shown and self.row_count:
            self._to_be_shown = False
            self.call_after_refresh(self._show_cursor)

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

    # Moving.

    def watch_cursor(self, old: int, new: int) -> None:
        for index in (old, new):
            if 0 <= index < self.row_count:
                self.refresh_lines(self._tops[index], self._tops[index + 1] - self._tops[index])

        if old != new:
            self.post_message(self.Moved(self, new))

    def action_move(self, rows: int) -> None:
        self.place_cursor(self.cursor + rows)

    def action_page(self, pages: int) -> None:
        lines = max(self.scrollable_content_region.height - 1, 1) * pages
        line = self._tops[self.cursor] + lines if self.row_count else 0
        self.place_cursor(self.row_at(max(0, min(line, self._tops[-1] - 1))))

    def action_first(self) -> None:
        self.place_cursor(0)

    def action_last(self) -> None:
        self.place_cursor(self.row_count - 1)

    def _show_cursor(self) -> None:
        top, bottom = self._tops[self.cursor], self._tops[self.cursor + 1]
        height = self.scrollable_content_region.height
        offset = self.scroll_offset.y

        if not height:
            self._to_be_shown = True  # as soon as it is laid out
            return

        if top < offset:
            self.scroll_to(y=top, animate=False, force=True)
        elif bottom > offset + height:
            self.scroll_to(y=bottom - height, animate=False, force=True)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        index = self.row_at(offset.y + self.scroll_offset.y) if offset else -1

        if index >= 0:
            event.stop()
            self.place_cursor(index)

            if event.chain == 2:
                self.post_message(self.Opened(self, index))
