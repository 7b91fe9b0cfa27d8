"""Which parts of a text a query is found in, for showing why something was found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from services.finder.typos import letters, near_words
from services.finder.words import fold

if TYPE_CHECKING:
    from services.finder.query import Query, QueryWord

__all__ = ("excerpt", "marks")

_LONGEST = 2_000
"""Characters of a text that are looked at."""
_BETWEEN = r"[\W_]*"
_WORD = re.compile(r"[^\W_]+")
_LEAD = 12
"""Characters of an excerpt before what was found."""


def marks(query: Query, text: str) -> tuple[tuple[int, int], ...]:
    """The places of the query's words in the text, in order and apart: from, and up to."""
    folded, origin = _by_character(text[:_LONGEST])
    found: list[tuple[int, int]] = []
    for word in query.words:
        found += [(origin[start], origin[end - 1] + 1) for start, end in _places(word, folded)]
    apart: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if apart and start <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(end, apart[-1][1])
        else:
            apart.append((start, end))
    return tuple(apart)


def excerpt(query: Query, text: str, room: int) -> str:
    """The first line of a text; where it does not show what was found, the line from there on that does."""
    text = text[:_LONGEST].strip()
    first = text.partition("\n")[0]
    places = marks(query, text)
    if not places or places[0][1] <= min(len(first), room):
        return first
    start = places[0][0]
    begin = max(text.rfind("\n", 0, start) + 1, text.rfind(" ", 0, max(start - _LEAD, 0)) + 1)
    return f"…{text[begin:].partition(chr(10))[0]}"


def _by_character(text: str) -> tuple[str, list[int]]:
    """The text folded, and which character each of its characters comes from."""
    pieces = [fold(character) for character in text]
    return "".join(pieces), [at for at, piece in enumerate(pieces) for _ in piece]


def _places(word: QueryWord, folded: str) -> list[tuple[int, int]]:
    for form in word.forms:
        pattern = _BETWEEN.join(map(re.escape, form.split()))
        if found := [place.span() for place in re.finditer(pattern, folded)]:
            begins = [span for span in found if not span[0] or not folded[span[0] - 1].isalnum()]
            return begins or found
    words = {each[0]: letters(each[0]) for each in _WORD.finditer(folded)}
    near = {each for each, _ in near_words(word.letters, words.items())}
    return [each.span() for each in _WORD.finditer(folded) if each[0] in near]
