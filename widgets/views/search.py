"""Looking for text without stopping the screen: case does not matter, cost is spread."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ("Turn", "all_matches", "counted", "first_match", "needle_pattern", "places", "told")

_WINDOW = 1 << 18
"""Characters looked at in one step, about a millisecond."""
_TURN = 0.004
"""Seconds of searching before the screen has its turn."""
_QUIET = 0.0003
"""Seconds in which the event loop comes round when there is nothing to do."""
_ROUNDS = 3, 30
"""How often it comes round like that before the search goes on, and how often it comes round at most."""


def needle_pattern(text: str) -> re.Pattern[str] | None:
    """What marks the matches in a drawn row; None for no text."""
    return re.compile(re.escape(text), re.IGNORECASE) if text else None


def places(text: str, needle: str, start: int = 0, *, backwards: bool = False) -> Iterator[int | None]:
    """Where the needle stands from `start` on, or before it: None after each step in vain, then the place."""
    folded, size = needle.lower(), len(text)
    window = max(_WINDOW, len(needle))

    if size <= window and not start and not backwards:
        place = text.lower().find(folded)
        yield place if place >= 0 else None
    elif backwards:
        for end in range(min(start, size), 0, -window):
            begin = max(end - window, 0)
            place = text[begin : end + len(needle) - 1].lower().rfind(folded)
            yield begin + place if place >= 0 else None
    else:
        for begin in range(start, size, window):
            place = text[begin : begin + window + len(needle) - 1].lower().find(folded)
            yield begin + place if place >= 0 else None


class Turn:
    """The screen has its turn every few milliseconds."""

    def __init__(self) -> None:
        self._ends = time.perf_counter() + _TURN

    async def over(self) -> None:
        """Let the event loop go on if it is time."""
        if time.perf_counter() > self._ends:
            await _until_quiet()
            self._ends = time.perf_counter() + _TURN


async def _until_quiet() -> None:
    """Let the event loop do what there is to do: a key takes several rounds until it is seen."""
    quiet, (enough, most) = 0, _ROUNDS
    for _ in range(most):
        began = time.perf_counter()
        await asyncio.sleep(0)
        quiet = quiet + 1 if time.perf_counter() - began < _QUIET else 0
        if quiet == enough:
            return


async def first_match(steps: Iterable[int | None]) -> int | None:
    """The first step that found something, the event loop served in between."""
    turn = Turn()

    for step in steps:
        if step is not None:
            return step

        await turn.over()

    return None


async def all_matches(steps: Iterable[int | None]) -> set[int]:
    """All that the steps found, the event loop served in between."""
    turn, found = Turn(), set[int]()

    for step in steps:
        if step is not None:
            found.add(step)

        await turn.over()

    return found


async def counted(text: str, needle: str, place: int) -> tuple[int, int]:
    """Which match the one at a place is, from 1, and how many there are; the event loop served in between."""
    turn, folded = Turn(), needle.lower()
    before = total = 0

    for begin in range(0, len(text), _WINDOW):
        found = text[begin : begin + _WINDOW + len(needle) - 1].lower()
        total += found.count(folded)

        if begin < place:
            before += found.count(folded, 0, min(place - begin, _WINDOW) + len(needle) - 1)

        await turn.over()

    return min(before + 1, total), total


def told(text: str, index: int, total: int) -> str:
    """What a search bar says: `3 of 17`."""
    return f"{index:,} of {total:,}" if total else "not found" if text else ""
