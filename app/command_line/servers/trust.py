"""`jackfield mcp trust`: what a project's files would start, shown whole, and the person's answer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.command_line.terminal.output import FAILED, OK, USAGE, answer, fail, paint
from services.config.paths import home
from services.config.projects.consent import record_consent
from services.config.projects.files import project_files, read_project_file
from services.config.projects.shown import STATES, shown_problems, shown_servers

if TYPE_CHECKING:
    from services.config.projects.project_file import ProjectFile

__all__ = ("trust",)


def trust(context: click.Context, named: str | None, yes: bool | None) -> int:
    """Show the file, or those of the project we stand in, ask, and keep the answers."""
    if context.find_root().params.get("config") is not None:
        raise click.UsageError("--config names a file to use; its servers need no consent.")
    place = home()
    files = (read_project_file(_file(named), place),) if named else project_files(Path(), place)
    if not files:
        answer("There is no .mcp.json and no .jackfield/config.toml here.")
        return OK
    asked = [file for file in files if named or yes is not None or file.consent in ("unasked", "changed")]
    status = OK
    for at, file in enumerate(files):
        if at:
            answer("")
        _show(file)
        if file in asked:
            status = max(status, _answer(place, file, yes))
    return status


def _file(named: str) -> Path:
    """A folder stands for the file in it."""
    path = Path(named)
    if not path.is_dir():
        return path
    names = [path / ".jackfield" / "config.toml", path / ".mcp.json", path / "config.toml"]
    return next((name for name in names if name.exists()), path / ".mcp.json")


def _answer(place: Path, file: ProjectFile, yes: bool | None) -> int:
    if not file.servers and yes is not False:
        answer("  There is nothing in it to consent to.")
        return FAILED if _faults(file) else OK
    if yes is None:
        yes = _agreed()
    record_consent(place, file, yes)
    answer("Its servers are used from now on, until it changes." if yes else "Nothing of it is used.")
    return OK


def _agreed() -> bool:
    if not sys.stdin.isatty():
        fail("there is nobody to ask\nAnswer with --yes or --no.", USAGE)
    return click.confirm("Use these servers?", err=True)


def _show(file: ProjectFile) -> None:
    state = STATES[file.consent]
    answer(f"{paint(file.shown, 'bold')}{state and '  ' + state}")
    for server in shown_servers(file):
        answer(f"  {paint(server.name, 'cyan')}  {server.kind}")
        for line in server.lines:
            answer(f"    {line}")
    for text in shown_problems(file):
        answer(f"  {paint('!', 'yellow')} {text}")


def _faults(file: ProjectFile) -> bool:
    return any(problem.severity == "error" for problem in file.problems)
