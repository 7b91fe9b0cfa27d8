"""`jackfield mcp check`: what is wrong with servers and why, for people and as JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import click

from app.command_line.configured import load_configuration
from app.command_line.connect.program import program_of
from app.command_line.connect.report import report
from app.command_line.connect.run import run
from app.command_line.connect.targets import Wish, apart, is_url, with_times
from app.command_line.terminal.line import WaitingLine
from app.command_line.terminal.output import (
    FAILED,
    LOGIN,
    OK,
    UNREACHABLE,
    USAGE,
    answer,
    fail,
    note,
    note_problems,
    print_json,
    warn,
)
from app.login_words import logins_for
from app.remedy_words import hint_of
from services.check.checkup import check_servers
from services.check.findings import Finding
from services.config.complaints import key_name
from services.config.source import unknown
from services.events import ServerState
from services.text import one_line
from services.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from services.check.findings import Checkup
    from services.settings import Configuration, ServerSettings

__all__ = ("check_all",)

_NOT_THE_SERVER: Final = ("configuration", "missing-variable")
"""What stands in the way before a server is even tried."""


def check_all(
    context: click.Context,
    names: Sequence[str],
    *,
    as_json: bool,
    startup_timeout: float | None,
    verbose: bool,
    **options: Any,
) -> int:
    """Check the named servers, or all; the exit status says whether all is well."""
    servers, configuration = _wanted(context, names, startup_timeout, options)
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
                servers,
                version=VERSION,
                known=_known(configuration, servers),
                on_done=done,
                logins=logins_for(configuration, warn),
            )
        finally:
            await line.end()
        status = _status(checkups)
        if as_json:
            print_json({"ok": status == OK, "servers": [_value(checkup) for checkup in checkups]})
        elif checkups:
            configured = {server.name for server in configuration.servers} if configuration else set()
            given = {server.name for server in servers} - configured
            answer("\n".join(report(checkups, given, verbose)))
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
    context: click.Context, names: Sequence[str], startup_timeout: float | None, options: Mapping[str, Any]
) -> tuple[tuple[ServerSettings, ...], Configuration | None]:
    """The servers to check; one that is named is tried even when it is disabled."""
    if program_of(context) is not None or (names and all(map(is_url, names))):
        given = [Wish.of(context, name, **options).server for name in names or (None,)]
        configuration = None
    else:
        if any(options.values()):
            given_for = "--env, --env-var and --bearer-token-env-var are for a server that is not configured."
            raise click.UsageError(given_for, context)
        configuration = load_configuration(context)
        note_problems(configuration, ())
        _warn_of_keys(configuration)
        by_name = {server.name: server for server in configuration.servers}
        given = [
            Wish.of(context, name).server if is_url(name) else _found(by_name, name) for name in names
        ] or list(by_name.values())
    if names:
        given = [replace(server, enabled=True) for server in given]
    return apart(with_times(server, startup_timeout) for server in given), configuration


def _warn_of_keys(configuration: Configuration) -> None:
    """Say which keys of `[ui.keys]` cannot be used."""
    if configuration.ui.keys:
        # Late: the table of keys imports every screen, which takes a second.
        from app.keys.chosen import read_keys
        from app.keys.table import key_table

        for line in read_keys(configuration.ui.keys, key_table())[1]:
            warn(line)


def _found(by_name: Mapping[str, ServerSettings], name: str) -> ServerSettings:
    if name not in by_name:
        fail(unknown(name, list(by_name)), USAGE)
    return by_name[name]


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
            if problem.table == table and problem.severity != "note"
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
                "hint": hint_of(finding) or None,
                "detail": list(finding.detail),
            }
            for finding in checkup.findings
        ],
    }
