"""What to do about a failure, worded as the session has it: with slash commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.arguments.words import quote
from services.remedies import AnswerInput, Enable, LengthenStart, ListServers, ListTools, LogIn, Reconnect
from services.text import one_line

if TYPE_CHECKING:
    from services.remedies import Remedy

__all__ = ("advice", "in_session")


def in_session(remedy: Remedy) -> str:
    """A line that says what to do, with commands of the session."""
    name = "" if isinstance(remedy, ListServers) else quote(one_line(remedy.server, 80))
    match remedy:
        case LogIn(scopes=scopes, unnamed=unnamed):
            # The session remembers the scopes that are missing.
            then = " It will ask for all of them." if scopes else ""
            return f"Run /mcp login {name}{' SCOPES' if unnamed else ''}.{then}"
        case Enable():
            return f"/mcp enable {name}"
        case Reconnect(automatic=True):
            return f"Retrying automatically; /mcp reconnect {name} tries at once"
        case Reconnect():
            return f"/mcp reconnect {name}"
        case LengthenStart():
            return f"startup_timeout_sec in [mcp_servers.{one_line(remedy.server, 80)}] lengthens it"
        case AnswerInput():
            return f"then: /mcp reconnect {name}"
        case ListTools():
            return f"/tools {name} lists its tools"
        case ListServers():
            return "/mcp lists the servers"


def advice(hint: str, remedy: Remedy | None) -> str:
    """What to do: what was said about it already, and the remedy."""
    if remedy is None:
        return hint
    return f"{hint.rstrip('.')}, {in_session(remedy)}" if hint else in_session(remedy)
