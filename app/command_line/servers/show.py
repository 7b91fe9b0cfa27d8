"""`jackfield mcp list` and `get`: the configured servers, for people and as JSON."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final

from app.command_line.configured import note_projects, source
from app.command_line.servers.auth import ask_servers, note_logins, note_reasons
from app.command_line.terminal import output
from app.command_line.terminal.output import Cell
from services.config.shown import AUTH, command_line, command_or_url, list_value, server_value
from services.config.source import find

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import click

    from app.command_line.servers.auth import Auth
    from services.config.source import Configured, Source

__all__ = ("get", "list_servers")

_HEADERS: Final = ("Name", "Transport", "Status", "Auth", "Command or URL")
_AUTH_STYLES: Final = {"unsupported": "dim", "not_logged_in": "yellow", "oauth": "green"}
_EMPTY: Final = "No MCP servers configured yet. Try: jackfield mcp add my-tool -- my-command"


def list_servers(context: click.Context, *, as_json: bool) -> int:
    """Print all servers, one line each, and why the invalid ones are invalid."""
    chosen = source(context)
    files = chosen.project_files()
    note_projects(files)
    servers, configuration = chosen.servers(files)
    output.note_problems(configuration)
    statuses = ask_servers(servers, configuration)
    if as_json:
        output.print_json([list_value(server, statuses[server.settings.name].value) for server in servers])
    elif not servers:
        output.answer(_EMPTY)
    else:
        output.answer(_table(chosen, servers, statuses))
        for server in servers:
            if server.invalid:
                output.answer("\n" + _reason(server))
        note_logins(statuses)
    note_reasons(statuses)
    return output.USAGE if chosen.strict and configuration.problems else output.OK


def get(context: click.Context, name: str, *, as_json: bool) -> int:
    """Print one server; raises UnknownServer."""
    chosen = source(context)
    files = chosen.project_files()
    note_projects(files)
    servers, configuration = chosen.servers(files)
    server = find(servers, name)
    output.note_problems(configuration, (name,))
    where = server.settings.source if chosen.is_project(server.settings) else ""
    auth = ask_servers((server,), configuration)[name]
    if as_json:
        output.print_json(server_value(server, *auth) | ({"source": where} if where else {}))
    else:
        output.answer(output.printable_lines(_details(server, where, auth)))
    return output.USAGE if chosen.strict and server.invalid else output.OK


def _table(chosen: Source, servers: tuple[Configured, ...], statuses: Mapping[str, Auth]) -> str:
    """All servers; a column names the project's file where one has servers here."""
    rows = [_row(server, statuses[server.settings.name].value) for server in servers]
    if not any(chosen.is_project(server.settings) for server in servers):
        return output.table(rows, _HEADERS)
    sources = [server.settings.source if chosen.is_project(server.settings) else "" for server in servers]
    return output.table(
        [(*row, where) for row, where in zip(rows, sources, strict=True)], (*_HEADERS, "Project's file")
    )


def _row(server: Configured, auth: str) -> tuple[str | Cell, ...]:
    return (
        server.settings.name,
        server.settings.transport,
        _status(server),
        Cell(AUTH[auth], _AUTH_STYLES.get(auth, "")),
        command_or_url(server),
    )


def _status(server: Configured) -> Cell:
    if server.invalid:
        return Cell("invalid", "red")
    return Cell("enabled", "green") if server.settings.enabled else Cell("disabled", "dim")


def _reason(server: Configured) -> str:
    """Why a server is invalid, and what to do: two lines."""
    lines = [f"{output.paint(server.settings.name, 'red')}: {server.invalid}", server.hint]
    return "\n  ".join(line for line in lines if line)


def _details(server: Configured, where: str, auth: Auth) -> Iterator[str]:
    value = server_value(server, auth.value)
    transport = value.pop("transport")
    yield value.pop("name")
    if server.invalid:
        yield f"  invalid: {server.invalid}"
        yield f"  {server.hint}" if server.hint else ""
    shown = {"enabled": server.settings.enabled, "transport": transport.pop("type")} | transport
    value.pop("auth_status")
    shown |= {"auth": f"{AUTH[auth.value]} ({auth.reason})" if auth.reason else AUTH[auth.value]}
    shown |= {key: entry for key, entry in value.items() if key not in ("enabled", "disabled_reason")}
    for key, entry in shown.items():
        text = _shown(key, entry)
        if text:
            yield f"  {key}: {text}"
    name = shlex.quote(server.settings.name)
    if auth.value == "not_logged_in":
        yield f"  login: jackfield mcp login {name}"
    if auth.value == "oauth":
        yield f"  logout: jackfield mcp logout {name}"
    if where:
        yield f"  source: {where}"
        yield f"  remove: jackfield mcp trust --no {shlex.quote(where)}"
    else:
        yield f"  remove: jackfield mcp remove {name}"


_DEFAULTS: Final = {"startup_timeout_sec": "30 (default)", "tool_timeout_sec": "300 (default)"}


def _shown(key: str, value: Any) -> str:
    """A value as one line; empty for one that is not set."""
    if value is None:
        return _DEFAULTS.get(key, "")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if key == "args":
        return command_line(value)
    if isinstance(value, list):
        names = (entry if isinstance(entry, str) else entry.get("name", "") for entry in value)
        return ", ".join(names) or ("(none)" if key.endswith("_tools") or key == "scopes" else "")
    if isinstance(value, dict):
        return ", ".join(f"{name}={_entry(entry)}" for name, entry in value.items())
    return str(value)


def _entry(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key}:{entry}" for key, entry in value.items())
    return str(value)
