"""One picture, as large as the room allows and in the middle of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.strip import Strip
from textual.widget import Widget

from widgets.picture import pixel_row

if TYPE_CHECKING:
    from widgets.picture import Drawable, Pixels

__all__ = ("PictureView",)


class PictureView(Widget, can_focus=True):
    """Draws a picture in half blocks, fitted anew to each size it is given."""

    DEFAULT_CSS = "PictureView { height: 1fr; }"

    def __init__(self, picture: Drawable, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._picture = picture
        self._pixels: Pixels | None = None

    def on_resize(self) -> None:
        self._pixels = self._picture.pixels(*self.content_size)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, height = self.content_size
        blank = Strip.blank(width, self.rich_style)
        pixels = self._pixels

        if pixels is None or pixels.width > width:
            return blank

        rows = (pixels.height + 1) // 2
        row = y - max(0, (height - rows) // 2)

        if not 0 <= row < rows:
            return blank

        left = (width - pixels.width) // 2
        drawn = Strip(pixel_row(pixels, row, self.rich_style), pixels.width)
        return Strip.join([blank.crop(0, left), drawn, blank.crop(0, width - left - pixels.width)])
