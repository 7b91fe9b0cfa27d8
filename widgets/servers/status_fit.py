"""Which columns of the status panel fit a width: those a person misses most, first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from widgets.servers.status_cells import status_cell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.events import ServerStatus

__all__ = ("GAP", "Chosen", "CountKind", "choose_columns")

CountKind = tuple[str, str, str, int]
"""A kind of things that servers offer: field, word for one, word for more, digits."""

GAP = 2
"""Blanks between two columns."""
_SHORT = (
    ("tools", "tool", "tools"),
    ("resources", "res", "res"),
    ("prompts", "pr", "pr"),
    ("skills", "sk", "sk"),
)
_LONG = (
    ("tools", "tool", "tools"),
    ("resources", "resource", "resources"),
    ("prompts", "prompt", "prompts"),
    ("skills", "skill", "skills"),
)
_SHOWN = (
    "transport",
    "state",
    "counts",
    "tokens",
    "tok",
    "auth",
    "protocol",
    "latency",
    "uptime",
    "restarts",
    "bytes",
)
"""Columns of a ready server, from left to right."""
_WANTED = (
    "counts",
    "latency",
    "tokens",
    "tok",
    "transport",
    "state",
    "auth",
    "protocol",
    "uptime",
    "restarts",
    "bytes",
)
"""The same columns, the ones a person misses most first; `tok` is `tokens` where the room is short."""


class Chosen(NamedTuple):
    """The columns that fit."""

    columns: tuple[tuple[str, int], ...]
    """From left to right, with their widths."""
    counts: tuple[CountKind, ...]
    count_gap: int


def choose_columns(
    ready: Sequence[ServerStatus], room: int, now: float, tokens: Mapping[str, int], *, latency_gap: int
) -> Chosen:
    """Columns that fit `room`, by how much they are wanted; counts in words as long as possible."""
    chosen: dict[str, int] = {}
    counts: tuple[CountKind, ...] = ()

    for key in _WANTED:
        if key == "counts":
            counts = _kinds(ready, _SHORT)

            while counts and _kinds_width(counts, 1) + GAP > room:
                counts = counts[:-1]

            width = _kinds_width(counts, 1)
        else:
            width = max((cell_len(status_cell(key, status, now, tokens)) for status in ready), default=0)

        gap = latency_gap if key == "latency" else GAP

        again = key == "tok" and "tokens" in chosen

        if width and width + gap <= room and not again:
            chosen[key] = width
            room -= width + gap

    longer = _kinds(ready, _LONG)

    if counts and len(longer) == len(counts) and _kinds_width(longer, 2) <= chosen["counts"] + room:
        chosen["counts"] = _kinds_width(longer, 2)
        return Chosen(_in_order(chosen), longer, 2)

    return Chosen(_in_order(chosen), counts, 1)


def _in_order(chosen: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple((key, chosen[key]) for key in _SHOWN if key in chosen)


def _kinds(ready: Sequence[ServerStatus], words: Sequence[tuple[str, str, str]]) -> tuple[CountKind, ...]:
    most = (
        (field, one, many, max((getattr(s, field) for s in ready), default=0)) for field, one, many in words
    )
    return tuple((field, one, many, len(str(number))) for field, one, many, number in most if number)


def _kinds_width(kinds: Sequence[CountKind], gap: int) -> int:
    return sum(digits + 1 + len(many) + gap for _, _, many, digits in kinds) - gap if kinds else 0
