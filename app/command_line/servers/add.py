"""`jackfield mcp add` and `/mcp add`: from the words of a command line to a server's table."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from app.command_line.configured import source
from app.command_line.terminal.output import OK, answer, note, note_problems, paint
from services.config.editing import write_server
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = (
    "HTTP_OPTIONS",
    "STDIO_OPTIONS",
    "Wanted",
    "add_server",
    "table_of",
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
    oauth_client_secret_env_var: str | None = None
    oauth_client_registration: str | None = None
    oauth_resource: str | None = None
    scopes: str | None = None
    no_login: bool = False
    force: bool = False


_STDIO_OPTIONS = ("env", "env_var", "cwd")
_HTTP_OPTIONS = (
    *("transport", "bearer_token_env_var", "header"),
    *("oauth_client_id", "oauth_client_secret_env_var", "oauth_client_registration"),
    *("oauth_resource", "scopes", "no_login"),
)

_VARIABLE = re.compile(r"([^=]+)=(.*)", re.DOTALL)
_HEADER = re.compile(r"([^=:]+)(?:=|: *)(.*)", re.DOTALL)
"""`KEY=VALUE`, and `KEY: VALUE` as curl has it: a header's name holds neither."""


def add_server(context: click.Context, wanted: Wanted) -> int:
    """Write the server's table and say so; raises UsageError or ConfigurationError."""
    table = table_of(wanted)
    added = write_server(source(context, new=True), wanted.name, table, force=wanted.force)
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


def _refuse_secrets(wanted: Wanted) -> None:
    """A secret where the name of its variable belongs would stand in the file, and be sent nowhere."""
    for key, what in (("bearer_token_env_var", "token"), ("oauth_client_secret_env_var", "secret")):
        variable = getattr(wanted, key)
        if variable is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable):
            raise click.UsageError(f"{_option(key)} takes the name of a variable, not the {what} itself")
    if wanted.oauth_client_secret_env_var and not wanted.oauth_client_id:
        raise click.UsageError("--oauth-client-secret-env-var needs --oauth-client-id ID.")


def _client(wanted: Wanted) -> dict[str, str] | None:
    """The `oauth` table: the client to be, as far as anything is said of it."""
    said = {
        "client_id": wanted.oauth_client_id,
        "client_secret_env_var": wanted.oauth_client_secret_env_var,
        # What is so anyway need not be said.
        "client_registration": None
        if wanted.oauth_client_registration == "auto"
        else wanted.oauth_client_registration,
    }
    return {key: value for key, value in said.items() if value} or None


def table_of(wanted: Wanted) -> dict[str, Any]:
    """The server's table, as the words say it; raises UsageError where they do not go together."""
    _refuse_mixed(wanted)
    _refuse_secrets(wanted)
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
            "oauth": _client(wanted),
        }
    return {key: value for key, value in table.items() if value or (key == "scopes" and value is not None)}


def _pairs(entries: Sequence[str], what: str, pair: re.Pattern[str]) -> dict[str, str]:
    matches = [pair.fullmatch(entry) for entry in entries]
    if None in matches:
        # Without the entry itself: it may be the secret alone.
        raise click.UsageError(f"{what} must be in KEY=VALUE form")
    return {match[1].strip(): match[2] for match in matches if match}
