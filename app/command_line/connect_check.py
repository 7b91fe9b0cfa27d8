"""`jackfield mcp check`: what is wrong with servers and why, for people and as JSON."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from app import __version__
from app.command_line.configured import unknown
from app.command_line.connect_line import WaitingLine
from app.command_line.connect_lists import wrapped
from app.command_line.connect_run import run
from app.command_line.connect_targets import Wish, is_url, program_of
from app.command_line.output import (
    FAILED,
    LOGIN,
    OK,
    UNREACHABLE,
    USAGE,
    answer,
    fail,
    load_configuration,
    note,
    note_problems,
    paint,
    print_json,
)
from services.check.checkup import check_servers
from services.check.findings import Finding
from services.config.complaints import key_name
from services.events import ServerState
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    import click

    from services.check.findings import Checkup
    from services.config.settings import Configuration, ServerSettings

__all__ = ("check_all",)

_NO_LIMIT: Final = 10_000
_KEY: Final = re.compile(r"startup_timeout_sec in \[mcp_servers\..*?\](?= )")
"""A key of the configuration in a hint; for a server that is not configured there is the option."""

_NOT_THE_SERVER = ("configuration", "missing-variable")
"""What stands in the way before a server is even tried."""


def check_all(
    context: click.Context,
    names: Sequence[str],
    *,
    as_json: bool,
    variables: Sequence[str],
    startup_timeout: float | None,
    verbose: bool,
) -> int:
    """Check the named servers, or all; the exit status says whether all is well."""
    servers, configuration = _wanted(context, names, variables, startup_timeout)
    if not servers:
        note("No MCP servers are configured. Try: jackfield mcp add NAME -- CMD")

    async def work() -> int:
        line = WaitingLine()
        waiting = [one_line(server.name, 40) for server in servers if server.enabled and not server.invalid]

        def done(checkup: Checkup) -> None:
            if (shown := one_line(checkup.server, 40)) in waiting:
                waiting.remove(shown)
            line.show(f"checking: {', '.join(waiting)}") if waiting else line.hide()

        line.show(f"checking: {', '.join(waiting)}")
        try:
            checkups = await check_servers(
                servers, version=__version__, known=_known(configuration, servers), on_done=done
            )
        finally:
            await line.end()
        status = _status(checkups)
        if as_json:
            print_json({"ok": status == OK, "servers": [_value(checkup) for checkup in checkups]})
        elif checkups:
            configured = (
                [server.name for server in configuration.servers] if configuration is not None else []
            )
            given = [server.name for server in servers if server.name not in configured]
            answer("\n".join(_lines(checkups, given, verbose)))
        return status

    return run(work)


def _status(checkups: Iterable[Checkup]) -> int:
    statuses = {_status_of(checkup) for checkup in checkups if not checkup.well}
    return statuses.pop() if len(statuses) == 1 else FAILED if statuses else OK


def _status_of(checkup: Checkup) -> int:
    if checkup.status.state is ServerState.LOGIN_NEEDED:
        return LOGIN
    ours = any(finding.code in _NOT_THE_SERVER for finding in checkup.findings if finding.severity == "error")
    return UNREACHABLE if checkup.status.state is ServerState.FAILED and not ours else FAILED


# Which servers.


def _wanted(
    context: click.Context, names: Sequence[str], variables: Sequence[str], startup_timeout: float | None
) -> tuple[tuple[ServerSettings, ...], Configuration | None]:
    """The servers to check; one that is named is tried even when it is disabled."""
    if program_of(context) is not None or (names and all(map(is_url, names))):
        given = [Wish.of(context, name, variables=variables).server for name in names or (None,)]
        configuration = None
    else:
        configuration = load_configuration(context)
        note_problems(configuration, ())
        by_name = {server.name: server for server in configuration.servers}
        given = [
            Wish.of(context, name).server if is_url(name) else _found(by_name, name) for name in names
        ] or list(by_name.values())
    if names:
        given = [replace(server, enabled=True) for server in given]
    if startup_timeout is not None:
        given = [replace(server, startup_timeout_sec=startup_timeout) for server in given]
    return _apart(given), configuration


def _found(by_name: Mapping[str, ServerSettings], name: str) -> ServerSettings:
    if name not in by_name:
        fail(unknown(name, list(by_name)), USAGE)
    return by_name[name]


def _apart(servers: Iterable[ServerSettings]) -> tuple[ServerSettings, ...]:
    """The servers, each once; two URLs of one host go by their whole URLs."""
    found: dict[str, ServerSettings] = {}
    for server in servers:
        other = found.get(server.name)
        if other is not None and other != server:
            server = replace(server, name=server.url)
        found[server.name] = server
    return tuple(found.values())


def _known(
    configuration: Configuration | None, servers: Sequence[ServerSettings]
) -> Mapping[str, tuple[Finding, ...]]:
    """What reading the configuration found wrong with each server's table."""
    problems = configuration.problems if configuration is not None else ()
    known: dict[str, tuple[Finding, ...]] = {}
    for server in servers:
        table = key_name(("mcp_servers", server.name))
        known[server.name] = tuple(
            Finding(
                problem.severity,
                "configuration",
                f"line {problem.line}: {problem.message}" if problem.line else problem.message,
                problem.hint,
            )
            for problem in problems
            if problem.table == table
        )
    return known


# For programs.


def _value(checkup: Checkup) -> dict[str, Any]:
    status = checkup.status
    return {
        "name": checkup.server,
        "ok": checkup.well,
        "state": str(status.state),
        "transport": status.transport,
        "address": status.address,
        "auth_status": status.auth,
        "protocol": status.protocol or None,
        "identity": status.identity or None,
        "seconds": round(checkup.seconds, 3) if checkup.seconds is not None else None,
        "tools": status.tools,
        "resources": status.resources,
        "templates": status.templates,
        "prompts": status.prompts,
        "findings": [
            {
                "severity": finding.severity,
                "code": finding.code,
                "subject": finding.subject or None,
                "message": finding.message,
                "hint": finding.hint or None,
                "detail": list(finding.detail),
            }
            for finding in checkup.findings
        ],
    }


# For people.


def _lines(checkups: Sequence[Checkup], given: Collection[str], verbose: bool) -> Iterator[str]:
    for checkup in checkups:
        yield _head(checkup)
        if verbose:
            yield from (
                f"    {paint(fact, 'dim')}"
                for fact in (checkup.status.address, checkup.status.identity)
                if fact
            )
        for finding in checkup.findings:
            yield from _finding(finding, given=checkup.server in given)
    if len(checkups) > 1:
        yield ""
        yield _summary(checkups)


def _head(checkup: Checkup) -> str:
    status = checkup.status
    glyph, style = {
        ServerState.READY: ("✓", "green") if checkup.well else ("✗", "red"),
        ServerState.LOGIN_NEEDED: ("!", "yellow"),
        ServerState.DISABLED: ("–", "dim"),
    }.get(status.state, ("✗", "red"))
    if status.state is ServerState.READY:
        counts = (
            (status.tools, "tool"),
            (status.resources, "resource"),
            (status.templates, "template"),
            (status.prompts, "prompt"),
        )
        offers = ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count)
        facts = [status.transport, offers, status.protocol, f"{checkup.seconds or 0:.1f} s"]
    else:
        facts = [status.transport, str(status.state)]
    told = " · ".join(fact for fact in facts if fact)
    return f"{paint(glyph, style)} {paint(one_line(checkup.server, 80), 'bold')}  {paint(told, 'dim')}"


def _finding(finding: Finding, *, given: bool) -> Iterator[str]:
    glyph, style = ("✗", "red") if finding.severity == "error" else ("!", "yellow")
    subject = f"{finding.subject} " if finding.subject else ""
    first, *rest = _wrapped(f"{subject}{finding.message}", 6)
    yield f"    {paint(glyph, style)} {first}"
    yield from (f"      {line}" for line in rest)
    for text in finding.detail:
        yield from (paint(f"      │ {line}", "dim") for line in _wrapped(text, 8))
    if finding.hint:
        first, *rest = _wrapped(_KEY.sub("--startup-timeout S", finding.hint) if given else finding.hint, 8)
        yield f"      → {first}"
        yield from (f"        {line}" for line in rest)


def _wrapped(text: str, margin: int) -> list[str]:
    if not sys.stdout.isatty():
        return [text]
    from shutil import get_terminal_size

    return wrapped(text, min(get_terminal_size().columns, 100) - margin, _NO_LIMIT) or [""]


def _summary(checkups: Sequence[Checkup]) -> str:
    looked_at = [checkup for checkup in checkups if not checkup.skipped]
    well = sum(checkup.well for checkup in looked_at)
    login = sum(checkup.status.state is ServerState.LOGIN_NEEDED for checkup in looked_at)
    warnings = sum(finding.severity == "warning" for checkup in checkups for finding in checkup.findings)
    parts = [f"{well} of {len(looked_at)} servers {'is' if well == 1 else 'are'} well"]
    parts += [f"{login} {'needs' if login == 1 else 'need'} a login"] if login else []
    parts += [f"{warnings} warning{'' if warnings == 1 else 's'}"] if warnings else []
    return ", ".join(parts) + "."
