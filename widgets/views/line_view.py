"""Read-only text drawn by lines: wrapped to the width, searchable, following its end when asked to."""

from __future__ import annotations

import re
from bisect import bisect_right
from time import thread_time
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.content import Content, Span
from textual.geometry import Size
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from widgets.views.line import break_points, drawn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from widgets.views.line import Line

__all__ = ("LineView",)

_PATIENCE = 0.015
"""Seconds of processor time that measuring may hold up everything else; others' work is not counted."""
_PAUSE = 0.005
_NARROW = 60


class LineView(ScrollView, can_focus=True):
    """Lines of text, any number of them: only what is seen is drawn.

    | Component class | What it styles |
    | :- | :- |
    | `line-view--match` | what the search found |
    | `line-view--found` | the match the search stands on |
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {"line-view--match", "line-view--found"}
    DEFAULT_CSS = """
    LineView {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        text-wrap: nowrap;
        & > .line-view--match { background: $warning 18%; }
        & > .line-view--found { background: $warning; color: $background; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", "up", show=False, id="text.up"),
        Binding("down", "scroll_down", "down", show=False, id="text.down"),
        Binding("pageup", "page_up", "page up", show=False, id="text.page_up"),
        Binding("pagedown,space", "page_down", "page down", show=False, id="text.page_down"),
        Binding("home", "scroll_home", "start", show=False, id="text.start"),
        Binding("end", "scroll_end", "end", show=False, id="text.end"),
    ]

    follow: var[bool] = var(False)
    """Keep the newest line in view, unless the person scrolled up."""

    def __init__(
        self,
        lines: Iterable[Line] = (),
        *,
        limit: int | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: list[Line] = list(lines)
        self._limit = limit
        self._breaks: dict[int, list[int]] = {}
        self._tops: list[int] = [0]
        self._strips: LRUCache[int, list[Strip]] = LRUCache(512)
        self._needle: re.Pattern[str] | None = None
        self._found: int | None = None
        self._width = 0
        self._measuring = False
        self._at_end = True

    @property
    def allow_vertical_scroll(self) -> bool:
        """By what there is to see, not by the scrollbar: that one comes a layout later."""
        return self.max_scroll_y > 0

    @property
    def lines(self) -> Sequence[Line]:
        """The lines as they stand, before wrapping."""
        return self._lines

    @property
    def text(self) -> str:
        """All lines as plain text."""
        return "\n".join(line.text for line in self._lines)

    def show(self, lines: Iterable[Line]) -> None:
        """Replace everything and go to the start, or to the end when following."""
        self._lines = list(lines)
        self._found = None
        self._at_end = self.follow

        if not self.follow:
            self.scroll_to(y=0, animate=False)

        self._layout()

    def add(self, lines: Iterable[Line]) -> None:
        """Append lines; past the limit the oldest go."""
        self._lines.extend(lines)

        if self._limit is not None and len(self._lines) > self._limit:
            # An eighth at a time: each measuring of the rest pays for many lines to come.
            gone = len(self._lines) - self._limit * 7 // 8
            row = self.scroll_offset.y - self._tops[min(gone, len(self._tops) - 1)]
            del self._lines[:gone]
            self._found = None if self._found is None or self._found < gone else self._found - gone
            self._layout()

            if not (self.follow and self._at_end):
                self.scroll_to(y=max(0, row), animate=False)
        else:
            self._measure()

    def find(self, needle: str, step: int = 1) -> tuple[int, int]:
        """Go to the next line (`step` 1) or the previous one (-1) that holds the needle, round the ends.

        With `step` 0 it stays where it is if it can. Returns which match it is, from 1, and how
        many there are; (0, 0) when there is none. The cost is that of reading every line once.
        """
        pattern = re.compile(re.escape(needle), re.IGNORECASE) if needle else None
        hits = [i for i, line in enumerate(self._lines) if pattern.search(line.text)] if pattern else []
        self._needle = pattern if hits else None

        if not hits:
            self._found = None
        elif self._found is None or self._found not in hits:
            top = self._line_at(self.scroll_offset.y)
            self._found = next((hit for hit in hits if hit >= top), hits[0])
        else:
            self._found = hits[(hits.index(self._found) + step) % len(hits)]

        self._strips.clear()
        self.refresh()

        if self._found is None:
            return 0, 0

        self._reveal(self._found)
        return hits.index(self._found) + 1, len(hits)

    def _reveal(self, index: int) -> None:
        row = self._tops[min(index, len(self._tops) - 1)]
        height = self.scrollable_content_region.height

        if not self.scroll_offset.y <= row < self.scroll_offset.y + height:
            self.scroll_to(y=max(0, row - height // 3), animate=False)

    # Layout.

    def _layout(self) -> None:
        self._breaks.clear()
        self._strips.clear()
        self._tops = [0]
        self._measure()

    def _measure(self) -> None:
        """Measure lines that are not measured yet, for a few milliseconds; the rest in a moment."""
        self._measuring = False
        width = self.scrollable_content_region.width
        row = self._tops[-1]
        patience = thread_time() + _PATIENCE

        for index in range(len(self._tops) - 1, len(self._lines)):
            line = self._lines[index]
            points = break_points(line.text, width, _indent(line, width)) if width else []

            if points:
                self._breaks[index] = points

            row += len(points) + 1
            self._tops.append(row)

            if index % 16 == 15 and self._limit is None and thread_time() > patience:
                self._measure_later()
                break

        self.virtual_size = Size(0, row)
        self.refresh()

        if self.follow and self._at_end:
            self.scroll_end(animate=False, immediate=True)

    def _measure_later(self) -> None:
        if not self._measuring:
            self._measuring = True
            # A timer, not `call_later`: everybody else gets a turn in between.
            self.set_timer(_PAUSE, self._measure)

    def _line_at(self, row: int) -> int:
        return bisect_right(self._tops, row) - 1

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._at_end = round(new_value) >= self.max_scroll_y

    def on_resize(self) -> None:
        width = self.scrollable_content_region.width
        top, changed = self._line_at(self.scroll_offset.y), width != self._width
        self._width = width

        if changed:
            at_end = self._at_end
            self._layout()

            if not (self.follow and at_end) and top < len(self._tops) - 1:
                self.scroll_to(y=self._tops[top], animate=False)
        elif self.follow and self._at_end:
            self.scroll_end(animate=False, immediate=True)

    # Drawing.

    def render_line(self, y: int) -> Strip:
        row = y + self.scroll_offset.y

        if row >= self._tops[-1]:
            return Strip.blank(self.scrollable_content_region.width, self.rich_style)

        index = self._line_at(row)
        return self._line_strips(index)[row - self._tops[index]]

    def _line_strips(self, index: int) -> list[Strip]:
        strips = self._strips.get(index)

        if strips is None:
            width = self.scrollable_content_region.width
            strips = [drawn(row, width, self.visual_style) for row in self._rows(index)]
            self._strips[index] = strips

        return strips

    def _rows(self, index: int) -> Iterable[Content]:
        line = self._lines[index]
        ends = [*self._breaks.get(index, ()), len(line.text)]
        start, indent = 0, " " * _indent(line, self.scrollable_content_region.width)
        spans = [*line.spans, *self._matches(index)]

        for number, end in enumerate(ends):
            inside = [
                Span(max(span.start, start) - start, min(span.end, end) - start, span.style)
                for span in spans
                if span.start < end and span.end > start
            ]
            row = Content(line.text[start:end], inside).rstrip()
            yield Content.assemble(indent, row) if number and indent else row or Content(" ")
            start = end

    def _matches(self, index: int) -> Iterable[Span]:
        if self._needle is not None:
            style = self.get_visual_style("line-view--found" if index == self._found else "line-view--match")
            yield from (
                Span(*match.span(), style) for match in self._needle.finditer(self._lines[index].text)
            )

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()


def _indent(line: Line, width: int) -> int:
    """The indent of a line where there is room for it; narrow views need the room for the text."""
    return min(line.indent, width // 2 if width >= _NARROW else width // 8)
