"""Icons for a screen: each is got once, when somebody looks, and kept while the screen is open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from services.results.pictures import PictureRefused

if TYPE_CHECKING:
    from services.icons import Icon
    from widgets.picture import Drawable

__all__ = ("Icons", "LoadIcon")

LoadIcon = Callable[[Sequence["Icon"]], Awaitable["Drawable"]]


class Icons:
    """What came of the icons that were looked at."""

    def __init__(self, load: LoadIcon | None) -> None:
        """Without `load` there are none."""
        self._load = load
        self._loaded: dict[tuple[Icon, ...], Drawable | str] = {}

    async def get(self, icons: tuple[Icon, ...]) -> Drawable | str:
        """The icon that is drawn, or why there is none."""
        if icons not in self._loaded:
            self._loaded[icons] = await self._got(icons)
        return self._loaded[icons]

    async def _got(self, icons: tuple[Icon, ...]) -> Drawable | str:
        if self._load is None:
            return "pictures are off"
        try:
            return await self._load(icons)
        except PictureRefused as refused:
            return str(refused)
