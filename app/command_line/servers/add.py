"""`jackfield mcp add` and `/mcp add`: from the words of a command line to a server's table."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from shutil import which
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from app.command_line.configured import source
from app.command_line.terminal.output import OK, answer, note, note_problems, paint
from services.config import edit
from services.config.file import from_tables
from services.config.tables import name_trouble
from services.errors import ConfigurationError
from services.secrecy.secrets import secret_places
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.config.settings import Configuration
    from services.config.source import Source

__all__ = (
    "HTTP_OPTIONS",
    "STDIO_OPTIONS",
    "Added",
    "Wanted",
    "add_server",
    "wanted_of",
    "write_server",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line says about the server, word for word."""

    name: str
    command: tuple[str, ...] = ()
    url: str | None = None
    env: tuple[str, ...] = ()
    env_var: tuple[str, ...] = ()
    cwd: str | None = None
    transport: str | None = None
    bearer_token_env_var: str | None = None
    header: tuple[str, ...] = ()
    oauth_client_id: str | None = None
    oauth_resource: str | None = None
    scopes: str | None = None
    no_login: bool = False
    force: bool = False


_STDIO_OPTIONS = ("env", "env_var", "cwd")
_HTTP_OPTIONS = (
    *("transport", "bearer_token_env_var", "header"),
    *("oauth_client_id", "oauth_resource", "scopes", "no_login"),
)

_VARIABLE = re.compile(r"([^=]+)=(.*)", re.DOTALL)
_HEADER = re.compile(r"([^=:]+)(?:=|: *)(.*)", re.DOTALL)
"""`KEY=VALUE`, and `KEY: VALUE` as curl has it: a header's name holds neither."""


class Added(NamedTuple):
    """A server whose table was written, and what the person should know about it."""

    name: str
    table: dict[str, Any]
    problems: Configuration
    """The configuration of that table alone: its warnings."""
    notes: tuple[str, ...]
    """One printable line each."""


def add_server(context: click.Context, wanted: Wanted) -> int:
    """Write the server's table and say so; raises UsageError or ConfigurationError."""
    added = write_server(source(context, new=True), wanted)
    note_problems(added.problems)
    answer(f"Added MCP server '{one_line(wanted.name)}'.")
    for text in added.notes:
        note(f"{paint('Note:', 'yellow', sys.stderr)} {text}")
    if wanted.no_login or not _may_want_login(added.table):
        return OK
    from app.command_line.servers.login import after_add

    return after_add(context, wanted.name)


def _may_want_login(table: dict[str, Any]) -> bool:
    """Whether it is a server that is reached without a token of its own."""
    headers = {name.lower() for name in table.get("http_headers", {})}
    return "url" in table and "bearer_token_env_var" not in table and "authorization" not in headers


def wanted_of(words: Sequence[str]) -> Wanted:
    """What the words after `/mcp add` say, read by the very command of the shell; raises UsageError."""
    from app.command_line.servers.commands import add

    # Without --help: it would print.
    context = add.make_context("/mcp add", list(words), help_option_names=[])
    return Wanted(**context.params)


def write_server(chosen: Source, wanted: Wanted) -> Added:
    """Write the server's table, for the shell and the session alike.

    Raises UsageError or ConfigurationError, and then writes nothing.
    """
    _refuse_mixed(wanted)
    _refuse_tokens(wanted.bearer_token_env_var)
    table = _table(wanted)
    path = chosen.editable()
    checked = _checked(wanted.name, table, strict=chosen.strict)
    edit.add_server(path, wanted.name, table, force=wanted.force)
    return Added(wanted.name, table, checked, tuple(_afterthoughts(wanted.name, table)))


def _afterthoughts(name: str, table: dict[str, Any]) -> Iterator[str]:
    """What the person should know about a server that was added."""
    for place in secret_places(table):
        yield f"{one_line(place)} is kept in clear in the file; {_instead(place)}"
    command = table.get("command", "")
    if command and not re.search(r"[/\\$]", command):
        search = table.get("env", {}).get("PATH")
        if which(command, path=search) is None:
            yield f"{one_line(command, 80)} is not found on PATH."
    unset = from_tables({name: table}, environ=os.environ).servers[0].invalid
    if unset:
        yield f"{unset}. Until then the server cannot be started."


def _instead(place: str) -> str:
    if place.lower() == "http_headers.authorization":
        return "--bearer-token-env-var names a variable instead."
    return "a value such as '${NAME}' is taken from the environment instead."


def _refuse_mixed(wanted: Wanted) -> None:
    """Nothing to start, or two things, or options of the other kind of server."""
    if wanted.command and wanted.url is not None:
        raise click.UsageError("A server is either a command after -- or a URL, not both.")
    if not wanted.command and wanted.url is None:
        given = next((key for key in _HTTP_OPTIONS if getattr(wanted, key)), None)
        if given:
            raise click.UsageError(f"{_option(given)} needs a server with --url URL.")
        raise click.UsageError("Say what to connect to: -- CMD ARGS… for a program, or --url URL.")
    foreign = _STDIO_OPTIONS if wanted.url is not None else _HTTP_OPTIONS
    for key in foreign:
        if getattr(wanted, key):
            raise click.UsageError(f"{_option(key)} is for {_kind(key)}. {_other(key)}".rstrip())


def _option(key: str) -> str:
    return "--" + key.replace("_", "-")


STDIO_OPTIONS = frozenset(map(_option, _STDIO_OPTIONS))
"""What only a program takes."""
HTTP_OPTIONS = frozenset(map(_option, _HTTP_OPTIONS))
"""What only a URL takes."""


def _kind(key: str) -> str:
    return "stdio servers (a command after --)" if key in _STDIO_OPTIONS else "servers with --url"


def _other(key: str) -> str:
    """The option that was probably meant."""
    if key in ("env", "env_var"):
        return "A URL takes --header KEY=VALUE or --bearer-token-env-var NAME."
    return "A program takes --env KEY=VALUE." if key in ("header", "bearer_token_env_var") else ""


def _refuse_tokens(variable: str | None) -> None:
    """A token where the name of its variable belongs would stand in the file, and be sent nowhere."""
    if variable is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable):
        raise click.UsageError("--bearer-token-env-var takes the name of a variable, not the token itself")


def _table(wanted: Wanted) -> dict[str, Any]:
    if wanted.url is None:
        table: dict[str, Any] = {
            "command": wanted.command[0],
            "args": list(wanted.command[1:]),
            "env": _pairs(wanted.env, "environment entries", _VARIABLE),
            "env_vars": list(wanted.env_var),
            "cwd": wanted.cwd,
        }
    else:
        table = {
            "url": wanted.url,
            # Plain HTTP is what a URL means: it need not be said.
            "transport": "sse" if wanted.transport == "sse" else None,
            "bearer_token_env_var": wanted.bearer_token_env_var,
            "http_headers": _pairs(wanted.header, "headers", _HEADER),
            "scopes": None if wanted.scopes is None else re.findall(r"[^\s,]+", wanted.scopes),
            "oauth_resource": wanted.oauth_resource,
            "oauth": {"client_id": wanted.oauth_client_id} if wanted.oauth_client_id else None,
        }
    return {key: value for key, value in table.items() if value or (key == "scopes" and value is not None)}


def _pairs(entries: Sequence[str], what: str, pair: re.Pattern[str]) -> dict[str, str]:
    matches = [pair.fullmatch(entry) for entry in entries]
    if None in matches:
        # Without the entry itself: it may be the secret alone.
        raise click.UsageError(f"{what} must be in KEY=VALUE form")
    return {match[1].strip(): match[2] for match in matches if match}


def _checked(name: str, table: dict[str, Any], *, strict: bool) -> Configuration:
    """The table as it is read; ConfigurationError where it is invalid, with `strict` for a warning."""
    trouble = name_trouble(name)
    if trouble:
        raise ConfigurationError(trouble)
    found = from_tables({name: table}, environ=None, strict=strict)
    server = found.servers[0]
    if server.invalid:
        raise ConfigurationError(server.invalid, hint=server.hint)
    return found
