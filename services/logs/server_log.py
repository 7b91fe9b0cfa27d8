"""What a server said and what we noted about it: bounded, and alive longer than any connection."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from services.clock import CLOCK, Clock
from services.events import LogLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.events import Event, LogSource
    from services.settings import Level

__all__ = ("ServerLog",)

_LINES: Final = 2_000
_STDERR_LINES: Final = 200
"""Lines of stderr that are always kept, however many other lines come after them."""


class ServerLog:
    """The log of one server."""

    def __init__(
        self,
        server: str,
        report: Callable[[Event], None],
        redact: Callable[[str], str] = str,
        clock: Clock = CLOCK,
    ) -> None:
        self._server = server
        self._redact = redact
        self._clock = clock
        self._report = report
        self._all: deque[LogLine] = deque(maxlen=_LINES)
        self._stderr: deque[LogLine] = deque(maxlen=_STDERR_LINES)

    @property
    def lines(self) -> tuple[LogLine, ...]:
        """Oldest first; the last 200 lines of stderr are always among them."""
        lines = tuple(self._all)
        older = (line for line in self._stderr if lines and line.at < lines[0].at)
        return (*older, *lines)

    def say(
        self,
        text: str,
        source: LogSource,
        level: Level = "info",
        logger: str = "",
        *,
        started: bool = False,
        quoted: str = "",
    ) -> None:
        """Add a line and report it, its secrets masked; all of it is printable."""
        line = LogLine(
            self._server,
            self._redact(text),
            source,
            level,
            self._clock.wall(),
            self._redact(logger),
            started,
            self._redact(quoted),
        )
        self._all.append(line)
        if source == "stderr":
            self._stderr.append(line)
        self._report(line)
