"""What a call under way is made of: its progress and its clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

__all__ = ("CallClock", "OnProgress", "Progress", "asker_here", "asker_of", "clock_here", "limit_here")


@dataclass(frozen=True, slots=True)
class Progress:
    """One progress message of a call (`notifications/progress`)."""

    progress: float
    total: float | None = None
    message: str = ""


OnProgress = Callable[[Progress], None]


class CallClock:
    """The tool timeout as people mean it: it stands still while a question is open, and
    starts again at each progress message.

    Use as `async with clock:` around the waiting; `expired` tells a timeout from a cancel.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.asker = asker_here.get()
        """The command of another program whose call it is; empty for one of ours."""
        self._timeout = asyncio.timeout(seconds)
        self._pauses = 0
        self._left = seconds
        self._stood = self._stopped_at = 0.0

    @property
    def stood(self) -> float:
        """Seconds it has stood still, while a person thought about a question."""
        return self._stood + (time.perf_counter() - self._stopped_at if self._pauses else 0.0)

    @property
    def is_up(self) -> bool:
        """Whether the time is over, also before `expired` knows of it."""
        when = self._timeout.when()
        return when is not None and asyncio.get_running_loop().time() >= when

    @property
    def expired(self) -> bool:
        return self._timeout.expired()

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()
        if self._pauses:
            self._timeout.reschedule(None)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._timeout.__aexit__(kind, error, trace)

    def restart(self) -> None:
        """Progress came: the full time again."""
        self._left = self.seconds
        if not self._pauses:
            self._reschedule(asyncio.get_running_loop().time() + self._left)

    def pause(self) -> None:
        """A question opened: stand still."""
        self._pauses += 1
        if self._pauses == 1:
            self._stopped_at = time.perf_counter()
        if self._pauses == 1 and (when := self._timeout.when()) is not None:
            self._left = max(when - asyncio.get_running_loop().time(), 0.0)
            self._reschedule(None)

    def resume(self) -> None:
        """A question closed: go on with what is left once none is open."""
        self._pauses -= 1
        if not self._pauses:
            self._stood += time.perf_counter() - self._stopped_at
            self._reschedule(asyncio.get_running_loop().time() + self._left)

    def _reschedule(self, when: float | None) -> None:
        try:
            self._timeout.reschedule(when)
        except RuntimeError:
            # Not entered yet, or already left or expiring: there is nothing to move.
            return


limit_here: ContextVar[float | None] = ContextVar("limit_here", default=None)
"""Seconds that this task's requests may take, in the place of the server's `tool_timeout_sec`."""

clock_here: ContextVar[CallClock | None] = ContextVar("clock_here", default=None)
"""The clock of the call that this task makes."""

asker_here: ContextVar[str] = ContextVar("asker_here", default="")
"""The command of another program that this task makes a request for, printable; empty for one of ours."""


def asker_of(running: Iterable[CallClock]) -> str:
    """Whose the question is that comes here and now: of the call of this task, else of all under way.

    Empty for one of ours, and where several are under way that are not the same command's: before
    2026-07-28 nothing says which of them a question belongs to.
    """
    here = clock_here.get()
    askers = {here.asker} if here is not None else {clock.asker for clock in running}
    return askers.pop() if len(askers) == 1 else ""
