"""What somebody may have meant by a name that is not there."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ("did_you_mean", "nearest")

_WIDEST = 200
"""Characters of a name that are compared: hostile names may be megabytes long."""

_COMPARED = 200
"""Names that difflib looks at; it costs about 30 µs each."""

_NEAR = 0.65
"""How alike two names must be, of 1, for one to be offered for the other: `fax` still finds `fix`."""


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
