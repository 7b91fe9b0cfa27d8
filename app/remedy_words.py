"""What to do about a failure, worded as the shell has it."""

from __future__ import annotations

import shlex

from app.login_words import for_shell
from services.errors import JackfieldError
from services.remedies import Enable, LengthenStart, Reconnect, Remedy
from services.text import one_line

__all__ = ("in_shell", "told_in_shell")


def in_shell(remedy: Remedy) -> str:
    """A line that says what to do, with commands of a shell."""
    name = one_line(remedy.server, 80)
    match remedy:
        case Enable():
            return f"Enable it with: jackfield mcp enable {shlex.quote(name)}"
        case Reconnect():
            return f"To hear more: jackfield mcp check {shlex.quote(name)}"
        case LengthenStart():
            return f"startup_timeout_sec in [mcp_servers.{name}] lengthens it"


def told_in_shell(error: JackfieldError | str) -> str:
    """An error as a command tells it: what happened, and what to do about it from a shell."""
    if isinstance(error, JackfieldError) and error.remedy is not None:
        return f"{error.message}\n{in_shell(error.remedy)}"
    return for_shell(str(error), error)
