"""Which cells hold a text, looked for a little at a time: the next one, and how many there are."""

from __future__ import annotations

from bisect import bisect_right
from itertools import chain
from typing import TYPE_CHECKING

from widgets.history.plain_text import pieces
from widgets.views.search import all_matches, first_match, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from widgets.history.store import CellStore

__all__ = ("counted", "next_holding")


async def next_holding(
    store: CellStore, text: str, selected: int | None, *, backwards: bool, again: bool
) -> int | None:
    """The next cell that holds the text, round the ends; it may be gone by then.

    The selected cell is looked at last where the text is looked for `again`, else first.
    """
    ids = list(_order(store.ids, selected, backwards, again))
    place = await first_match(_matching(store, ids, text))
    return None if place is None else ids[place]


async def counted(store: CellStore, text: str, selected: int | None) -> tuple[int, int]:
    """Which of the cells that hold the text is selected, from 1, and how many there are."""
    ids = list(store.ids)
    holding = sorted({ids[place] for place in await all_matches(_matching(store, ids, text))})
    return bisect_right(holding, selected or 0), len(holding)


def _order(ids: range, selected: int | None, backwards: bool, again: bool) -> Iterable[int]:
    start = ids[-1] if selected is None else selected
    later, earlier = range(start + 1, ids.stop), range(ids.start, start)
    order = chain(reversed(earlier), reversed(later)) if backwards else chain(later, earlier)
    return chain(order, [start]) if again else chain([start], order)


def _matching(store: CellStore, ids: Iterable[int], text: str) -> Iterator[int | None]:
    """The place in `ids` of each cell that holds the text; None after each step in vain."""
    for place, cell_id in enumerate(ids):
        if cell_id in store:
            for piece in pieces(store[cell_id]):
                yield from (None if hit is None else place for hit in places(piece, text))
