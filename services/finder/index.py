"""The index: what is looked at when somebody types, made once for each part."""

from __future__ import annotations

from itertools import accumulate, chain
from typing import TYPE_CHECKING, Final

from services.finder.ranking import Table, make_row
from services.finder.typos import letters, near_words
from services.finder.words import name_words, text_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from services.finder.items import Item
    from services.finder.query import QueryWord
    from services.finder.ranking import Row

__all__ = ("Index", "Part")

_WIDEST: Final = 300
"""Characters of a name, a title or an address."""
_LONGEST_WORD: Final = 60
_MOST_WORDS: Final = 200
"""Different words of one thing that slips are looked for in."""


class Part:
    """What is known of one part: its rows, and which of them hold a word."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self.items: tuple[Item, ...] = tuple(items)
        self.rows: list[Row] = []
        self.places: dict[str, list[int]] = {}
        """The rows that hold a word."""
        for place, item in enumerate(self.items):
            row, words = _read(item)
            self.rows.append(row)
            for word in words:
                self.places.setdefault(word, []).append(place)


def _read(item: Item) -> tuple[Row, Iterable[str]]:
    """The row of an item, and its different words."""
    name = item.name[:_WIDEST]
    beside = (
        *text_words(item.title[:_WIDEST]),
        *(word for argument in item.arguments for word in name_words(argument)),
        *name_words(item.address[:_WIDEST]),
    )
    text = text_words(item.description)
    row = make_row(name, item.server, beside, text)
    named = name_words(name)
    different = dict.fromkeys((*named, "".join(named), *beside, *name_words(item.server), *text))
    return row, [word for word in list(different)[:_MOST_WORDS] if len(word) <= _LONGEST_WORD]


class Index(Table):
    """All parts as one table, with the words of all of them."""

    def __init__(self, parts: Sequence[Part] = ()) -> None:
        super().__init__([row for part in parts for row in part.rows])
        self.items: list[Item] = [item for part in parts for item in part.items]
        self._parts = parts
        self._starts = (0, *accumulate(len(part.rows) for part in parts))
        words = dict.fromkeys(chain.from_iterable(part.places for part in parts))
        self._words = [(word, letters(word)) for word in words]

    def near(self, word: QueryWord) -> Iterator[tuple[str, int, Collection[int]]]:
        for near, count in near_words(word.letters, self._words):
            places = [
                start + place
                for start, part in zip(self._starts, self._parts, strict=False)
                for place in part.places.get(near, ())
            ]
            yield near, count, places
