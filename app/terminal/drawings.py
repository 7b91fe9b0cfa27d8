"""What is written to the terminal so that it shows pictures, by each protocol."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from functools import partial
from itertools import count
from random import randrange
from typing import TYPE_CHECKING, Final, NamedTuple

from services.pictures import kitty
from services.pictures.canvas import Canvas, png
from services.pictures.sixel import Box, SixelPicture

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from PIL.Image import Image
    from textual.geometry import Region

    from app.terminal.spots import PictureKey, Spot
    from app.terminal.workshop import Workshop
    from widgets.pixels import CellSize, Placement, WholePicture

__all__ = ("Drawing", "KittyDrawing", "SixelDrawing", "at")

_KEPT_BY_TERMINAL: Final = 8
"""Pictures that a terminal of the kitty protocol keeps besides those that are seen."""
_MOST_AT_ONCE: Final = 1 << 20
"""Characters of pictures in one update, whose first may have more; a writer drops what is over 4 MiB."""


class Drawing(ABC):
    """Knows what the terminal shows, and what to write so that it shows what is wanted."""

    def __init__(self, workshop: Workshop, cell: CellSize) -> None:
        self._workshop = workshop
        self._cell = cell
        self._size = 0
        """Characters of the pictures in this update."""
        self.unfinished = False
        """Whether a picture that is ready was left for the next update."""
        self.missing: set[int] = set()
        """The pictures, by identity, that were wanted at the last drawing and not ready yet."""

    lines = 0
    """The rows of the screen."""
    look_within: float | None = None
    """Seconds within which it has to be told, by `seen_by`, who sees the terminal; None for never."""

    def doubt(self) -> bool:
        """Take what was sent a moment ago for lost, as may be after another size; whether there was any."""
        return False

    def seen_by(self, watching: frozenset[str] | None, since: float) -> bool:
        """Be told who sees it; whether something is to be drawn anew for them."""
        return False

    @abstractmethod
    def draw(self, wanted: Sequence[Spot], written: Iterable[Region]) -> str:
        """The sequences that make the terminal show what is wanted, some of its cells just `written` to.

        What is not ready yet is left out; the workshop tells when it is.
        """

    @abstractmethod
    def erasure(self) -> str:
        """The sequences that leave nothing behind; what the terminal had must be forgotten afterwards."""

    @abstractmethod
    def forget(self) -> None:
        """The terminal has lost everything."""
        self._last = None

    def _begin(self, wanted: Sequence[Spot]) -> None:
        self._size, self.unfinished = 0, False
        if all(spot.key.crop is None for spot in wanted):
            self._last = None

    def _goes(self, size: int) -> bool:
        """Whether a picture of so many characters goes with this update."""
        if self._size and self._size + size > _MOST_AT_ONCE:
            self.unfinished = True
            return False
        self._size += size
        return True

    def _image(self, placement: Placement, key: PictureKey) -> Image:
        """For the thread: the picture in the pixels of its cells."""
        size = key.columns * self._cell[0], key.rows * self._cell[1]
        canvas = self._canvas(placement.picture)
        return (
            canvas.fitted(size, key.ground)
            if key.crop is None
            else canvas.cropped(key.crop, size, key.ground)
        )

    _last: tuple[WholePicture, Canvas] | None = None

    def _canvas(self, picture: WholePicture) -> Canvas:
        """Of the picture that was asked for last, whose decoded pixels are kept while it is looked at."""
        last = self._last  # which the loop may let go meanwhile
        if last is None or last[0] is not picture:
            last = self._last = picture, Canvas(picture.data, picture.format)
        return last[1]


def at(region: Region, sequence: str) -> str:
    """A sequence at a place of the screen, the cursor left where it was."""
    return f"\x1b7\x1b[{region.y + 1};{region.x + 1}H{sequence}\x1b8"


class _Ready(NamedTuple):
    """A picture as the kitty protocol sends it."""

    placement: Placement
    """Keeps the picture alive, whose identity is the key."""
    size: tuple[int, int]
    number: int
    sequence: str
    """Sends it."""


class KittyDrawing(Drawing):
    """Pictures are sent once and then placed; text does not touch them, so they are moved and removed."""

    def __init__(self, workshop: Workshop, cell: CellSize) -> None:
        super().__init__(workshop, cell)
        self._numbers = count(randrange(1 << 20, 1 << 30))
        self._sent: OrderedDict[PictureKey, _Ready] = OrderedDict()
        self._shown: dict[tuple[PictureKey, int], Spot] = {}

    def draw(self, wanted: Sequence[Spot], written: Iterable[Region]) -> str:
        out: list[str] = []
        shown: dict[tuple[PictureKey, int], Spot] = {}
        self._begin(wanted)
        anew = any(region.height > 1 for region in written)  # the whole screen, which may have a new size
        self.missing.clear()
        for spot in wanted:
            sent = self._sent.get(spot.key) or self._send(spot, out)
            if sent is None:
                self.missing.add(spot.key.identity)
                shown.update(self._frame_before(spot))
                continue
            self._sent.move_to_end(spot.key)
            slot = spot.key, sum(key == spot.key for key, _ in shown) + 1
            shown[slot] = spot
            former = self._shown.get(slot)
            if anew or former is None or former[1:4] != spot[1:4]:
                out.append(self._placed(sent, slot[1], spot))
        gone = [
            kitty.remove(self._sent[key].number, number)
            for key, number in self._shown
            if (key, number) not in shown
        ]
        self._shown = shown
        return "".join((*gone, *out, *self._dropped()))

    def _frame_before(self, spot: Spot) -> dict[tuple[PictureKey, int], Spot]:
        """What is shown at the place of a frame that is not ready yet."""
        series = spot.placement.series
        return {
            slot: each
            for slot, each in self._shown.items()
            if series is not None and each.placement.series is series and each[1:4] == spot[1:4]
        }

    def _send(self, spot: Spot, out: list[str]) -> _Ready | None:
        ready = self._workshop.get(("kitty", spot.key, self._cell), partial(self._made, spot))
        if ready is None or not self._goes(len(ready.sequence)):
            return None
        self._sent[spot.key] = ready
        out.append(ready.sequence)
        return ready

    def _made(self, spot: Spot) -> _Ready:
        data, size = png(self._image(spot.placement, spot.key))
        number = next(self._numbers)
        return _Ready(spot.placement, size, number, kitty.transmit(number, data))

    def _placed(self, ready: _Ready, placement: int, spot: Spot) -> str:
        across, down = ready.size[0] / spot.key.columns, ready.size[1] / spot.key.rows
        left, top = round(spot.left * across), round(spot.top * down)
        right = round((spot.left + spot.region.width) * across)
        bottom = round((spot.top + spot.region.height) * down)
        part = kitty.Part(left, top, max(right - left, 1), max(bottom - top, 1))
        return at(
            spot.region, kitty.place(ready.number, placement, part, spot.region.width, spot.region.height)
        )

    def _dropped(self) -> list[str]:
        """The oldest of the pictures that are not seen are forgotten by the terminal too."""
        seen = {key for key, _ in self._shown}
        unseen = [key for key in self._sent if key not in seen]
        return [
            kitty.delete(self._sent.pop(key).number)
            for key in unseen[: max(len(unseen) - _KEPT_BY_TERMINAL, 0)]
        ]

    def erasure(self) -> str:
        deleted = "".join(kitty.delete(ready.number) for ready in list(self._sent.values()))
        return deleted + kitty.delete_seen()  # those as well whose own end did not reach the terminal

    def forget(self) -> None:
        super().forget()
        self._sent.clear()
        self._shown.clear()


class SixelDrawing(Drawing):
    """Pictures take the place of text and text takes theirs, so they are drawn anew where it was written."""

    most = 3 << 20
    """Characters of one picture; what needs more stays in half blocks."""

    def __init__(self, workshop: Workshop, cell: CellSize) -> None:
        super().__init__(workshop, cell)
        self._shown: dict[Hashable, Spot] = {}

    def draw(self, wanted: Sequence[Spot], written: Iterable[Region]) -> str:
        out: list[str] = []
        shown: dict[Hashable, Spot] = {}
        hurt = list(written)
        self._begin(wanted)
        self.missing.clear()
        for spot in wanted:
            slot = spot[:4]
            if slot not in self._shown or any(spot.region.overlaps(each) for each in hurt):
                text = self._text(spot)
                is_drawn = text is not None and len(text) < self.most
                if text is None or (is_drawn and not self._goes(len(text))):
                    self.missing.add(spot.key.identity)
                    continue
                out.append(self._over(spot, text) if is_drawn else "")
            shown[slot] = spot
        self._shown = shown
        return "".join(out)

    def _text(self, spot: Spot) -> str | None:
        box = self._box(spot)
        made = self._workshop.get(("sixel", spot.key, self._cell), partial(self._made, spot, box))
        if made is None:
            return None
        if (text := made[1].ready(box)) is not None:
            return text
        return self._workshop.get(("part", spot.key, self._cell, box), partial(made[1].part, box))

    def _picture(self, spot: Spot) -> SixelPicture:
        return SixelPicture(self._image(spot.placement, spot.key))

    def _over(self, spot: Spot, text: str) -> str:
        return at(spot.region, text)

    def _box(self, spot: Spot) -> Box:
        across, down = self._cell
        left, top, region = spot.left * across, spot.top * down, spot.region
        return Box(left, top, left + region.width * across, top + region.height * down)

    def _made(self, spot: Spot, box: Box) -> tuple[Placement, SixelPicture]:
        picture = self._picture(spot)
        picture.part(box)  # what is wanted first is ready at once
        return spot.placement, picture

    def erasure(self) -> str:
        return ""

    def forget(self) -> None:
        super().forget()
        self._shown.clear()
