"""Why a server did not become ready: the cause, what it said, and what to do."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from services.check.findings import Finding, error
from services.errors import ConnectionFailed, MissingVariable, ProgramNotFound
from services.events import ServerState
from services.oauth.status import configured_token
from services.processes.environment import child_environment
from services.processes.programs import find_program
from services.remedies import LengthenStart
from services.text import one_line
from services.web.headers import resolve_headers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from services.events import LogLine, ServerStatus
    from services.settings import ServerSettings

__all__ = ("junk", "why_not_ready")

_SHOWN: Final = 12
"""Lines of a log that a person reads."""

_DOWNLOADING: Final = ("npx", "bunx", "pnpm", "pnpx", "uvx", "pipx", "docker")


async def why_not_ready(
    settings: ServerSettings, status: ServerStatus, log: Sequence[LogLine], environ: Mapping[str, str]
) -> list[Finding]:
    """The findings about a server that is invalid, failed or wants a login."""
    if status.state is ServerState.INVALID:
        return [error("configuration", status.cause, status.hint)]
    if settings.transport == "stdio":
        found = _program(settings, environ)
        log = _last_attempt(log)
        return [found] if found is not None else [*_process(settings, status, log), *junk(log)]
    return [await _http(settings, status, environ)]


def junk(log: Sequence[LogLine]) -> Iterator[Finding]:
    """What a server printed where only MCP belongs."""
    lines = tuple(line.quoted for line in log if line.quoted)
    if lines:
        yield error(
            "junk-on-stdout",
            "prints something other than MCP messages on standard output",
            "Its own output belongs on standard error: other clients may not tolerate it.",
            detail=_first(lines),
        )


# Processes.


def _program(settings: ServerSettings, environ: Mapping[str, str]) -> Finding | None:
    """Why its program cannot be started at all, or None."""
    child = child_environment(settings, environ, sys.platform)
    try:
        find_program(settings.command, child, settings.cwd, sys.platform)
    except ConnectionFailed as failure:
        if isinstance(failure, ProgramNotFound) and failure.searched:
            separator = ";" if sys.platform == "win32" else ":"
            folders = [one_line(folder, 200) for folder in child.get("PATH", "").split(separator) if folder]
            detail = ("PATH searched:", *(f"  {folder}" for folder in dict.fromkeys(folders)))
            hint = "Install it, or put its whole path into command."
            return error("command-not-found", failure.message, hint, detail=detail)
        not_found = isinstance(failure, ProgramNotFound)
        return error("command-not-found" if not_found else "command", failure.message, failure.hint)
    return None


def _process(settings: ServerSettings, status: ServerStatus, log: Sequence[LogLine]) -> Iterator[Finding]:
    said = _last(tuple(line.text for line in log if line.source == "stderr"))
    what = status.summary or status.cause
    if isinstance(status.remedy, LengthenStart):
        yield error("timeout", what, _waiting(settings), detail=said, remedy=status.remedy)
    elif status.reason == "exit":
        yield error("exited", what, _why(status.exit_status), detail=said)
    else:
        yield _handshake(settings, status, said)


def _last_attempt(log: Sequence[LogLine]) -> Sequence[LogLine]:
    """What was said since the process was started last: one that leaves at once gets a second chance."""
    starts = [at for at, line in enumerate(log) if line.started]
    return log[starts[-1] :] if starts else log


def _why(exit_status: int | None) -> str:
    if exit_status == 0:
        return "It ended without an error: does it need an argument, such as stdio, to serve MCP?"
    return "" if exit_status is None else "Run the same command in a shell to see more."


def _waiting(settings: ServerSettings) -> str:
    if settings.command in _DOWNLOADING:
        return "It may download on its first run."
    return "Does it serve MCP on standard input and output?"


def _handshake(settings: ServerSettings, status: ServerStatus, said: tuple[str, ...] = ()) -> Finding:
    """It answers, but the two do not come together: of another revision, most of the time."""
    pinned = settings.protocol not in ("auto", "legacy")
    if status.reason == "protocol" and not pinned:
        from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

        known = ", ".join((*HANDSHAKE_PROTOCOL_VERSIONS, *MODERN_PROTOCOL_VERSIONS))
        return error("protocol-version", status.cause, f"Understood here: {known}.", detail=said)
    if pinned:
        hint = f'protocol is pinned to {settings.protocol}: try protocol = "auto".'
        return error("protocol-version", status.cause, hint, detail=said)
    return error("handshake", status.cause, _sentence(status.hint), detail=said, remedy=status.remedy)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "." if text and text[-1] not in "?!" else text


# HTTP.


async def _http(settings: ServerSettings, status: ServerStatus, environ: Mapping[str, str]) -> Finding:
    from services.check.http_probe import probe

    try:
        headers = resolve_headers(settings, environ)
    except ConnectionFailed as failure:
        missing = isinstance(failure, MissingVariable)
        return error("missing-variable" if missing else "configuration", failure.message, failure.hint)
    found = await probe(settings, headers)
    if status.state is ServerState.LOGIN_NEEDED:
        detail = found.detail if found is not None else ()
        return error(
            "login-needed", status.cause, _sentence(status.hint), detail=detail, remedy=status.remedy
        )
    if found is not None and found.message.startswith("HTTP 401") and not configured_token(settings):
        # The probe goes without the login: what became of that is in the cause.
        return error("http-status", status.cause, _sentence(status.hint), remedy=status.remedy)
    if found is not None:
        return found
    if isinstance(status.remedy, LengthenStart):
        return error("timeout", status.cause, _sentence(status.hint))
    return _handshake(settings, status)


# Lines.


def _first(lines: tuple[str, ...]) -> tuple[str, ...]:
    more = len(lines) - _SHOWN
    return lines if more <= 0 else (*lines[:_SHOWN], f"… and {more} lines more")


def _last(lines: tuple[str, ...]) -> tuple[str, ...]:
    more = len(lines) - _SHOWN
    return lines if more <= 0 else (f"{more} lines before …", *lines[-_SHOWN:])
