"""One picture, as large as the room allows and in the middle of it, or nearer than that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import Worker, get_current_worker

from widgets.picture import describe, pixel_row
from widgets.pixels import (
    PixelsChanged,
    Placement,
    ShowsPixels,
    fit_pixels,
    fit_scale,
    is_whole,
    life_size,
)
from widgets.playing import Player, moves
from widgets.sight import FITTED, Sight, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.geometry import Region

    from widgets.picture import Drawable, Pixels
    from widgets.pixels import CellSize
    from widgets.playing import Frames

__all__ = ("PictureView",)

_HALVES: CellSize = (1, 2)
"""The pixels of a cell where pictures are drawn in half blocks."""


class PictureView(Widget, ShowsPixels, can_focus=True):
    """Draws a picture in half blocks, fitted anew to each size it is given, and says where pixels belong."""

    DEFAULT_CSS = "PictureView { height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus,equals_sign", "zoom(1)", "nearer", key_display="+", id="picture.nearer"),
        Binding("minus", "zoom(-1)", "farther", key_display="-", id="picture.farther"),
        Binding("1", "life", "its own size", id="picture.life"),
        Binding("0,f", "fit", "fit", key_display="0", id="picture.fit"),
        Binding("space", "play", "play, stop", id="picture.play"),
        Binding("left,h", "pan(-1,0)", "left", show=False, id="picture.left"),
        Binding("right,l", "pan(1,0)", "right", show=False, id="picture.right"),
        Binding("up,k", "pan(0,-1)", "up", show=False, id="picture.up"),
        Binding("down,j", "pan(0,1)", "down", show=False, id="picture.down"),
        Binding("n,right_square_bracket", "turn(1)", "next", key_display="n", id="picture.next"),
        Binding("p,left_square_bracket", "turn(-1)", "previous", key_display="p", id="picture.previous"),
    ]

    @dataclass
    class Changed(Message):
        """Another picture is seen, or this one larger or smaller."""

        view: PictureView

    def __init__(
        self,
        picture: Drawable,
        title: str = "",
        pictures: Sequence[tuple[str, Drawable]] = (),
        *,
        frames_of: Callable[[Any], Frames] | None = None,
        id: str | None = None,
    ) -> None:
        """`pictures`, with their titles, are those to turn to, this one among them.

        `frames_of` goes through a picture that moves; without it none is played.
        """
        super().__init__(id=id)
        self._picture = picture
        self._pictures = list(pictures) or [(title, picture)]
        self._place = next((place for place, each in enumerate(self._pictures) if each[1] is picture), 0)
        self._frame: Drawable | None = None
        """What is seen of a picture that was played; None for the picture itself, its first frame."""
        self._worker: Worker[None] | None = None
        self._player = None if frames_of is None else Player(self._show, self._is_seen, frames_of)
        self._pixels: Pixels | None = None
        self._window = Window(0, 0)
        self._sight = FITTED
        self._early: list[Callable[[], None]] = []
        """Keys that came before there was room to draw in; nearness is counted from what fits that."""

    @property
    def picture(self) -> Drawable:
        """The picture that is seen."""
        return self._picture

    @property
    def title(self) -> str:
        """Its title."""
        return self._pictures[self._place][0]

    @property
    def about(self) -> str:
        """What it is, which of several, how large where it is not fitted into the room, and if it moves."""
        total = len(self._pictures)
        of_all = f"{self._place + 1} of {total}" if total > 1 else ""
        zoom = "" if self._sight.scale is None else f"{self._sight.scale:.0%}"
        return " · ".join(filter(None, (describe(self._picture), of_all, zoom, self._motion())))

    def _motion(self) -> str:
        if self._player is None or not moves(self._picture):
            return ""
        return "playing" if self._player.plays else self._player.still or "moves"

    def on_mount(self) -> None:
        if self._player is not None:
            stop = self._player.stop
            self.app.app_suspend_signal.subscribe(self, lambda _: stop(), immediate=True)
        self.post_message(self.Changed(self))

    # What is seen.

    def take_cell_size(self, size: CellSize | None) -> None:
        super().take_cell_size(size)
        self.on_resize()

    def on_resize(self) -> None:
        if self.content_size and (self._sight.scale or 0) < self._fitted_scale():
            self._sight = FITTED
        self._window, self._pixels = self._seen()
        self.refresh()
        if self.content_size and self._early:
            early, self._early = self._early, []
            for act in early:
                act()

    def _seen(self) -> tuple[Window, Pixels | None]:
        picture, (columns, rows) = self._frame or self._picture, self.content_size
        if self._sight.scale is not None and is_whole(picture) and columns and rows:
            window = self._sight.window(self._picture_size, self.content_size, self._cell_pixels)
            assert window.crop is not None
            return window, picture.part_pixels(window.crop, window.columns, window.rows)
        if self.cell_size is not None:
            window = Window(*fit_pixels(picture.width, picture.height, columns, rows, self.cell_size))
            return window, picture.pixels(window.columns, window.rows)
        pixels = picture.pixels(columns, rows)
        return Window(pixels.width, (pixels.height + 1) // 2) if pixels else Window(0, 0), pixels

    # Keys.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is whole can be looked at nearer; what is larger than the room, elsewhere."""
        match action:
            case "turn":
                return len(self._pictures) > 1
            case "play":
                return self._player is not None and moves(self._picture)
            case "pan" | "fit":
                return self._sight.scale is not None or bool(self._early)
            case "zoom" | "life":
                return is_whole(self._picture)
            case _:
                return True

    def action_zoom(self, step: int) -> None:
        """See the picture half as large again, or back towards all of it."""
        if not self.content_size:
            self._early.append(partial(self.action_zoom, step))
            return
        self._look(self._sight.nearer(step, self._fitted_scale()))

    def action_life(self) -> None:
        """See one pixel of the picture as one of the screen."""
        self._look(replace(self._sight, scale=float(life_size(*self._picture_size, self._cell_pixels))))

    def action_fit(self) -> None:
        self._look(FITTED)

    def action_pan(self, across: int, down: int) -> None:
        """See what is beside: a quarter of what is in view."""
        if not self.content_size:
            self._early.append(partial(self.action_pan, across, down))
        elif (crop := self._window.crop) is not None:
            self._sight = self._sight.moved(across, down, crop, self._picture_size)
            self.on_resize()

    def action_turn(self, step: int) -> None:
        """See the picture after this one, or before it, round the ends; fitted into the room."""
        self._place = (self._place + step) % len(self._pictures)
        if self._player is not None:
            self._player.forget()
        self._picture, self._frame = self._pictures[self._place][1], None
        self._look(FITTED)

    def take_picture(self, picture: Drawable) -> None:
        """See another picture, with no others to turn to."""
        self._pictures, self._place = [("", picture)], 0
        self.action_turn(0)

    # Moving.

    def action_play(self) -> None:
        """Play the picture from where it stands, or stop it there."""
        if self._player is None:
            return
        self._player.plays = not self._player.plays
        if self._player.plays:
            self._worker = self._play(self._player)
        self.post_message(self.Changed(self))

    @work(group="playing", exclusive=True, exit_on_error=False)
    async def _play(self, player: Player) -> None:
        if moves(picture := self._picture):
            await player.run(picture, lambda: self.is_behind)
        if self._worker is get_current_worker():
            player.stop()
            self.post_message(self.Changed(self))

    def _is_seen(self) -> bool:
        return self.is_attached and self.screen is self.app.screen

    def _show(self, frame: Drawable) -> None:
        self._frame = frame
        if self.cell_size is None:
            self.on_resize()
        else:
            # The cells stay as they are: text would be seen for a moment between two pictures of sixel.
            self.placements = self._placed()
            self.is_behind = True
            self.post_message(PixelsChanged())

    def _look(self, sight: Sight) -> None:
        self._sight = sight
        self.on_resize()
        self.refresh_bindings()
        self.post_message(self.Changed(self))

    def _fitted_scale(self) -> float:
        columns, rows = self.content_size
        return fit_scale(*self._picture_size, max(columns, 1), max(rows, 1), self._cell_pixels)

    @property
    def _picture_size(self) -> tuple[int, int]:
        return self._picture.width, self._picture.height

    @property
    def _cell_pixels(self) -> CellSize:
        return self.cell_size or _HALVES

    # Drawing.

    def render_lines(self, crop: Region) -> list[Strip]:
        strips = super().render_lines(crop)
        self.placements = self._placed()
        return strips

    def _placed(self) -> Sequence[Placement]:
        columns, rows, crop = self._window
        shown = self._frame or self._picture
        if self.cell_size is None or not columns or not is_whole(shown):
            return ()
        left, top = self._corner()
        x, y = left + self.gutter.left, top + self.gutter.top
        ground, series = self.background_colors[1].rgb, self._picture if moves(self._picture) else None
        return [Placement(shown, columns, rows, x, y, 0, rows, ground, crop, series)]

    def _corner(self) -> tuple[int, int]:
        """The first column and row of the picture, which stands in the middle."""
        width, height = self.content_size
        return (width - self._window.columns) // 2, max(0, (height - self._window.rows) // 2)

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        blank = Strip.blank(width, self.rich_style)
        pixels = self._pixels

        if pixels is None or pixels.width > width:
            return blank

        left, top = self._corner()
        row = y - top

        if not 0 <= row < (pixels.height + 1) // 2:
            return blank

        drawn = Strip(pixel_row(pixels, row, self.rich_style), pixels.width)
        return Strip.join([blank.crop(0, left), drawn, blank.crop(0, width - left - pixels.width)])
