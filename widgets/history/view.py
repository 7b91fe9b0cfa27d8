"""The drawing half of the history: what is in view, where it stands, what keeps it there."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from textual.cache import LRUCache
from textual.reactive import reactive, var
from textual.strip import Strip

from widgets.history.head import SPINNER_SECONDS, head
from widgets.history.layout import FOLD
from widgets.history.looks import COMPONENTS, LOOKS
from widgets.history.store import CellStore
from widgets.pixels import Placement, ShowsPixels, is_whole
from widgets.views.drawing import Look, draw
from widgets.views.lazy_view import LazyView
from widgets.views.rows import GUTTER, PictureLine, Space

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator

    from rich.style import Style
    from textual.geometry import Region
    from textual.timer import Timer

    from widgets.picture import Pixels
    from widgets.pixels import CellSize
    from widgets.views.heights import LazyHeights
    from widgets.views.rows import Row

__all__ = ("HistoryView",)

_KEPT_STRIPS = 256
"""A few screens full: a row is drawn in 0.1 ms, a kept strip is some thirty objects for the collector."""
_FREEZE = 4096
"""Cells after which those that are there are taken out of the garbage collector's rounds."""
_PICTURE_ROWS = (6, 24)
"""Bounds of a picture's rows; between them it takes half the screen."""


class HistoryView(LazyView, ShowsPixels):
    """Cells drawn by lines: only what is in view is laid out, whatever the number of cells.

    | Component class | What it styles |
    | :- | :- |
    | `history--plain`, `--dim`, `--heading`, `--name` | text by its weight |
    | `history--accent`, `--success`, `--warning`, `--error` | glyphs and words of a state |
    | `history--bar` | the bar beside the selected cell |
    | `history--code`, `--code-block` | code within a sentence, and the ground of a block of it |
    | `history--link`, `--target` | what opens on a key, and the one that Enter opens |
    | `history--progress`, `--progress-rest` | the two parts of a progress bar |
    | `history--json-key`, `-string`, `-number`, `-word`, `-mark` | JSON |
    | `history--match` | what the search looks for |
    | `history--new` | the count of new cells below |
    """

    COMPONENT_CLASSES = COMPONENTS
    DEFAULT_CSS = LOOKS
    EDGE: ClassVar[int] = GUTTER

    following: var[bool] = var(True)
    """The newest cell stays in view; scrolling up ends it, scrolling to the end begins it again."""
    selected: reactive[int | None] = reactive(None, repaint=False)
    """The number of the selected cell."""
    chosen: reactive[int | None] = reactive(None)
    """The target of the selected cell that Enter opens."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        pictures: bool = True,
        fold: int = FOLD,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._clock = clock
        self._pictures = pictures
        self._store = CellStore(fold)
        self._strips: LRUCache[tuple[Any, ...], Strip] = LRUCache(_KEPT_STRIPS)
        self._pixels: LRUCache[tuple[int, int, int], tuple[PictureLine, Pixels | None]] = LRUCache(16)
        self._styles: dict[str, Style] = {}
        self._needle: re.Pattern[str] | None = None
        self._unseen = self._thawed = 0
        self._calls: set[int] = set()
        self._ticker: Timer | None = None

    @property
    def _heights(self) -> LazyHeights:
        return self._store.heights

    def on_mount(self) -> None:
        self._pictures = self._pictures and not self.app.no_color

    def on_resize(self) -> None:
        if width := self._view.width:
            least, most = _PICTURE_ROWS
            # By the screen and not by the view: a question that opens below resizes no picture.
            rows = min(max(self.app.size.height // 2, least), most)
            self._store.space = Space(width, rows, self._pictures, self.cell_size if self._pictures else None)
            self._settle()

    def watch_following(self, following: bool) -> None:
        if following:
            self._unseen = 0

    # Cells that came or changed.

    def _came(self, count: int) -> None:
        """Cells came: they stay, so that the garbage collector need not walk them ever again.

        A full collection takes 150 ms at 100,000 cells.
        """
        self._thawed += count

        if self._thawed >= _FREEZE:
            self._thawed = 0
            gc.collect(1)
            gc.freeze()

        self._changed()

    def _changed(self) -> None:
        super()._changed()

        if self._calls and self._ticker is None and self.is_running:
            self._ticker = self.set_interval(SPINNER_SECONDS, self._tick)
        elif not self._calls and self._ticker is not None:
            self._ticker.stop()
            self._ticker = None

    def _tick(self) -> None:
        """The spinners and clocks of running calls go on; nothing else is painted."""
        if self.app.screen is not self.screen:
            return  # another one lies over it, and would be painted too

        top, bottom = self.scroll_offset.y, self.scroll_offset.y + self._view.height

        for cell_id in self._calls:
            row = self._store.top(cell_id)

            if top <= row < bottom:
                self.refresh_line(row)

    # Drawing.

    def take_cell_size(self, size: CellSize | None) -> None:
        super().take_cell_size(size)
        self.on_resize()

    def render_lines(self, crop: Region) -> list[Strip]:
        strips = super().render_lines(crop)
        self.placements = [] if self._store.space.cell is None else list(self._placed())
        return strips

    def _placed(self) -> Iterator[Placement]:
        """The pictures in view: one placement for the rows of each that follow each other."""
        around = self.gutter
        scroll, height, former = self.scroll_offset.y, self._view.height, None
        height -= bool(self._unseen and not self.following)  # the count of new cells lies over the last row
        for y in range(height):
            found = self._row_at(scroll + y)
            line = found[1].body if found is not None and found[1] is not None else None
            if isinstance(line, PictureLine) and is_whole(line.picture):
                if former is None or former.row + 1 != line.row or line.row == 0:
                    left = min(line.rows - line.row, height - y)
                    place = GUTTER + around.left, y + around.top
                    yield Placement(
                        line.picture, line.columns, line.rows, *place, line.row, left, self._ground()
                    )
                former = line
            else:
                former = None

    def _ground(self) -> tuple[int, int, int]:
        return self.background_colors[1].rgb

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        at_marker = self._unseen and not self.following and y == self._view.height - 1
        return self._with_count(strip) if at_marker else strip

    def _strip(self, row: int) -> Strip:
        width, store = self._view.width, self._store
        cell_id, drawn = self._row_at(row) or (-1, None)

        if drawn is None:
            return Strip.blank(width, self._style("plain"))

        selected = self.has_focus and cell_id == self.selected
        look = Look(width, selected, self.chosen if selected else None, self._needle)

        if drawn.live:
            live = head(store[cell_id], store.space.text_width, self._clock())
            return draw(live, look, self._style, self._picture_pixels)

        key = (store.layout(cell_id).serial, row - store.top(cell_id), look)

        if (strip := self._strips.get(key)) is None:
            strip = self._strips[key] = draw(drawn, look, self._style, self._picture_pixels)

        return strip

    def _with_count(self, strip: Strip) -> Strip:
        words = f" ↓ {self._unseen:,} new "
        room = max(self._view.width - len(words) - 1, 0)
        left = strip.crop_extend(0, room, self._style("plain"))
        marked = Strip([*left, Segment(words, self._style("new"))])
        return marked.crop_extend(0, self._view.width, self._style("plain"))

    def _row_at(self, row: int) -> tuple[int, Row | None] | None:
        """The cell and the row of it that stand at a row of the whole; no row for the blank after a cell."""
        if not 0 <= row < self._heights.total:
            return None

        cell_id, offset = self._store.locate(row)
        rows = self._store.layout(cell_id).rows
        return cell_id, rows[offset] if offset < len(rows) else None

    def _style(self, name: str) -> Style:
        if (style := self._styles.get(name)) is None:
            style = self._styles[name] = self.get_visual_style(f"history--{name}").rich_style

        return style

    def _picture_pixels(self, line: PictureLine) -> Pixels | None:
        # Keyed by identity, with the picture kept beside the pixels so that it stays the same.
        key = (id(line.picture), line.columns, line.rows)

        if (known := self._pixels.get(key)) is None:
            known = self._pixels[key] = line, line.picture.pixels(line.columns, line.rows)

        return known[1]

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()
