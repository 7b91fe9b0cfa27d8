"""The configuration that the global options name: to run with, to show as it is written, to edit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from services.config import file as ours
from services.errors import ConfigurationError, UnknownServer
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    import click

    from services.config.settings import Configuration, ServerSettings

__all__ = ("Configured", "Source", "find", "source", "unknown")


class Configured(NamedTuple):
    """A server as the file has it."""

    settings: ServerSettings
    """As written: `${VAR}` is not expanded."""
    table: Mapping[str, Any]
    """Its table, unchecked."""
    invalid: str = ""
    """Why it cannot be started; a variable that is not set counts."""
    hint: str = ""


class Source(NamedTuple):
    """A file of ours, or of another program."""

    path: Path
    foreign: bool
    strict: bool

    def load(self, *, expand: bool) -> Configuration:
        """The configuration to run with, or with `${VAR}` as written."""
        environ = os.environ if expand else None
        if not self.foreign:
            return ours.load(self.path, environ=environ or {}, strict=self.strict, expand=expand)
        from services.config import foreign

        found = foreign.read(self.path, project=Path.cwd())
        return foreign.configuration(found, environ=environ, strict=self.strict)

    def servers(self) -> tuple[tuple[Configured, ...], Configuration]:
        """The servers for showing them, and the configuration with what is wrong with it."""
        tables = self.tables()
        checked = self.load(expand=True)
        pairs = zip(self.load(expand=False).servers, checked.servers, strict=True)
        shown = [
            Configured(written, table if isinstance(table, dict) else {}, expanded.invalid, expanded.hint)
            for written, expanded in pairs
            for table in (tables.get(written.name),)
        ]
        return tuple(shown), checked

    def tables(self) -> dict[str, Any]:
        """The servers' tables by name, unchecked."""
        if self.foreign:
            from services.config import foreign

            return {server.name: server.table for server in foreign.read(self.path).servers}
        text = ours.read_text(self.path)
        servers = ours.read_toml(text, str(self.path)).get("mcp_servers") if text else None
        return servers if isinstance(servers, dict) else {}

    def editable(self) -> Path:
        """The file to edit; ConfigurationError for another program's file, which is only read."""
        if self.foreign:
            raise ConfigurationError(
                f"{one_line(str(self.path))} belongs to another program and is only read",
                hint="Bring its servers over with: jackfield mcp import FILE",
            )
        return self.path


def source(context: click.Context, *, new: bool = False) -> Source:
    """The file that `--config` names, else config.toml of the home directory.

    One that is named must exist, unless it may be `new`.
    """
    options = context.find_root().params
    named, strict = options.get("config"), bool(options.get("strict"))
    if named is None:
        from services.config.paths import config_file, home

        return Source(config_file(home()), foreign=False, strict=strict)
    path = Path(named)
    if not path.exists() and not new:
        raise ConfigurationError(f"there is no file {one_line(named)}", hint="--config names it.")
    return Source(path, foreign=path.exists() and _is_foreign(path), strict=strict)


def find(servers: tuple[Configured, ...], name: str) -> Configured:
    """The server of that name; raises UnknownServer with the nearest one."""
    for server in servers:
        if server.settings.name == name:
            return server
    raise unknown(name, [server.settings.name for server in servers])


def unknown(name: str, known: list[str]) -> UnknownServer:
    """The error for a server that is not configured."""
    from app.command_line.output import did_you_mean

    hint = did_you_mean(name, known) or "No MCP servers are configured yet: see jackfield mcp add --help"
    return UnknownServer(f"No MCP server named '{one_line(name, 80)}' found.", hint=hint)


def _is_foreign(path: Path) -> bool:
    from services.config.foreign import detect

    return path.suffix != ".toml" or detect(path) is not None
