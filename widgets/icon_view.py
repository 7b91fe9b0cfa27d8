"""A small picture in a corner: the icon of a server, or of what it offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from widgets.picture_view import PictureView

if TYPE_CHECKING:
    from widgets.picture import Drawable, Pixels

__all__ = ("IconView",)


@dataclass(frozen=True, slots=True)
class _Nothing:
    format: str = ""
    width: int = 0
    height: int = 0
    byte_size: int = 0

    def pixels(self, columns: int, rows: int) -> Pixels | None:
        return None


class IconView(PictureView, can_focus=False, inherit_bindings=False):
    """Takes no room without a picture."""

    DEFAULT_CSS = """
    IconView {
        width: 6;
        height: 3;
        display: none;
        &.-shown { display: block; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(_Nothing(), id=id)

    def show(self, picture: Drawable | None) -> None:
        """Show another icon, or none."""
        self.set_class(picture is not None, "-shown")
        if picture is not None and picture is not self.picture:
            self.take_picture(picture)
