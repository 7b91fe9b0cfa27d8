"""A project's file as it was read once, and the servers that come of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from services.settings import Configuration, Problem
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.config.inputs import Answers
    from services.settings import ServerSettings

__all__ = ("Consent", "ProjectFile", "project_of")

Consent = Literal["yes", "no", "unasked", "changed"]
"""What the person has said about a file as it is now."""


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """A project's file as it was read once: its hash and its servers are of the same bytes."""

    path: Path
    """Where it was found; the folder without symbolic links."""
    target: Path
    """Where it really is: another place when it, or `.jackfield`, is a symbolic link."""
    sha256: str = ""
    """Of the whole file, in hex; empty when it cannot be read."""
    servers: tuple[ServerSettings, ...] = ()
    """As written: nothing is expanded."""
    problems: tuple[Problem, ...] = ()
    consent: Consent = "unasked"
    tables: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The servers' tables by name, unchecked."""
    text: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        """The path for people, with the real one where that is another."""
        path = one_line(str(self.path), 1000)
        return path if self.target == self.path else f"{path} (really {one_line(str(self.target), 1000)})"

    @property
    def project(self) -> Path:
        """The folder that the file is about."""
        return project_of(self.path)

    def configuration(
        self,
        environ: Mapping[str, str] | None,
        *,
        strict: bool = False,
        answers: Answers | None = None,
        only: str | None = None,
    ) -> Configuration:
        """The servers to run, from what was read: the file is not looked at again."""
        inputs = answers.of(str(self.target), only) if answers else None
        if self.path.suffix == ".toml":
            from services.config.file import parse

            found = parse(self.text, environ=environ, strict=strict, source=str(self.target), inputs=inputs)
        else:
            from services.config.file import from_tables

            found = from_tables(
                self.tables, environ=environ, strict=strict, source=str(self.target), inputs=inputs
            )
        problems = tuple(self._named(problem) for problem in found.problems if problem.server)
        return Configuration(tuple(map(self._at_home, found.servers)), problems=problems + self._ignored())

    def _at_home(self, server: ServerSettings) -> ServerSettings:
        """The server with its directories in the project, wherever the person stands in it."""
        cwd = str(self.project / (server.cwd or "")) if server.transport == "stdio" else None
        told = server.roots
        roots = told and tuple(str(self.project / Path(root).expanduser()) for root in told)
        return replace(server, cwd=cwd, roots=roots, sandbox={}, source=str(self.path))

    def _named(self, problem: Problem) -> Problem:
        message = f"{problem.message} of {one_line(str(self.path), 300)}"
        return replace(problem, message=message, source=str(self.path))

    def _ignored(self) -> tuple[Problem, ...]:
        """What else stands in the file: a project decides about its servers, not about the program."""
        return tuple(
            replace(problem, source=str(self.path)) for problem in self.problems if not problem.server
        )


def project_of(path: Path) -> Path:
    """The folder that the file at `path` is about."""
    return path.parent.parent if path.suffix == ".toml" else path.parent
