"""How many calls a server takes: the same one again and again, several side by side, within bounds."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.errors import JackfieldError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

__all__ = ("Load", "measure")


@dataclass(frozen=True, slots=True)
class Load:
    """What one concurrency gave."""

    concurrency: int
    seconds: float
    """From the first call to the last answer, or to the end of the time."""
    latencies: tuple[float, ...] = field(default=(), repr=False)
    """Seconds of every call that was answered, errors of the tool included; the shortest first."""
    errors: Mapping[str, int] = field(default_factory=dict)
    """How many calls failed, by what was wrong."""
    unfinished: int = 0
    """Calls that were under way when the time was over."""

    @property
    def failed(self) -> int:
        """How many calls failed."""
        return sum(self.errors.values())

    @property
    def per_second(self) -> float:
        """Answered calls a second."""
        return len(self.latencies) / self.seconds if self.seconds > 0 else 0.0

    def percentile(self, percent: float) -> float | None:
        """The latency that so many of a hundred calls stay within (nearest rank); None without calls."""
        if not self.latencies:
            return None
        rank = math.ceil(percent / 100 * len(self.latencies))
        return self.latencies[min(max(rank, 1), len(self.latencies)) - 1]


async def measure(
    call: Callable[[], Awaitable[str]], concurrency: int, *, calls: int, seconds: float
) -> Load:
    """Make at most so many calls, for at most so many seconds, so many of them side by side.

    `call` gives what was wrong in one line, empty for nothing. Calls under way at the end are cancelled.
    """
    latencies: list[float] = []
    errors: Counter[str] = Counter()
    begun = ended = 0
    started = time.perf_counter()

    async def caller() -> None:
        nonlocal begun, ended
        while begun < calls:
            begun += 1
            sent = time.perf_counter()
            try:
                wrong = await call()
            except JackfieldError as error:
                errors[error.message] += 1
            else:
                latencies.append(time.perf_counter() - sent)
                if wrong:
                    errors[wrong] += 1
            ended += 1

    try:
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as callers:
            for _ in range(min(concurrency, calls)):
                callers.create_task(caller())
    except TimeoutError:
        pass
    took = time.perf_counter() - started
    return Load(concurrency, took, tuple(sorted(latencies)), dict(errors), begun - ended)
