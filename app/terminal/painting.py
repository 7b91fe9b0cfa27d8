"""Pictures in true pixels over what Textual draws, written in the same synchronized update."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

from textual.app import App
from textual.reactive import reactive

from app.terminal.spots import damage, shown_widgets, spots
from services.pictures.graphics import HALF_BLOCKS, Graphics
from widgets.pixels import ShowsPixels

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.geometry import Region, Size
    from textual.screen import Screen

    from app.terminal.drawings import Drawing
    from app.terminal.onlookers import Onlookers
    from widgets.pixels import CellSize

__all__ = ("PaintsPictures",)

_R = TypeVar("_R")

_AHEAD: Final = 1 << 17
"""Characters that may wait for the terminal before a picture does."""
_LATER: Final = 0.04
"""Seconds until it is tried again."""
_LOOK: Final = 0.3
"""Seconds until it is looked who is around tmux."""


class PaintsPictures(App[_R]):
    """An app whose terminal may draw pictures in pixels.

    Widgets draw a picture in half blocks and say where they did so; over that it is drawn in pixels
    as soon as they are there. What lies over a widget lies over its pictures: that is looked up in
    Textual's compositor at every paint, and so is which cells were written to.
    """

    graphics: reactive[Graphics] = reactive(HALF_BLOCKS, repaint=False)
    """What the terminal draws; half blocks until it has said more."""

    _drawing: Drawing | None = None
    _onlookers: Onlookers | None = None
    _lent = False
    """The terminal is somebody else's for now."""
    _later_asked = False
    _size_before: Size | None = None
    _is_synchronized = True
    """Whether the update that has begun is shown in one go."""

    def on_mount(self) -> None:
        self._written: list[Region] = []
        self.app_suspend_signal.subscribe(self, self._lend, immediate=True)
        self.app_resume_signal.subscribe(self, self._take_back, immediate=True)

    def watch_graphics(self, graphics: Graphics) -> None:
        self._erase_pictures()
        self._drawing = self._drawing_for(graphics)
        self._hand_down(graphics.cell if self._drawing is not None else None)
        self.refresh()

    def _hand_down(self, cell: CellSize | None) -> None:
        """Tell every widget; those that come later are told when they are first painted."""
        for screen in self.screen_stack if self._running else ():
            for widget in screen.walk_children():
                if isinstance(widget, ShowsPixels):
                    widget.take_cell_size(cell)

    def _drawing_for(self, graphics: Graphics) -> Drawing | None:
        if graphics.cell is None or graphics.protocol not in ("kitty", "sixel"):
            return None
        from app.terminal.drawings import KittyDrawing, SixelDrawing
        from app.terminal.onlookers import Onlookers
        from app.terminal.tmux_drawings import TextDrawing, TmuxSixelDrawing
        from app.terminal.workshop import Workshop

        workshop = Workshop(self._prepare_picture, self._paint_now)
        if self._onlookers is None:
            self._onlookers = Onlookers(self.look_at_onlookers, self._take_onlookers, self._prepare_picture)
        kinds: dict[tuple[str, bool], Callable[[Workshop, CellSize], Drawing]] = {
            ("kitty", False): KittyDrawing,
            ("kitty", True): TextDrawing,
            ("sixel", False): SixelDrawing,
            ("sixel", True): TmuxSixelDrawing,
        }
        return kinds[graphics.protocol, graphics.through_tmux](workshop, graphics.cell)

    def on_resize(self) -> None:
        former, self._size_before = self._size_before, self.size
        if former not in (None, self.size):
            self._look_soon()

    def on_app_focus(self) -> None:
        self._look_soon()

    def _look_soon(self) -> None:
        """Within tmux the terminals around it may be others than before, and draw otherwise."""
        if self.graphics.through_tmux:
            self.run_worker(self._look_once(), group="onlookers", exclusive=True, exit_on_error=False)

    async def _look_once(self) -> None:
        await asyncio.sleep(_LOOK)  # one look for all steps of a window that is drawn larger
        await self.look_at_onlookers()
        if self._drawing is not None and self._onlookers is not None and self._drawing.doubt():
            self._onlookers.hasten()

    async def look_at_onlookers(self) -> frozenset[str] | None:
        """The clients of tmux that show this now; None where tmux does not say."""
        from app.terminal.tmux import terminal_outside

        return (await asyncio.to_thread(terminal_outside, 1.0)).watching

    def _take_onlookers(self, watching: frozenset[str] | None, since: float) -> None:
        if self._drawing is not None and self._drawing.seen_by(watching, since):
            self._paint_now()

    def _prepare_picture(self, work: Any) -> None:
        self.run_worker(work, group="pictures", exit_on_error=False)

    # Painting.

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        if self._drawing is not None:
            self._written += damage(renderable)
        super()._display(screen, renderable)

    def _begin_update(self) -> None:
        # In a synchronized update tmux (3.6, 3.7) keeps sixels that are gone, and after it drops pictures.
        self._is_synchronized = self._drawing is None or not self.graphics.through_tmux
        if self._is_synchronized:
            super()._begin_update()

    def _end_update(self) -> None:
        if self._drawing is not None and not self._lent:
            self._paint(self._drawing)
        if self._is_synchronized:
            super()._end_update()

    def _paint(self, drawing: Drawing) -> None:
        written, self._written = self._written, []
        if self._driver is None or not self.screen_stack:
            return
        for widget, _, _ in shown_widgets(self.screen):
            if widget.cell_size != self.graphics.cell:
                widget.take_cell_size(self.graphics.cell)
        wanted = list(spots(self.screen))
        drawing.lines = self.size.height
        if wanted and self._backlog() > _AHEAD:
            self._written = written
            self._paint_later()
            missing = {spot.key.identity for spot in wanted}
        else:
            if sequences := drawing.draw(wanted, written):
                self._driver.write(sequences)
            if drawing.unfinished:
                self._paint_later()
            missing = drawing.missing
        if self._onlookers is not None:
            within = drawing.look_within
            self._onlookers.need(within is not None and bool(wanted), within or 0.0)
        for widget, _, _ in shown_widgets(self.screen):
            widget.is_behind = any(id(each.picture) in missing for each in widget.placements)

    def _backlog(self) -> int:
        """Characters that the terminal has not taken yet."""
        return getattr(getattr(self._driver, "_writer_thread", None), "waiting", 0)

    def _paint_later(self) -> None:
        if not self._later_asked:
            self._later_asked = True
            self.set_timer(_LATER, self._paint_now)

    def on_pixels_changed(self) -> None:
        self._paint_now()

    def _paint_now(self) -> None:
        """Paint between two updates of Textual: a picture has become ready."""
        self._later_asked = False
        if self._driver is None or not self._running or self._lent:
            return
        if self._batch_count:
            self._paint_later()  # the end of a batch paints nothing where no widget has changed
        else:
            self._begin_update()
            self._end_update()
            self._driver.flush()

    def drawn_anew(self) -> None:
        """Draw everything, for a terminal that has missed some of what was written to it."""
        self._erase_pictures()
        self.refresh()

    # The terminal, lent and left.

    def _lend(self, _: object) -> None:
        # Also called by a signal's handler, between any two steps of `draw`: forgotten is on the return.
        self._write_erasure()
        self._lent = True
        if self._onlookers is not None:
            self._onlookers.need(False)

    def _take_back(self, _: object) -> None:
        self._lent = False
        if self._drawing is not None:
            self._drawing.forget()
        self.refresh()

    def _erase_pictures(self) -> None:
        self._write_erasure()
        if self._drawing is not None:
            self._drawing.forget()

    def _write_erasure(self) -> None:
        if self._drawing is None or self._driver is None or self._lent:
            return
        if sequences := self._drawing.erasure():
            self._driver.write(sequences)
            self._driver.flush()

    async def _on_exit_app(self) -> None:
        self._leave_pictures()

    def _close_messages_no_wait(self) -> None:
        # A fault of our own ends here.
        self._leave_pictures()
        super()._close_messages_no_wait()

    def _leave_pictures(self) -> None:
        self._erase_pictures()
        self._drawing = None
        if self._onlookers is not None:
            self._onlookers.need(False)
