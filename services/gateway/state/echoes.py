"""The same news heard by several processes, told once.

Each process that follows a resource hears of its changes from the server, and all tell one another: of what
several heard as many are told as the one heard that heard most. What a process of its own says, as each of
ours has a server that is a program, nobody else hears from that server: it is always news.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ("Echoes",)

_QUIET: Final = 2.0
"""Seconds without news after which the next counts from the beginning."""
_MOST: Final = 10_000


@dataclass(slots=True)
class _Burst:
    seen: float
    told: int = 0
    heard: dict[str, int] = field(default_factory=dict)


class Echoes:
    """Counts of what was heard lately, by its name and by who heard it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._bursts: OrderedDict[Hashable, _Burst] = OrderedDict()

    def is_news(self, what: Hashable, who: str) -> bool:
        """Whether this was not told yet; counts it."""
        now = self._clock()
        burst = self._bursts.get(what)
        if burst is None or now - burst.seen > _QUIET:
            burst = self._bursts[what] = _Burst(now)
        self._bursts.move_to_end(what)
        while len(self._bursts) > _MOST:
            self._bursts.popitem(last=False)
        burst.seen = now
        burst.heard[who] = burst.heard.get(who, 0) + 1
        if burst.heard[who] <= burst.told:
            return False
        burst.told = burst.heard[who]
        return True
