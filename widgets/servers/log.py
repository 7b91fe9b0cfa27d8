"""A server's log: its stderr, its log messages, junk on its stdout and our notes, line by line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from widgets.views.line import Line
from widgets.views.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from services.events import LogLine

__all__ = ("ServerLog", "clock_time")

_MOST = 5_000
"""Lines kept for looking back."""
_LEVELS = {
    "debug": "$text-disabled",
    "info": "",
    "notice": "$text-accent",
    "warning": "$text-warning",
    "error": "$text-error",
    "critical": "bold $text-error",
    "alert": "bold $text-error",
    "emergency": "bold $text-error",
}
_SOURCES = {"stderr": "stderr", "server": "server", "lifecycle": "note", "stdout": "stdout"}


def clock_time(at: float) -> str:
    """Seconds since the epoch as the local time of day."""
    return time.strftime("%H:%M:%S", time.localtime(at))


class ServerLog(LineView):
    """Lines with time and source; follows the newest until the person scrolls up, and again at the end."""

    def __init__(self, *, local_time: Callable[[float], str] = clock_time, id: str | None = None) -> None:
        super().__init__(limit=_MOST, id=id)
        self.follow = True
        self._local_time = local_time

    def load(self, lines: Iterable[LogLine]) -> None:
        """Replace the log."""
        self.show(self._line(line) for line in lines)

    def append(self, *lines: LogLine) -> None:
        """Add the newest lines."""
        self.add([self._line(line) for line in lines])

    def _line(self, line: LogLine) -> Line:
        style = _LEVELS.get(line.level, "")
        quiet = line.source == "lifecycle" and not style
        stray = line.source == "stdout" and not style
        style = "italic $text-muted" if quiet else "$text-warning" if stray else style
        logger = (f"{line.logger}: ", "$text-muted") if line.logger else ""
        level = (f"{line.level}  ", style) if line.source == "server" and line.level != "info" else ""
        return Line.of(
            (self._local_time(line.at), "$text-disabled"),
            (f"  {_SOURCES.get(line.source, line.source):<6}  ", "$text-muted"),
            level,
            logger,
            (line.text, style),
            indent=18,
        )
