"""Writing and removing the table of a server, for the shell and the session alike."""

from __future__ import annotations

import os
import re
from shutil import which
from typing import TYPE_CHECKING, Any, NamedTuple

from services.config import edit
from services.config.file import from_tables
from services.config.source import refuse_project, unknown
from services.config.tables import name_trouble
from services.errors import ConfigurationError
from services.secrecy.secrets import secret_places
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.config.source import Source
    from services.settings import Configuration

__all__ = ("Added", "take_out", "write_server")


class Added(NamedTuple):
    """A server whose table was written, and what the person should know about it."""

    name: str
    table: dict[str, Any]
    problems: Configuration
    """The configuration of that table alone: its warnings."""
    notes: tuple[str, ...]
    """One printable line each."""


def write_server(chosen: Source, name: str, table: dict[str, Any], *, force: bool = False) -> Added:
    """Write the table of a new server; with `force` also over one that is there.

    Raises ConfigurationError, and then writes nothing.
    """
    path = chosen.editable()
    checked = _checked(name, table, strict=chosen.strict)
    edit.add_server(path, name, table, force=force)
    return Added(name, table, checked, tuple(_afterthoughts(name, table)))


def take_out(chosen: Source, name: str) -> Any:
    """Take the server out of the file; its table as it was.

    Raises UnknownServer, also for a server of a project's file, which is never written.
    """
    path = chosen.editable()
    table = chosen.tables().get(name)
    if not edit.remove_server(path, name):
        refuse_project(chosen, name)
        raise unknown(name, list(chosen.tables()))
    return table


def _afterthoughts(name: str, table: dict[str, Any]) -> Iterator[str]:
    """What the person should know about a server that was added."""
    for place in secret_places(table):
        yield f"{one_line(place)} is stored in plain text in the file; {_instead(place)}"
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
