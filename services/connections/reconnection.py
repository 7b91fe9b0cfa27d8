"""When a lost server is tried again: growing pauses, and when to give up.

A pause begins at half a second and doubles up to half a minute, each with some jitter so that
many servers of one host do not come back in step; a minute of health begins anew. What cannot
pass by itself (a missing program, a refused token) is not tried again.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.errors import JackfieldError

__all__ = ("PASSING", "Attempts", "Retry")

PASSING: Final = frozenset(
    {"exit", "closed", "timeout", "network", "session_lost", "server_error", "rate_limited"}
)
"""The reasons (`JackfieldError.reason`) that may pass by themselves."""

_LONGEST_WISH: Final = 3600.0
"""Seconds of a server's `Retry-After` that are obeyed at most."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How a lost server is tried again; times in seconds."""

    first: float = 0.5
    longest: float = 30.0
    health: float = 60.0
    """A connection that held this long begins anew with the first pause."""
    tries: int = 5
    """Starts in a row that may fail before a server that was never ready, or a process, is given up."""
    jitter: float = 0.2
    """The part of each pause that is left to chance."""


@dataclass(slots=True)
class Attempts:
    """The attempts to bring one server back."""

    retry: Retry
    chance: Callable[[], float] = field(default=random.random)
    count: int = 0
    """Attempts since the last minute of health."""
    in_vain: int = 0
    """Starts that failed in a row."""

    def held(self, seconds: float) -> None:
        """A connection was ready for this long before it was lost."""
        self.in_vain = 0
        if seconds >= self.retry.health:
            self.count = 0

    def failed(self) -> None:
        """A start ended without becoming ready."""
        self.in_vain += 1

    def pause(self, error: JackfieldError, *, endless: bool) -> float | None:
        """Seconds until the next attempt; None when there is none. `endless`: no limit to the tries."""
        if error.reason not in PASSING or (self.in_vain >= self.retry.tries and not endless):
            return None
        self.count += 1
        pause = min(self.retry.first * 2.0 ** min(self.count - 1, 16), self.retry.longest)
        pause *= 1 - self.retry.jitter * self.chance()
        return max(pause, min(error.retry_after or 0.0, _LONGEST_WISH))
