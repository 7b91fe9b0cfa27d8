"""How well things fit a query: names first, then what they are about, slips of the finger last."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from services.finder.query import read_query
from services.finder.typos import in_order, letters, near_words
from services.finder.words import fold, name_words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from services.finder.query import Query, QueryWord

__all__ = ("LIMIT", "Fit", "Ranked", "Row", "Table", "best", "make_row", "rank", "rank_names")

T = TypeVar("T")

LIMIT: Final = 50
"""How many completions anybody will look at."""
_WIDEST: Final = 200
"""Characters of a name that are compared: hostile names may be megabytes long."""
_LOOSE: Final = 2_000
"""Names that are looked at for slips where there is no index of words."""


class Fit(IntEnum):
    """Where a word fits, best first; how well a query fits is the sum over its words."""

    WHOLE = 0
    BEGINNING = 1
    WORD = 2
    WITHIN = 3
    """Within a word of the name."""
    BESIDE = 6
    """A word of the title, the arguments, the address or the server begins so."""
    BESIDE_WITHIN = 7
    TEXT = 10
    """A word of the description begins so."""
    TEXT_WITHIN = 11
    EDIT = 20
    """What each edit adds."""
    LETTERS = 60
    """The letters stand in the name in this order."""


class Row(NamedTuple):
    """What is looked at of one thing, field by field; each word stands behind one blank."""

    head: str
    """The words of the name."""
    within: str
    """The name as one word and as it is written; server and name."""
    beside: str
    text: str
    qualified: str
    """The words of server and name: `server.tool` is the name that every cell prints."""


_FIELDS: Final = ((Fit.WORD, Fit.WITHIN), (Fit.WITHIN, Fit.WITHIN), (Fit.BESIDE, Fit.BESIDE_WITHIN),
                  (Fit.TEXT, Fit.TEXT_WITHIN))  # fmt: skip
"""For the fields of a row what it is worth when a word of it begins so, and when one has it inside."""


class Table:
    """Rows as columns, which are searched a column at a time: that is several times as fast."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.size = len(rows)
        self.columns = tuple([row[field] for row in rows] for field in range(len(_FIELDS)))
        self.whole: dict[str, list[int]] = {}
        for place, row in enumerate(rows):
            self.whole.setdefault(row.head[1:], []).append(place)
            if row.qualified != row.head[1:]:
                self.whole.setdefault(row.qualified, []).append(place)

    def near(self, word: QueryWord) -> Iterator[tuple[str, int, Collection[int]]]:
        """Words that begin nearly so: the word, how many edits it is away, the rows that hold it."""
        rows: dict[str, list[int]] = {}
        for place, head in enumerate(islice(self.columns[0], _LOOSE)):
            for each in head.split():
                rows.setdefault(each, []).append(place)
        for near, count in near_words(word.letters, [(each, letters(each)) for each in rows]):
            yield near, count, rows[near]


class Ranked(NamedTuple):
    """What fits, best first."""

    places: list[int]
    weights: list[int]
    """How well each fits: 0 is the name itself, and the more the worse."""
    loose: bool = False
    """Nothing fits as it was typed; these come near it."""


def make_row(name: str, server: str = "", beside: Iterable[str] = (), text: Iterable[str] = ()) -> Row:
    """The row of a thing; `beside` are the words that count next to those of its name."""
    words = name_words(name)
    owner = name_words(server) if server else ()
    qualified = " ".join((*owner, *words))
    return Row(
        "".join([f" {word}" for word in words]),
        f" {''.join(words)}\n {fold(name)}\n {qualified if owner else ''}",
        "".join([f" {word}" for word in (*beside, *owner)]),
        "".join([f" {word}" for word in text]),
        qualified,
    )


@lru_cache(1 << 14)
def _row_of_name(name: str) -> Row:
    return make_row(name)


def rank(query: Query, table: Table) -> Ranked:
    """The rows that every word fits, best first, and within a rank in the order of the table.

    Slips are forgiven only where nothing fits as it was typed, so what was typed well is never buried.
    """
    if not query.words:
        return Ranked(list(range(table.size)), [0] * table.size)
    for loose, look in enumerate((_as_typed, _nearly, _by_letters)):
        if found := look(query, table):
            order = sorted(sorted(found), key=found.__getitem__)
            return Ranked(order, [found[place] for place in order], loose > 0)
    return Ranked([], [])


def rank_names(query: str, names: Iterable[str]) -> Ranked:
    """The same over bare names."""
    return rank(read_query(query), Table([_row_of_name(name[:_WIDEST]) for name in names]))


def best(query: str, items: Iterable[T], name: Callable[[T], str], limit: int = LIMIT) -> list[T]:
    """At most `limit` items whose name fits, best first; all in the given order for an empty query."""
    if not query.strip():
        return list(islice(items, limit))
    known = list(items)
    return [known[place] for place in rank_names(query, map(name, known)).places[:limit]]


def _as_typed(query: Query, table: Table) -> Mapping[int, int]:
    found: Mapping[int, int] | None = None
    for word in query.words:
        found = _added(found, _fits(word, table, range(table.size) if found is None else found))
        if not found:
            return {}
    if found and len(query.words) > 1:
        whole = _fits_of(query.phrase, table, found, fields=1)
        return {place: min(weight, whole.get(place, weight)) for place, weight in found.items()}
    return found or {}


def _added(before: Mapping[int, int] | None, fits: Mapping[int, int]) -> Mapping[int, int]:
    """What fits a further word too, with the sum of both."""
    return fits if before is None else {place: fit + before[place] for place, fit in fits.items()}


def _fits(word: QueryWord, table: Table, places: Collection[int]) -> dict[int, int]:
    """How well a word fits those of these rows that it fits at all."""
    found = _fits_of(word.forms[0], table, places)
    for form in word.forms[1:]:
        other = _fits_of(form, table, places)
        found = other | {place: min(fit, other.get(place, fit)) for place, fit in found.items()}
    return found


def _fits_of(form: str, table: Table, places: Collection[int], fields: int = len(_FIELDS)) -> dict[int, int]:
    """The same for one form of a word, in the first fields of the rows."""
    begins, found = f" {form}", dict[int, int]()
    left: Collection[int] = places
    for column, (as_word, within) in zip(table.columns, _FIELDS[:fields], strict=False):
        here = [place for place in left if form in column[place]]
        if here:
            found |= {place: as_word if begins in column[place] else within for place in here}
            left = [place for place in left if place not in found]
    heads = table.columns[0]
    named = [place for place, fit in found.items() if fit == Fit.WORD]
    found |= {place: Fit.BEGINNING for place in named if heads[place].startswith(begins)}
    found |= {place: Fit.WHOLE for place in table.whole.get(form, ()) if place in found}
    return found


def _nearly(query: Query, table: Table) -> Mapping[int, int]:
    found: Mapping[int, int] | None = None
    for word in query.words:
        places: Collection[int] = range(table.size) if found is None else found
        fits = _fits(word, table, places)
        for near, count, rows in table.near(word):
            for place, fit in _fits_of(near, table, [place for place in rows if place in places]).items():
                weight = fit + Fit.EDIT * count
                fits[place] = min(weight, fits.get(place, weight))
        found = _added(found, fits)
        if not found:
            return {}
    return found or {}


def _by_letters(query: Query, table: Table) -> Mapping[int, int]:
    typed = [word.letters for word in query.words]
    return {
        place: Fit.LETTERS
        for place, head in enumerate(islice(table.columns[0], _LOOSE))
        if all(in_order(letters, head.split()) for letters in typed)
    }
