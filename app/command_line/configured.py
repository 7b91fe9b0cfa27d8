"""The configuration that the global options name, and what a person at the terminal has to say to it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from app.command_line.terminal.output import note, paint
from services.config.source import home_source, named_source, refuse_problems

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click

    from services.config.projects.project_file import ProjectFile
    from services.config.source import Source
    from services.settings import Configuration

__all__ = ("load_configuration", "note_projects", "source")


def source(context: click.Context, *, new: bool = False) -> Source:
    """The file that `--config` names, else config.toml of the home directory.

    One that is named must exist, unless it may be `new`.
    """
    options = context.find_root().params
    named, strict = options.get("config"), bool(options.get("strict"))
    return home_source(strict=strict) if named is None else named_source(named, strict=strict, new=new)


def load_configuration(
    context: click.Context, *, expand: bool = True, only: str | None = None, silent: bool = False
) -> Configuration:
    """The configuration that the global options ask for: `--config FILE`, else that of the home directory.

    A file of another program is read without importing it. `--strict` makes errors of warnings;
    one that concerns no single server is raised as ConfigurationError. Without `expand` values
    keep their `${VAR}`, for showing them.

    On a terminal inputs without an answer are asked for: those of the server `only`, else of all
    that are enabled; and files of the project that wait for a yes are named. `silent` does neither.
    """
    chosen = source(context)
    files = chosen.project_files()
    silent = silent or context.find_root().resilient_parsing
    if not silent:
        note_projects(files)
    if expand:
        from app.command_line.terminal.answers import answered

        configuration = answered(chosen, files, only, silent=silent)
    else:
        configuration = chosen.load(expand=False, files=files)
    if chosen.strict:
        refuse_problems(configuration)
    return configuration


def note_projects(files: Iterable[ProjectFile]) -> None:
    """Say on standard error which files of the project wait for an answer, one line each."""
    for file in files:
        if file.consent in ("unasked", "changed"):
            from services.config.projects.shown import waiting

            note(f"{paint('Note:', 'yellow', sys.stderr)} {waiting(file, 'jackfield mcp trust')}")
