"""`jackfield mcp login` and `logout`, and the login that follows `mcp add`."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from app.command_line.configured import load_configuration
from app.command_line.connect.run import run
from app.command_line.servers.login_desk import LoginDesk
from app.command_line.terminal.answers import is_person
from app.command_line.terminal.output import (
    LOGIN,
    OK,
    USAGE,
    answer,
    fail,
    note,
    note_problems,
    paint,
    warn,
)
from app.login_words import logged_out, no_login, none_may_do, open_logins, scopes_in, with_advice
from app.remedy_words import told_in_shell
from services.config.paths import home
from services.config.source import unknown
from services.errors import ConfigurationError, JackfieldError
from services.text import one_line

if TYPE_CHECKING:
    import click

    from services.oauth.logins import Logins
    from services.settings import Configuration, ServerSettings

__all__ = ("after_add", "log_in", "log_out")


def log_in(context: click.Context, name: str, *, scopes: str | None, no_browser: bool, verbose: bool) -> int:
    """Log in to a server; returns when the login has ended."""
    server, configuration = _server(context, name)
    if (trouble := no_login(server)) is not None:
        raise trouble
    desk = LoginDesk(server, browser=False if no_browser else None, verbose=verbose)
    logins = open_logins(home(), configuration, warn)

    async def work() -> int:
        await _log_in(logins, desk, server, scopes_in(scopes))
        return OK

    return run(work)


def log_out(context: click.Context, name: str) -> int:
    """Give the credentials of a server back to its provider, and forget them."""
    server, configuration = _server(context, name)
    trouble = no_login(server)
    if trouble is not None and (server.transport == "stdio" or server.invalid):
        raise trouble
    logins = open_logins(home(), configuration, warn)
    shown = one_line(name, 80)

    async def work() -> int:
        ended = await logins.log_out(server)
        if ended.forgotten:
            answer(f"Logged out of MCP server '{shown}': {logged_out(ended.revoked)}.")
        else:
            answer(f"MCP server '{shown}' was not logged in.")
        if ended.problem:
            note(f"{paint('Note:', 'yellow', sys.stderr)} {one_line(ended.problem, 500)}")
        return OK

    return run(work)


def after_add(context: click.Context, name: str) -> int:
    """Log in to a server that was just added, if it wants that and somebody is there to do it."""
    command = f"jackfield mcp login {shlex.quote(name)}"
    if not is_person():
        note(f"If it wants a login: {command}")
        return OK
    server, configuration = _server(context, name)
    if no_login(server) is not None:
        return OK
    logins = open_logins(home(), configuration, warn)
    status = run(lambda: _if_wanted(logins, LoginDesk(server), server, command))
    if status != OK:
        note(f"The server is added. To log in later: {command}")
    return status


async def _if_wanted(logins: Logins, desk: LoginDesk, server: ServerSettings, command: str) -> int:
    """Log in if the server wants that; a failure is said, and the status is then LOGIN."""
    desk.line.show("asking whether a login is wanted")
    try:
        status = await logins.status(server)
    finally:
        await desk.end()
    if status.value == "unknown":
        why = f"Whether it wants a login is not known: {one_line(status.reason, 300)}"
        note(f"{paint('Note:', 'yellow', sys.stderr)} {why}\nTo log in: {command}")
    if status.value == "oauth":
        note("You are logged in to it already.")
    if status.value != "not_logged_in":
        return OK
    try:
        await _log_in(logins, desk, server, None)
    except JackfieldError as error:
        note(f"{paint('Error:', 'red', sys.stderr)} {told_in_shell(error)}")
        return USAGE if isinstance(error, ConfigurationError) else LOGIN
    return OK


async def _log_in(
    logins: Logins, desk: LoginDesk, server: ServerSettings, scopes: tuple[str, ...] | None
) -> None:
    """Log in; scopes that only the provider itself proposed and then refuses are left out."""
    try:
        try:
            await desk.log_in(logins, server, scopes)
        except JackfieldError as error:
            if not none_may_do(error):
                raise
            desk.line.say("The provider refuses the scopes it proposed: trying again without any.")
            await desk.log_in(logins, server, ())
    except JackfieldError as error:
        steps = "" if desk.verbose else f"Each step: jackfield mcp login {shlex.quote(server.name)} --verbose"
        raise with_advice(error, server, steps) from error
    finally:
        await desk.end()
    answer(f"Logged in to MCP server '{server.shown_name}'.")
    if desk.kept and not desk.verbose:
        note(paint(f"Kept {desk.kept}", "dim", sys.stderr))


def _server(context: click.Context, name: str) -> tuple[ServerSettings, Configuration]:
    """The server of that name as it is to be reached; an input that lacks is asked for."""
    configuration = load_configuration(context, only=name)
    note_problems(configuration, (name,))
    server = next((server for server in configuration.servers if server.name == name), None)
    if server is None:
        fail(unknown(name, [server.name for server in configuration.servers]), USAGE)
    return server, configuration
