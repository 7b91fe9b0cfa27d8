"""What to do about a failure, worded as the shell has it."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

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
    Remedy,
    ShortenConversation,
)
from services.text import one_line

if TYPE_CHECKING:
    from services.check.findings import Finding
    from services.errors import JackfieldError

__all__ = ("INSTALL_MODEL_PACKAGES", "advice_in_shell", "hint_of", "in_shell", "told_in_shell")

INSTALL_MODEL_PACKAGES = "pip install 'jackfield[chat]'"
"""The one command that brings what speaks to models."""


def in_shell(remedy: Remedy, *, given: bool = False) -> str:
    """A line that says what to do, with commands of a shell.

    A server that was `given`, as a URL or a command, has no table and no login before it is configured.
    """
    name = one_line(getattr(remedy, "server", ""), 80)
    match remedy:
        case LogIn() if given:
            return "To log in, add it first: jackfield mcp add NAME --url URL"
        case LogIn(scopes=scopes, unnamed=unnamed):
            named = ",".join(scopes) or ("SCOPES" if unnamed else "")
            options = f" --scopes {shlex.quote(named)}" if named else ""
            return f"Run jackfield mcp login {shlex.quote(name)}{options}."
        case Enable():
            return f"Enable it with: jackfield mcp enable {shlex.quote(name)}"
        case Reconnect():
            return f"For details: jackfield mcp check {shlex.quote(name)}"
        case LengthenStart() if given:
            return "--startup-timeout S lengthens it"
        case LengthenStart():
            return f"startup_timeout_sec in [mcp_servers.{name}] lengthens it"
        case AnswerInput():
            return ""
        case ListTools():
            return f"jackfield tools {shlex.quote(name)} lists its tools"
        case ListServers():
            return "jackfield mcp list lists the servers"
        case InstallModelPackages():
            return f"Install it with: {INSTALL_MODEL_PACKAGES}"
        case ConfigureModel():
            return 'Write [model] with provider = "openai" and name = "…" into config.toml.'
        case ListModels():
            return "jackfield model list lists the models"
        case GiveModelKey(model=model, variable=variable):
            command = f"jackfield model login {one_line(model, 80)}".rstrip()
            return f"Set {one_line(variable, 80)}, or run {command}." if variable else f"Run {command}."
        case AskAgain():
            return "Ask again later."
        case ShortenConversation():
            return "Ask for less, or ask a model with a larger context window."


def advice_in_shell(hint: str, remedy: Remedy | None, *, given: bool = False) -> str:
    """What to do: the remedy where there is one, else what was said about it already."""
    return (in_shell(remedy, given=given) if remedy is not None else "") or hint


def _names(text: str, server: str) -> bool:
    """Whether a text says the server's name, as a word and not as a part of one."""
    return re.search(rf"(?<!\w){re.escape(server)}(?!\w)", text) is not None


def told_in_shell(error: JackfieldError | str) -> str:
    """An error as a command tells it: what happened, and what to do about it from a shell."""
    if isinstance(error, str):
        return error
    from services.errors import ServerError

    named = error.server and not _names(error.message, error.server)
    said = [f"{error.server}: {error.message}" if named else error.message]
    if isinstance(error, ServerError):
        said += error.facts
    said.append(advice_in_shell(error.hint, error.remedy))
    return "\n".join(filter(None, said))


def hint_of(finding: Finding, *, given: bool = False) -> str:
    """What to do about a finding, in one line: what was said about it, and the remedy."""
    if finding.remedy is None:
        return finding.hint
    words = in_shell(finding.remedy, given=given).rstrip(".")
    if not finding.hint:
        return f"{words[:1].upper()}{words[1:]}." if given or not words.startswith("startup") else f"{words}."
    hint = finding.hint if finding.hint.endswith("?") else f"{finding.hint.rstrip('.')};"
    return f"{hint} {words}."
