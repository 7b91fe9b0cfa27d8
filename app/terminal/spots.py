"""Where on the screen pictures are to be seen: what widgets want, less what lies over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from textual.geometry import Region

from widgets.pixels import ShowsPixels

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from textual._compositor import ChopsUpdate
    from textual.screen import Screen

    from widgets.pixels import Crop, Placement

__all__ = ("PictureKey", "Spot", "damage", "shown_widgets", "spots", "uncovered")

_MOST_PIECES = 12
"""Pieces of one picture; what is cut into more stays in half blocks."""


class PictureKey(NamedTuple):
    """A picture in one size on one ground, as it is made ready for a terminal."""

    identity: int
    """Of the object, which whoever uses the key keeps alive."""
    columns: int
    rows: int
    ground: tuple[int, int, int]
    crop: Crop | None


class Spot(NamedTuple):
    """A rectangle of the screen that shows a rectangle of a picture, in cells."""

    key: PictureKey
    region: Region
    left: int
    """The column of the picture that stands at the left edge."""
    top: int
    placement: Placement


def shown_widgets(screen: Screen[Any]) -> Iterator[tuple[ShowsPixels, Region, list[Region]]]:
    """The widgets of a screen that show pictures, what is seen of each, and what is drawn over it."""
    above: list[Region] = []
    for widget, (region, clip) in screen._compositor.visible_widgets.items():  # from the front
        if isinstance(widget, ShowsPixels):
            yield widget, region, [clip, *above]
        above.append(region.intersection(clip))


def spots(screen: Screen[Any]) -> Iterator[Spot]:
    """Every rectangle that shows a picture now."""
    for widget, region, (clip, *above) in shown_widgets(screen):
        for wanted in widget.placements:
            x, y = region.x + wanted.x, region.y + wanted.y
            whole = Region(x, y, wanted.columns, wanted.count)
            pieces = uncovered(whole.intersection(clip).intersection(region), above)
            if len(pieces) > _MOST_PIECES:
                continue
            key = PictureKey(id(wanted.picture), wanted.columns, wanted.rows, wanted.ground, wanted.crop)
            for piece in pieces:
                yield Spot(key, piece, piece.x - x, wanted.first + piece.y - y, wanted)


def uncovered(region: Region, above: Iterable[Region]) -> list[Region]:
    """What is seen of a region, in rectangles that do not overlap."""
    pieces = [region] if region else []
    for cover in above:
        pieces = [rest for piece in pieces for rest in _without(piece, cover)]
    return pieces


def _without(piece: Region, cover: Region) -> Iterator[Region]:
    hidden = piece.intersection(cover)
    if not hidden:
        yield piece
        return
    around = (
        Region(piece.x, piece.y, piece.width, hidden.y - piece.y),
        Region(piece.x, hidden.bottom, piece.width, piece.bottom - hidden.bottom),
        Region(piece.x, hidden.y, hidden.x - piece.x, hidden.height),
        Region(hidden.right, hidden.y, piece.right - hidden.right, hidden.height),
    )
    yield from (each for each in around if each)


def damage(update: object) -> list[Region]:
    """The cells that an update of Textual's compositor writes."""
    from textual._compositor import ChopsUpdate, LayoutUpdate

    if isinstance(update, LayoutUpdate):
        return [update.region]
    if not isinstance(update, ChopsUpdate):
        return []
    return [_written(update, *span) for span in update.spans]


def _written(update: ChopsUpdate, y: int, left: int, right: int) -> Region:
    """A span with the rest of the chops at its ends: those are written by whole segments."""
    starts = [x for x in update.chops[y] if x <= left]
    ends = [end for end in update.chop_ends[y] if end >= right]
    first, last = max(starts, default=0), min(ends, default=right)
    return Region(first, y, max(last - first, 0), 1)
