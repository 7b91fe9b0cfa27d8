"""Which names fit what was typed, best first, and what somebody may have meant."""

from __future__ import annotations

import heapq
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ("LIMIT", "best", "did_you_mean", "nearest", "positions")

T = TypeVar("T")

LIMIT = 50
"""How many completions anybody will look at."""

_WIDEST = 200
"""Characters of a name that are compared: hostile names may be megabytes long."""

_LOOSE = 2000
"""Names in which letters in order are looked for; it costs about 2 µs each."""

_COMPARED = 200
"""Names that difflib looks at; it costs about 30 µs each."""

_NEAR = 0.65
"""How alike two names must be, of 1, for one to be offered for the other: `fax` still finds `fix`."""


def best(query: str, items: Iterable[T], name: Callable[[T], str], limit: int = LIMIT) -> list[T]:
    """At most `limit` items: the same name, then names that begin so, contain it, have its letters in order.

    Within a rank the given order stays. 10,000 items cost a few milliseconds: letters in order
    are looked for only when the better ranks do not fill the answer.
    """
    if not query:
        return list(islice(items, limit))
    wanted = query.casefold()
    ranks: tuple[list[T], ...] = ([], [], [])
    others: list[tuple[str, T]] = []
    for item in items:
        text = name(item)[:_WIDEST].casefold()
        if wanted in text:
            ranks[_rank(wanted, text)].append(item)
        else:
            others.append((text, item))
    found = [*ranks[0], *ranks[1], *ranks[2]]
    if len(found) < limit:
        loose = (item for text, item in others[:_LOOSE] if _in_order(wanted, text))
        found.extend(islice(loose, limit - len(found)))
    return found[:limit]


def _rank(wanted: str, text: str) -> int:
    if text == wanted:
        return 0
    return 1 if text.startswith(wanted) else 2


def _in_order(letters: str, text: str) -> bool:
    at = -1
    for letter in letters:
        at = text.find(letter, at + 1)
        if at < 0:
            return False
    return True


def positions(query: str, text: str) -> tuple[float, tuple[int, ...]]:
    """How well the text fits (0 to 1) and which of its characters match, for showing a hit.

    Linear, unlike Textual's own matcher, which tries every way the letters can fall.
    """
    wanted, text = query.casefold(), text[:_WIDEST].casefold()
    if not wanted:
        return 0.0, ()
    at = text.find(wanted)
    if at >= 0:
        word_start = at == 0 or not text[at - 1].isalnum()
        score = 0.6 + 0.2 * word_start + 0.2 * len(wanted) / len(text)
        return score, tuple(range(at, at + len(wanted)))
    found: list[int] = []
    at = -1
    for letter in wanted.replace(" ", ""):
        at = text.find(letter, at + 1)
        if at < 0:
            return 0.0, ()
        found.append(at)
    return 0.5 * len(found) / (found[-1] - found[0] + 1), tuple(found)


def nearest(typed: str, names: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """The names somebody may have meant, nearest first; none when nothing is near."""
    import difflib  # only a mistake needs it, not the start

    wanted = typed.casefold()[:_WIDEST]
    letters = frozenset(wanted)

    def shared(name: str) -> float:
        other = frozenset(name[:_WIDEST].casefold())
        return len(letters & other) / (len(letters | other) or 1) - abs(len(name) - len(wanted)) / 100

    few = heapq.nlargest(_COMPARED, names, key=shared)
    by_fold = {name[:_WIDEST].casefold(): name for name in reversed(few)}
    close = difflib.get_close_matches(wanted, by_fold, n=count, cutoff=_NEAR)
    return tuple(by_fold[name] for name in close)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`Did you mean 'x'?` for the nearest of the known names, else what they are; may be empty."""
    names = list(known)
    if near := nearest(name, names, 1):
        return f"Did you mean '{one_line(near[0])}'?"
    shown = ", ".join(one_line(known, 60) for known in names[:10])
    return f"Known: {shown}{', …' if len(names) > 10 else ''}." if names else ""
