"""Where a configuration is: to run with, to show as it is written, to edit; for shell and session alike."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from services.config import file as ours
from services.errors import ConfigurationError, UnknownServer
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.config.inputs import Answers
    from services.config.projects.project_file import ProjectFile
    from services.config.tables import Inputs
    from services.settings import Configuration, ServerSettings

__all__ = (
    "Configured",
    "Loaded",
    "Source",
    "find",
    "home_source",
    "named_source",
    "refuse_problems",
    "refuse_project",
    "unknown",
)


class Configured(NamedTuple):
    """A server as the file has it."""

    settings: ServerSettings
    """As written: `${VAR}` is not expanded."""
    table: Mapping[str, Any]
    """Its table, unchecked."""
    invalid: str = ""
    """Why it cannot be started; a variable that is not set counts."""
    hint: str = ""


class Loaded(NamedTuple):
    """A configuration as a session lives by it."""

    configuration: Configuration
    files: tuple[ProjectFile, ...] = ()
    """The files of the project, agreed to or not."""


class Source(NamedTuple):
    """A file of ours, or of another program."""

    path: Path
    foreign: bool
    strict: bool
    home: Path | None = None
    """The home directory, when it is its file: then the project's files count too."""
    directory: Path = Path()
    """Where we stand: the project's files are looked for from here."""

    def load(
        self,
        *,
        expand: bool,
        files: tuple[ProjectFile, ...] = (),
        answers: Answers | None = None,
        only: str | None = None,
    ) -> Configuration:
        """The configuration to run with, or with `${VAR}` as written.

        The servers of the project's `files` are in it that were agreed to. With `answers`
        the inputs of all servers, or those of `only` one, get their values.
        """
        configuration = self._load(expand, answers.of(str(self.path), only) if answers else None)
        if not files:
            return configuration
        from services.config.projects.files import with_projects

        environ = os.environ if expand else None
        return with_projects(configuration, files, environ, strict=self.strict, answers=answers, only=only)

    def _load(self, expand: bool, inputs: Inputs | None) -> Configuration:
        environ = os.environ if expand else None
        if not self.foreign:
            return ours.load(
                self.path, environ=environ or {}, strict=self.strict, expand=expand, inputs=inputs
            )
        from services.config.imports import files as foreign

        found = foreign.read(self.path, project=self.directory.absolute())
        return foreign.configuration(found, environ=environ, strict=self.strict, inputs=inputs)

    def project_files(self) -> tuple[ProjectFile, ...]:
        """The files of the project we stand in, agreed to or not; none beside a file that was named."""
        if self.home is None:
            return ()
        from services.config.projects.files import project_files

        return project_files(self.directory, self.home)

    def loaded(self) -> Loaded:
        """The configuration to run with, with inputs answered from the store: use it in a thread.

        Raises ConfigurationError; when `strict`, also for what is wrong outside of the servers' tables.
        """
        from services.config.inputs import Answers, with_remarks
        from services.config.paths import home

        files, told = self.project_files(), list[str]()
        answers = Answers(self.home or home(), tell=told.append)
        configuration = self.load(expand=True, files=files, answers=answers)
        if self.strict:
            refuse_problems(configuration)
        return Loaded(with_remarks(configuration, told), files)

    def places(self) -> tuple[Path, ...]:
        """The files on which `loaded` depends, whether they are there or not."""
        if self.home is None:
            return (self.path,)
        from services.config.projects.consent import answers_file
        from services.config.projects.files import project_places

        return (self.path, answers_file(self.home), *project_places(self.directory))

    def servers(self, files: tuple[ProjectFile, ...] = ()) -> tuple[tuple[Configured, ...], Configuration]:
        """The servers for showing them, and the configuration with what is wrong with it."""
        tables = {str(self.path): self.tables()} | {str(file.path): file.tables for file in files}
        checked = self.load(expand=True, files=files)
        pairs = zip(self.load(expand=False, files=files).servers, checked.servers, strict=True)
        shown = [
            Configured(written, table if isinstance(table, dict) else {}, expanded.invalid, expanded.hint)
            for written, expanded in pairs
            for table in (tables.get(written.source, {}).get(written.name),)
        ]
        return tuple(shown), checked

    def is_project(self, server: ServerSettings) -> bool:
        """Whether the server is of a project's file."""
        return bool(self.home and server.source) and server.source != str(self.path)

    def tables(self) -> dict[str, Any]:
        """The servers' tables by name, unchecked."""
        if self.foreign:
            from services.config.imports import files as foreign

            return {server.name: server.table for server in foreign.read(self.path).servers}
        text = ours.read_text(self.path)
        servers = ours.read_toml(text, str(self.path)).get("mcp_servers") if text else None
        return servers if isinstance(servers, dict) else {}

    def has_inputs(self) -> bool:
        """Whether a server may need an answer."""
        return "${input:" in (ours.read_text(self.path) or "")

    def editable(self) -> Path:
        """The file to edit; ConfigurationError for another program's file, which is only read."""
        if self.foreign:
            raise ConfigurationError(
                f"{one_line(str(self.path))} belongs to another program and is only read",
                hint="Import its servers with: jackfield mcp import FILE",
            )
        return self.path


def named_source(named: str, *, strict: bool = False, new: bool = False) -> Source:
    """The file of that name; raises ConfigurationError when it does not exist, unless it may be `new`."""
    path = Path(named)
    if not path.exists() and not new:
        raise ConfigurationError(f"there is no file {one_line(named)}", hint="--config names it.")
    return Source(path, foreign=path.exists() and _is_foreign(path), strict=strict)


def home_source(*, strict: bool = False) -> Source:
    """config.toml of the home directory."""
    from services.config.paths import config_file, home

    place = home()
    return Source(config_file(place), foreign=False, strict=strict, home=place)


def find(servers: tuple[Configured, ...], name: str) -> Configured:
    """The server of that name; raises UnknownServer with the nearest one."""
    for server in servers:
        if server.settings.name == name:
            return server
    raise unknown(name, [server.settings.name for server in servers])


def refuse_problems(configuration: Configuration) -> None:
    """Raise ConfigurationError for the first problem that concerns no single server."""
    for problem in configuration.problems:
        if not problem.server:
            where = f" (line {problem.line})" if problem.line else ""
            raise ConfigurationError(f"{problem.message}{where}", hint=problem.hint)


def refuse_project(chosen: Source, name: str) -> None:
    """Raise ConfigurationError when the server is of a project's file, which is never written."""
    for file in chosen.project_files():
        if file.consent == "yes" and name in file.tables:
            raise ConfigurationError(
                f"MCP server '{one_line(name, 80)}' stands in {file.shown}",
                hint="Edit that file, or use none of it: jackfield mcp trust --no",
            )


def unknown(name: str, known: list[str]) -> UnknownServer:
    """The error for a server that is not configured."""
    from services.ranking import did_you_mean

    hint = did_you_mean(name, known) or "No MCP servers are configured yet: see jackfield mcp add --help"
    return UnknownServer(f"No MCP server named '{one_line(name, 80)}' found.", hint=hint)


def _is_foreign(path: Path) -> bool:
    from services.config.imports.files import detect

    return path.suffix != ".toml" or detect(path) is not None
