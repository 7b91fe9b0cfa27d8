"""Pictures through tmux: as text, which it moves and draws anew like any other, or as sixels it keeps."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from functools import partial
from math import inf
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from textual.geometry import Region

from app.terminal.drawings import Drawing, SixelDrawing, at
from app.terminal.onlookers import EVERY
from services.pictures import kitty
from services.pictures.answers import through_tmux
from services.pictures.canvas import png
from services.pictures.placeholders import MOST_CELLS, cells, numbers
from services.pictures.sixel import BAND, Box, SixelPicture

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from app.terminal.spots import PictureKey, Spot
    from app.terminal.workshop import Workshop
    from widgets.pixels import CellSize, Placement

__all__ = ("TextDrawing", "TmuxSixelDrawing")

_KEPT_BY_TERMINAL: Final = 8
"""Pictures that the terminals keep besides those that are seen."""
_FRESH: Final = 0.15
"""Seconds after a look in which a picture may be sent to who was seen."""
_ARRIVED: Final = 0.3
"""Seconds until what was sent has surely passed tmux."""
_DOUBT: Final = 0.6
"""Seconds in which what was sent may have been lost to another size."""
_SEQUENCE: Final = re.compile(r"\x1b_G[^\x1b]*\x1b\\")


class _Ready(NamedTuple):
    """A picture as it is sent."""

    placement: Placement
    """Keeps the picture alive, whose identity is the key."""
    number: int
    sequence: str
    """Sends it, in place of what has its number."""


class TextDrawing(Drawing):
    """Pictures are sent through tmux and then written, as cells that take the place of other text.

    tmux passes on what it is given, and only to terminals that show this pane at that moment. So who
    has a picture is kept in mind, and it is sent again when it comes to somebody who has not.
    """

    def __init__(self, workshop: Workshop, cell: CellSize) -> None:
        super().__init__(workshop, cell)
        self._numbers = numbers(Random())
        self._shown: dict[Hashable, Spot] = {}
        self._sent: OrderedDict[PictureKey, _Ready] = OrderedDict()
        self._had: dict[PictureKey, frozenset[str]] = {}
        """Who was there when a picture was sent."""
        self._sent_at: dict[PictureKey, float] = {}
        self._unsure: set[PictureKey] = set()
        """Of which it is not known yet whether those who were there have stayed."""
        self._watching: frozenset[str] | None = None
        self._is_waiting = False
        """Whether a picture waits for the next look."""
        self._told_at = -inf
        self.look_within = EVERY

    def doubt(self) -> bool:
        # While tmux has a window to draw anew it hands nothing on.
        lost = [key for key, sent in self._sent_at.items() if time.monotonic() - sent < _DOUBT]
        self._had.update(dict.fromkeys(lost, frozenset[str]()))
        return bool(lost)

    def seen_by(self, watching: frozenset[str] | None, since: float) -> bool:
        """Be told who sees it, found out after `since` (monotonic); None while nobody looks after that."""
        former, self._watching = self._watching, watching
        self._told_at = time.monotonic()
        if watching is None:
            return False
        for key in [key for key in self._unsure if self._sent_at[key] < since]:
            self._unsure.remove(key)
            self._had[key] &= watching
        had = (self._had.get(spot.key, watching) for spot in self._shown.values())
        return self._is_waiting or watching != former or not all(watching <= each for each in had)

    def draw(self, wanted: Sequence[Spot], written: Iterable[Region]) -> str:
        hurt, out = list(written), list[str]()
        shown: dict[Hashable, Spot] = {}
        self._begin(wanted)
        self.missing.clear()
        self._is_waiting = False
        former = set(self._sent)
        sent = self._sent_now(wanted, out)
        self.look_within = 0.0 if self._is_waiting else _ARRIVED if sent else EVERY
        for spot in wanted:
            ready = self._sent.get(spot.key)
            if ready is None and _fits(spot):
                self.missing.add(spot.key.identity)
                continue
            slot = spot[:4]
            if ready is not None:
                is_new = slot not in self._shown or spot.key in sent
                again = spot.key in sent and spot.key in former
                out.append(_written(ready.number, spot, None if is_new else hurt, again=again))
            shown[slot] = spot
        self._shown = shown
        return "".join((*out, *self._dropped()))

    def _sent_now(self, wanted: Iterable[Spot], out: list[str]) -> set[PictureKey]:
        """Send what somebody who watches has not got; which pictures these are."""
        sent: set[PictureKey] = set()
        for spot in filter(_fits, wanted):
            key, watching = spot.key, self._watching
            if key in self._sent:
                self._sent.move_to_end(key)
            if not watching or watching <= self._had.get(key, frozenset()):
                continue
            ready = self._sent.get(key) or self._made_ready(spot)
            if ready is None or not self._is_fresh(spot) or not self._goes(len(ready.sequence)):
                continue
            self._sent[key], self._had[key] = ready, watching
            self._sent_at[key] = time.monotonic()
            self._unsure.add(key)
            out.append(ready.sequence)
            sent.add(key)
        return sent

    def _is_fresh(self, spot: Spot) -> bool:
        """Whether it was looked a moment ago: nobody leaves after that and is back before the next look.

        A picture that moves does not wait for that, since its next frame comes soon.
        """
        if spot.placement.series is not None or time.monotonic() - self._told_at < _FRESH:
            return True
        self._is_waiting = True
        return False

    def _made_ready(self, spot: Spot) -> _Ready | None:
        return self._workshop.get(("text", spot.key, self._cell), partial(self._made, spot))

    def _made(self, spot: Spot) -> _Ready:
        data, _ = png(self._image(spot.placement, spot.key))
        number = next(self._numbers)
        sequences = (
            kitty.delete(number),  # also ends one that was cut off on its way
            kitty.transmit(number, data),
            kitty.place_as_text(number, spot.key.columns, spot.key.rows),
        )
        return _Ready(spot.placement, number, _wrapped("".join(sequences)))

    def _dropped(self) -> list[str]:
        """The oldest of the pictures that are not seen are forgotten by the terminal too."""
        seen = {spot.key for spot in self._shown.values()}
        unseen = [key for key in self._sent if key not in seen]
        return [
            _wrapped(kitty.delete(self._forgotten(key)))
            for key in unseen[: max(len(unseen) - _KEPT_BY_TERMINAL, 0)]
        ]

    def _forgotten(self, key: PictureKey) -> int:
        self._unsure.discard(key)
        del self._had[key], self._sent_at[key]
        return self._sent.pop(key).number

    def erasure(self) -> str:
        # The cells go with the rest of the text.
        return "".join(_wrapped(kitty.delete(ready.number)) for ready in list(self._sent.values()))

    def forget(self) -> None:
        super().forget()
        self._sent.clear()
        self._had.clear()
        self._sent_at.clear()
        self._unsure.clear()
        self._shown.clear()


def _fits(spot: Spot) -> bool:
    """Whether there are marks for all of its cells; what has more stays in half blocks."""
    return spot.key.columns <= MOST_CELLS and spot.key.rows <= MOST_CELLS


def _written(number: int, spot: Spot, hurt: list[Region] | None, *, again: bool) -> str:
    """The cells of a spot; of one that is there those rows that were `hurt`.

    Where the picture was sent `again` they are emptied before: tmux hands on only what changes.
    """
    rows = []
    for row in range(spot.region.height):
        place = Region(spot.region.x, spot.region.y + row, spot.region.width, 1)
        if hurt is None or any(place.overlaps(each) for each in hurt):
            text = cells(number, spot.top + row, spot.left, place.width)
            rows.append(at(place, f"\x1b[0m{' ' * place.width}") if again else "")
            rows.append(at(place, text))
    return "".join(rows)


def _wrapped(sequences: str) -> str:
    """Each sequence by itself: tmux drops what is longer than 1 MiB."""
    return _SEQUENCE.sub(lambda found: through_tmux(found[0]), sequences)


class TmuxSixelDrawing(SixelDrawing):
    """Sixels that tmux keeps and writes to the terminal around it itself, also after its own drawing.

    It counts the last band as whole: the rows that a picture lacks for that would be another row of
    cells to it, and at the end of the screen would scroll it. So a picture ends with a whole band, up to
    five rows of pixels early. It fills the rest of the cells with the first colour, the ground. In the
    last row of the screen there is none of it, since tmux 3.6 scrolls for those as well.
    """

    look_within = EVERY  # others may come, which draw otherwise
    most = (1 << 20) - 16
    """What tmux takes in one sequence; a longer one it drops."""

    def _box(self, spot: Spot) -> Box:
        box = super()._box(spot)
        height = box.bottom - box.top
        if spot.region.bottom >= self.lines:
            height -= self._cell[1]
        return box._replace(bottom=box.top + height - height % BAND)

    def _picture(self, spot: Spot) -> SixelPicture:
        return SixelPicture(self._image(spot.placement, spot.key), ground=spot.key.ground)

    def _over(self, spot: Spot, text: str) -> str:
        region = spot.region
        last = Region(region.x, region.bottom - 1, region.width, 1)
        red, green, blue = spot.key.ground
        below = at(last, f"\x1b[0;48;2;{red};{green};{blue}m{' ' * region.width}")
        return below + at(region, text) if region.bottom < self.lines else at(region, text)
