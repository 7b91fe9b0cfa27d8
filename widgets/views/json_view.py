"""Read-only text of any size, JSON above all: only what is in view is broken into rows and coloured."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import work
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from widgets.views.drawing import excerpt_spans, mark
from widgets.views.heights import LazyHeights
from widgets.views.lazy_view import LazyView
from widgets.views.rows import Excerpt
from widgets.views.search import counted, first_match, needle_pattern, places, told
from widgets.views.wrapping import content_end, wrap

if TYPE_CHECKING:
    import re

    from rich.style import Style

    from widgets.views.wrapping import Slice

__all__ = ("JsonView",)

_BLOCK = 1 << 13
"""Characters that are broken into rows together, a millisecond or two."""
_NO_LIMIT = 1 << 62


class JsonView(LazyView):
    """Shows a text by lines; 50 MB open as fast as one line.

    | Component class | What it styles |
    | :- | :- |
    | `json-view--plain` | what has no style of its own |
    | `json-view--json-key`, `-string`, `-number`, `-word`, `-mark` | JSON |
    | `json-view--match` | what the search looks for |
    """

    COMPONENT_CLASSES = {
        "json-view--plain",
        "json-view--json-key",
        "json-view--json-string",
        "json-view--json-number",
        "json-view--json-word",
        "json-view--json-mark",
        "json-view--match",
    }
    DEFAULT_CSS = """
    JsonView {
        padding: 0 1;
        & > .json-view--json-key { color: $text-accent; }
        & > .json-view--json-string { color: $text-success; }
        & > .json-view--json-number { color: $text-warning; }
        & > .json-view--json-word { color: $text-warning; text-style: italic; }
        & > .json-view--json-mark { color: $text-muted; }
        & > .json-view--match { background: $warning; color: $background; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_by(-1)", "Up", show=False, id="viewer.up"),
        Binding("down,j", "scroll_by(1)", "Down", show=False, id="viewer.down"),
        Binding("pageup,b", "page(-1)", "Page up", show=False, id="viewer.page_up"),
        Binding("pagedown,space", "page(1)", "Page down", show=False, id="viewer.page_down"),
        Binding("home,g", "start", "Start", show=False, id="viewer.start"),
        Binding("end,G", "end", "End", show=False, id="viewer.end"),
        Binding("ctrl+f,slash", "search", "Find", id="viewer.search"),
    ]

    percent: reactive[int] = reactive(0, repaint=False)
    """How far down the view is."""

    @dataclass
    class SearchRequested(Message):
        """The person wants to look for text: show a search bar."""

        json_view: JsonView

        @property
        def control(self) -> JsonView:
            """Alias for self.json_view."""
            return self.json_view

    @dataclass
    class Searched(Message):
        """A search that was started with `search` has ended."""

        json_view: JsonView
        text: str
        found: bool
        told: str = ""
        """Which match this is: `3 of 17`."""

        @property
        def control(self) -> JsonView:
            """Alias for self.json_view."""
            return self.json_view

    def __init__(
        self, text: str = "", *, json: bool = True, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._json = json
        self._needle: re.Pattern[str] | None = None
        self._match: int | None = None
        self._styles: dict[str, Style] = {}
        self._load(text)

    def show(self, text: str, *, json: bool = True) -> None:
        """Show another text from its start."""
        self._json = json
        self._load(text)
        self.scroll_to(y=0)
        self._changed()

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text

    def _load(self, text: str) -> None:
        self._text = text
        self._match = None
        self._starts = _block_starts(text, content_end(text))
        self._rows: LRUCache[int, list[Slice]] = LRUCache(64)
        self._lazy = LazyHeights(lambda block: len(self._block(block)))
        guess = text.count("\n", 0, _BLOCK) + 1
        self._lazy.extend([guess] * (len(self._starts) - 1))

    # Rows.

    @property
    def _heights(self) -> LazyHeights:
        return self._lazy

    @property
    def _follows(self) -> bool:
        return False

    def _block(self, block: int) -> list[Slice]:
        """The rows of a block, the line break at its end left out."""
        if (rows := self._rows.get(block)) is None:
            start, stop = self._starts[block], self._starts[block + 1]
            stop -= stop > start and self._text[stop - 1] == "\n"
            width = max(self._view.width, 1)
            rows = wrap(self._text, width, _NO_LIMIT, start, stop, measured=_NO_LIMIT)
            self._rows[block] = rows

        return rows

    def on_resize(self) -> None:
        self._rows.clear()
        self._lazy.invalidate()
        self._settle()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.percent = round(100 * self.scroll_y / self.max_scroll_y) if self.max_scroll_y else 100

    def _strip(self, row: int) -> Strip:
        width, plain = self._view.width, self._style("plain")

        if not len(self._lazy) or row >= self._lazy.total:
            return Strip.blank(width, plain)

        block, offset = self._lazy.find(row)
        rows = self._block(block)

        if offset >= len(rows):
            return Strip.blank(width, plain)

        place = rows[offset]
        # Where a line of many blocks goes on, nobody knows whether inside a string: it stays plain.
        begins = place.line == 0 or self._text[place.line - 1] == "\n"
        excerpt = Excerpt(self._text, place, "plain", self._json and begins)
        segments = [Segment(text, self._style(name)) for text, name in excerpt_spans(excerpt)]
        strip = Strip(segments).crop_extend(0, width, plain)
        return mark(strip, self._needle, self._style("match")) if self._needle else strip

    def _style(self, name: str) -> Style:
        if (style := self._styles.get(name)) is None:
            style = self._styles[name] = self.get_visual_style(f"json-view--{name}").rich_style

        return style

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()

    # Keys.

    def action_scroll_by(self, rows: int) -> None:
        """Scroll by rows."""
        self.scroll_to(y=self.scroll_offset.y + rows)

    def action_page(self, step: int) -> None:
        """Scroll by a page."""
        self.scroll_to(y=self.scroll_offset.y + step * max(self._view.height - 2, 1))

    def action_start(self) -> None:
        """Go to the start."""
        self.scroll_to(y=0)

    def action_end(self) -> None:
        """Go to the end."""
        self._lazy.settle_end(2 * self._view.height)
        self._measured()
        self.scroll_to(y=self._lazy.total)

    def action_search(self) -> None:
        """Ask for a search bar."""
        self.post_message(self.SearchRequested(self))

    # Search.

    @work(group="viewer-search", exclusive=True, exit_on_error=False)
    async def search(self, text: str, backwards: bool = False) -> None:
        """`find` behind the screen; ends with the message `Searched`."""
        found = await self.find(text, backwards=backwards)
        index, total = await counted(self._text, text, self._match or 0) if found else (0, 0)
        self.post_message(self.Searched(self, text, found, told(text, index, total)))

    async def find(self, text: str, *, backwards: bool = False) -> bool:
        """Go to the next place where the text stands, round the ends; whether there is one."""
        again = self._needle is not None and self._needle == needle_pattern(text)
        self.mark(text)

        if not text:
            return False

        shown, here = self._text, self._match if again and self._match is not None else self._top_place()
        start = here + (again and not backwards)
        place = await first_match(places(shown, text, start, backwards=backwards))

        if place is None:
            place = await first_match(
                places(shown, text, len(shown) if backwards else 0, backwards=backwards)
            )

        if place is None or shown is not self._text:
            return False

        self._match = place
        self._reveal(place)
        return True

    def mark(self, text: str = "") -> None:
        """Mark a text wherever it is drawn; nothing for no text."""
        self._needle = needle_pattern(text)
        self.refresh()

    def _top_place(self) -> int:
        if not len(self._lazy):
            return 0

        block, offset = self._lazy.find(self.scroll_offset.y)
        rows = self._block(block)
        return rows[min(offset, len(rows) - 1)].start

    def _reveal(self, place: int) -> None:
        block = min(bisect_right(self._starts, place) - 1, len(self._lazy) - 1)
        rows = self._block(block)
        offset = max(bisect_right(rows, place, key=lambda row: row.start) - 1, 0)
        height = self._view.height
        row = self._lazy.settle(block, offset, 2 * height)
        self._measured()

        if not self.scroll_offset.y <= row < self.scroll_offset.y + height:
            self.scroll_to(y=max(row - height // 3, 0))


def _block_starts(text: str, end: int) -> list[int]:
    """Where each block begins, and the end: after a line break, unless a line is longer than a block."""
    starts = [0]

    while (start := starts[-1]) < end:
        stop = start + _BLOCK

        if stop < end:
            stop = text.rfind("\n", start, stop) + 1 or stop

        starts.append(min(stop, end))

    return starts
