"""A view of very many rows that are measured only when they come near: what history and viewer share."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from textual.geometry import Size
from textual.reactive import var
from textual.scroll_view import ScrollView

from widgets.views.drawing import restyle

if TYPE_CHECKING:
    from textual.selection import Selection
    from textual.strip import Strip

    from widgets.views.heights import LazyHeights

__all__ = ("LazyView",)

_COPIED_ROWS = 20_000
"""Rows that a selection with the mouse copies at most."""


class LazyView(ScrollView, can_focus=True, inherit_bindings=False):
    """Blocks of rows, most of them of a height that is only guessed; the view never jumps for that."""

    DEFAULT_CSS = """
    LazyView {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
    }
    """
    EDGE: ClassVar[int] = 0
    """Columns at the left that a selection with the mouse leaves out."""

    following: var[bool] = var(False)
    """The end stays in view; scrolling up ends it, scrolling to the end begins it again."""

    _placing = False
    _settle_asked = False

    @property
    @abstractmethod
    def _heights(self) -> LazyHeights: ...

    @abstractmethod
    def _strip(self, row: int) -> Strip:
        """What stands at a row of the whole, as wide as the view."""

    @property
    def _view(self) -> Size:
        return self.scrollable_content_region.size

    def _changed(self) -> None:
        """Something came or changed: bring the view up to date once, however much it was."""
        if not self._settle_asked and self.is_running:
            self._settle_asked = True
            self.call_later(self._settle)

    def _settle(self) -> None:
        """Measure what is in view and a page around it; nothing moves but what is new."""
        self._settle_asked = False
        height, row = self._view.height, 0

        if not height:
            return

        if len(self._heights):
            row = self._settled(2 * height)

        self._measured()
        self._placing = True
        self.scroll_to(y=row, force=True)
        self._placing = False
        self.refresh()

    def _settled(self, reach: int) -> int:
        if self.following:
            self._heights.settle_end(reach)
            return self._heights.total

        return self._heights.settle(*self._heights.find(self.scroll_offset.y), reach)

    def _measured(self) -> None:
        """Heights changed: the scroll bar knows, and the screen is not laid out anew for that."""
        rows = self._heights.total
        size = Size(0, rows)

        if self.show_vertical_scrollbar and rows > self._view.height:
            self.set_reactive(LazyView.virtual_size, size)
            self.vertical_scrollbar.window_virtual_size = rows
        else:
            self.virtual_size = size

    def scroll_to(self, x: float | None = None, y: float | None = None, **options: Any) -> None:
        """Scroll at once: rows are measured on the way, a glide would aim at what has moved."""
        super().scroll_to(x, y, **{**options, "animate": False})

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)

        if not self._placing and round(old_value) != round(new_value):
            self.following = self._follows and new_value >= self.max_scroll_y
            self._settle()

    @property
    def _follows(self) -> bool:
        """Being at the end means to stay there."""
        return True

    def watch_show_vertical_scrollbar(self, show: bool) -> None:
        if show:
            self.vertical_scrollbar.position = self.scroll_y

    def render_line(self, y: int) -> Strip:
        row = y + self.scroll_offset.y
        strip = self._strip(row)

        if (selection := self.text_selection) and (span := selection.get_span(row)):
            start, end = max(span[0], self.EDGE), span[1] if span[1] >= 0 else len(strip.text.rstrip())
            strip = restyle(strip, start, end, self.screen.get_component_rich_style("screen--selection"))

        return strip.apply_offsets(0, row)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The rows that the mouse marked, without their left edge."""
        first, start = (selection.start.y, selection.start.x) if selection.start else (0, 0)
        last, end = (selection.end.y, selection.end.x) if selection.end else (self._heights.total - 1, None)
        final = min(last, first + _COPIED_ROWS - 1)
        lines = [self._strip(row).text for row in range(first, final + 1)]

        if not lines:
            return None

        if final == last:
            lines[-1] = lines[-1][:end]

        lines = [lines[0][max(start, self.EDGE) :], *(line[self.EDGE :] for line in lines[1:])]
        return "\n".join(line.rstrip() for line in lines), "\n"
