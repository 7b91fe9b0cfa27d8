"""The files of a project: `.jackfield/config.toml`, and `.mcp.json` as Claude Code has it.

They are looked for from a folder up to the root of its repository (the folder with `.git`), the
user's home or the root of the file system. What they hold starts nothing before the person has
said yes to exactly that content: see `consent`.
"""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.config.paths import config_file
from services.config.projects.project_file import ProjectFile, project_of
from services.errors import ConfigurationError
from services.settings import Problem
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from services.config.inputs import Answers
    from services.settings import Configuration

__all__ = (
    "LIMIT",
    "project_files",
    "project_places",
    "read_project_file",
    "with_projects",
)

LIMIT = 1 << 18
"""Bytes: a file that is larger is not read."""

_NAMES = (".jackfield/config.toml", ".mcp.json")
_MOST_DOTS = 400
"""In a line of TOML: the time for a key grows with the square of its parts."""


def project_places(folder: Path) -> tuple[Path, ...]:
    """Where a project's files would be that count in `folder`, whether there are any or not."""
    return tuple(around / name for around in _folders(folder) for name in _NAMES)


def project_files(folder: Path, home: Path) -> tuple[ProjectFile, ...]:
    """The project's files that count in `folder`, the nearest first; costs a few stats where there are none.

    `home` is Jackfield's: the answers are in it, and its own config.toml is not a project's.
    """
    found = [path for path in project_places(folder) if _is_there(path)]
    mine = os.path.realpath(config_file(home))
    found = [path for path in found if os.path.realpath(path) != mine]
    if not found:
        return ()
    from services.config.projects.consent import answers

    kept = answers(home)
    return tuple(_read(path, kept) for path in found)


def read_project_file(path: Path, home: Path) -> ProjectFile:
    """One file by its path; raises ConfigurationError when it is not there or no project's."""
    named = path.absolute()
    name = next(
        (name for name in _NAMES if named.parts[-name.count("/") - 1 :] == tuple(name.split("/"))), ""
    )
    if not name:
        raise ConfigurationError(
            f"{one_line(str(path))} is not a project file", hint=f"Those are called {' or '.join(_NAMES)}."
        )
    found = Path(os.path.realpath(project_of(named))) / name
    if not _is_there(found):
        raise ConfigurationError(f"there is no file {one_line(str(path))}")
    from services.config.projects.consent import answers

    return _read(found, answers(home))


def with_projects(
    configuration: Configuration,
    files: Iterable[ProjectFile],
    environ: Mapping[str, str] | None,
    *,
    strict: bool = False,
    answers: Answers | None = None,
    only: str | None = None,
) -> Configuration:
    """The configuration and the servers of the files that the person agreed to.

    A name of the configuration wins over a project's, that of a nearer file over a farther one's.
    """
    servers, problems = list(configuration.servers), list(configuration.problems)
    for file in files:
        if file.consent != "yes":
            continue
        taken = {server.name for server in servers}
        found = file.configuration(environ, strict=strict, answers=answers, only=only)
        servers += [server for server in found.servers if server.name not in taken]
        problems += [problem for problem in found.problems if problem.server not in taken]
    return replace(configuration, servers=tuple(servers), problems=tuple(problems))


def _folders(folder: Path) -> Iterator[Path]:
    try:
        start = Path(os.path.realpath(folder))
        user = os.path.realpath(Path("~").expanduser())
    except (OSError, RuntimeError):
        return
    for around in (start, *start.parents):
        yield around
        if str(around) == user or os.path.lexists(around / ".git"):
            return


def _is_there(path: Path) -> bool:
    """Whether there is something; one that cannot be looked at is, and is a problem later."""
    try:
        path.stat()
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def _read(path: Path, kept: dict[str, Any]) -> ProjectFile:
    from hashlib import sha256

    from services.config.projects.consent import consent_of

    target, digest = Path(os.path.realpath(path)), ""
    file = ProjectFile(path, target)
    try:
        data = _bytes(target)
        digest = sha256(data).hexdigest()
        file = _parsed(replace(file, text=_text(data, path)))
    except ConfigurationError as error:
        problem = Problem(error.message, hint=error.hint, severity="error")
        file = replace(file, problems=(problem,), text="")
    return replace(file, sha256=digest, consent=consent_of(kept, path, target, digest))


def _bytes(path: Path) -> bytes:
    """All of the file at once. A pipe, or a link that came meanwhile, is refused and never waited for."""
    flags = ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY", "O_NOCTTY")
    try:
        handle = os.open(path, os.O_RDONLY | sum(getattr(os, flag, 0) for flag in flags))
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise ConfigurationError(f"{one_line(str(path))} is not a file")
            data = file.read(LIMIT + 1)
    except OSError as error:
        reason = one_line(error.strerror or type(error).__name__)
        raise ConfigurationError(f"cannot read {one_line(str(path))}: {reason}") from error
    if len(data) > LIMIT:
        raise ConfigurationError(f"{one_line(str(path))} is larger than {LIMIT >> 10} KiB and is not read")
    return data


def _text(data: bytes, path: Path) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise ConfigurationError(f"{one_line(str(path))} is not UTF-8 text") from None
    if path.suffix == ".toml" and any(line.count(".") > _MOST_DOTS for line in text.splitlines()):
        raise ConfigurationError(f"{one_line(str(path))} has a line with more than {_MOST_DOTS} dots")
    return text


def _parsed(file: ProjectFile) -> ProjectFile:
    """The file with its servers and what is wrong with it; raises ConfigurationError."""
    if file.path.suffix == ".toml":
        from services.config.file import read_toml
        from services.config.tables import SERVERS

        document = read_toml(file.text, str(file.path))
        tables = document.get(SERVERS, {})
        if not isinstance(tables, dict):
            raise ConfigurationError(f"{SERVERS} must be a table of servers: {one_line(str(file.path))}")
        others = [key for key in document if key != SERVERS]
        file = replace(file, tables=tables, problems=tuple(_no_effect(others, file.path)))
    else:
        from services.config.imports import files as foreign

        found = foreign.read(file.path, program="claude", project=file.project, text=file.text)
        tables = {draft.name: draft.table for draft in found.servers}
        skipped = tuple(
            Problem(
                f"MCP server '{one.name}' of {one_line(str(file.path), 300)} cannot be used: {one.reason}"
            )
            for one in found.skipped
        )
        file = replace(file, tables=tables, problems=skipped)
    configuration = file.configuration(None)
    about_servers = tuple(problem for problem in configuration.problems if problem.server)
    return replace(file, servers=configuration.servers, problems=file.problems + about_servers)


def _no_effect(keys: Sequence[str], path: Path) -> Iterator[Problem]:
    for key in keys:
        yield Problem(
            f"`{one_line(key, 80)}` of {one_line(str(path), 300)} has no effect",
            key=one_line(key, 80),
            hint="A project's file is read for its servers only.",
        )
