"""What to do about a failure, worded as the session has it: with slash commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.arguments.words import quote
from services.remedies import (
    AnswerInput,
    AskAgain,
    ConfigureModel,
    Enable,
    GiveModelKey,
    InstallModelPackages,
    LengthenStart,
    ListModels,
    ListServers,
    ListTools,
    LogIn,
    Reconnect,
    ShortenConversation,
)
from services.text import one_line

if TYPE_CHECKING:
    from services.remedies import Remedy

__all__ = ("advice", "in_session")


def in_session(remedy: Remedy) -> str:
    """A line that says what to do, with commands of the session."""
    name = quote(one_line(getattr(remedy, "server", ""), 80)) if hasattr(remedy, "server") else ""
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
        case InstallModelPackages():
            return "Install it with: pip install 'jackfield[chat]'"
        case ConfigureModel():
            return 'Write [model] with provider = "openai" and name = "…" into config.toml.'
        case ListModels():
            return "/model lists the models"
        case GiveModelKey(model=model, variable=variable):
            command = f"/model login {one_line(model, 80)}".rstrip()
            return f"Set {one_line(variable, 80)}, or run {command}." if variable else f"Run {command}."
        case AskAgain():
            return "/retry asks again"
        case ShortenConversation():
            return "/compact summarizes it, /undo removes the last turn, /clear starts over"


def advice(hint: str, remedy: Remedy | None) -> str:
    """What to do: what was said about it already, and the remedy."""
    if remedy is None:
        return hint
    return f"{hint.rstrip('.')}, {in_session(remedy)}" if hint else in_session(remedy)
