"""Whether servers want a login, for `mcp list` and `get`: asked of them only where nothing else tells."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, NamedTuple

from services.config.shown import configured_auth
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.config.source import Configured
    from services.settings import Configuration, ServerSettings

__all__ = ("Auth", "ask_servers", "note_logins", "note_reasons")


class Auth(NamedTuple):
    """The auth status of a server, and why it is not known where it is not."""

    value: str
    reason: str = ""


def ask_servers(servers: Iterable[Configured], configuration: Configuration) -> dict[str, Auth]:
    """The auth status of each server by name.

    The configuration says it of most. The others are looked up in the store of credentials, and
    those that are not there are asked: 5 s each, side by side. Nobody's command is run for it: a
    server whose headers come from a helper stays unknown.
    """
    found = {server.settings.name: Auth(configured_auth(server)) for server in servers}
    expanded = {server.name: server for server in configuration.servers}
    unknown = (expanded[name] for name, auth in found.items() if auth.value == "unknown" and name in expanded)
    open_ones = [one for one in unknown if not one.invalid and not one.http_headers_helper]
    # Here begins what costs: HTTP, the store, the event loop.
    return found | (_asked(open_ones, configuration) if open_ones else {})


def note_logins(statuses: Mapping[str, Auth]) -> None:
    """Say on standard error how to log in, where somebody is not."""
    from app.command_line.terminal.output import note

    names = [shlex.quote(name) for name, auth in statuses.items() if auth.value == "not_logged_in"]
    if names:
        note(f"To log in: jackfield mcp login {names[0] if len(names) == 1 else 'NAME'}")


def note_reasons(statuses: Mapping[str, Auth]) -> None:
    """Say on standard error why statuses are not known."""
    from app.command_line.terminal.output import note, paint

    for name, auth in statuses.items():
        if auth.reason:
            what = f"whether {one_line(name, 80)} wants a login is not known: {auth.reason}"
            note(f"{paint('Note:', 'yellow', sys.stderr)} {what}")


def _asked(servers: list[ServerSettings], configuration: Configuration) -> dict[str, Auth]:
    import asyncio
    import logging

    from app.command_line.terminal.line import WaitingLine
    from app.command_line.terminal.output import warn
    from app.login_words import open_logins
    from services.config.paths import home

    # Libraries that complain do not write to the person's terminal.
    logging.getLogger().addHandler(logging.NullHandler())
    logins = open_logins(home(), configuration, warn)

    async def ask() -> dict[str, Auth]:
        line = WaitingLine()
        names = ", ".join(one_line(server.name, 40) for server in servers)
        line.show(f"asking whether a login is wanted: {names}")
        try:
            statuses = await logins.statuses(servers)
        finally:
            await line.end()
        return {name: Auth(status.value, status.reason) for name, status in statuses.items()}

    return asyncio.run(ask())
