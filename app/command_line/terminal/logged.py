"""What a command says of its servers' logs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from app.command_line.terminal.output import paint
from services.text import one_line

if TYPE_CHECKING:
    from services.events import LogLine

__all__ = ("logged",)

_SERIOUS: Final = ("warning", "error", "critical", "alert", "emergency")


def logged(line: LogLine, *, verbose: bool) -> str:
    """The line as it is told: warnings and worse, everything when `verbose`; empty for any other."""
    fatal = line.source == "lifecycle" and line.level == "error"  # told as an error of its own
    if not verbose and (line.level not in _SERIOUS or fatal):
        return ""
    source = {"server": line.level, "lifecycle": "jackfield"}.get(line.source, line.source)
    head = f"{one_line(line.server, 40)} {source}:"
    return f"{paint(head, 'dim', sys.stderr)} {line.text}"
