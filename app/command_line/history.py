"""`jackfield history`: sessions that were kept, listed and exported without a screen."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from services.transcript.folder import KeptSession

__all__ = ("export_session", "list_sessions")


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the sessions as JSON.")
def list_sessions(as_json: bool) -> int:
    """List the sessions that were kept, the one used last first."""
    from app.command_line.terminal.output import OK, Cell, answer, print_json, table
    from services.config.paths import home
    from services.transcript.folder import sessions

    kept = sessions(home() / "history")
    if as_json:
        print_json([_value(session) for session in kept])
    elif not kept:
        answer("No session was kept yet.")
    else:
        rows = [
            (session.id, str(session.entries), session.heading.directory, Cell(session.first, "dim"))
            for session in kept
        ]
        answer(table(rows, ("ID", "Cells", "Directory", "First entry")))
    return OK


def _value(session: KeptSession) -> dict[str, Any]:
    return {
        "id": session.id,
        "began": _iso(session.heading.at),
        "changed": _iso(session.changed),
        "directory": session.heading.directory,
        "way": list(session.heading.way),
        "cells": session.entries,
        "first": session.first,
        "bytes": session.size,
        "file": str(session.path),
    }


def _iso(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


@click.command("export")
@click.argument("session", metavar="ID")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
def export_session(session: str, file: Path, force: bool) -> int:
    """Write a session to FILE: .md as Markdown with its pictures beside it, .jsonl as JSON lines, .sh as a
    shell script of its calls."""
    from app.command_line.terminal.output import OK, answer
    from services.config.paths import home
    from services.text import one_line
    from services.transcript.export import export
    from services.transcript.folder import find_session
    from services.transcript.reading import oldest_first

    kept = find_session(home() / "history", session)
    for path in export(oldest_first(kept.paths), file, force=force):
        answer(one_line(str(path), 1_000))
    return OK
