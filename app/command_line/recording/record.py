"""`jackfield record`: a program or a URL, with the recording in between."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.command_line.connect.program import program_of
from app.command_line.connect.run import run
from app.command_line.terminal.output import FAILED, OK, warn
from services.config import builtin
from services.recording.frames import RecordingFile
from services.secrecy.redaction import Redactor
from services.secrecy.secrets import masked_arguments, masked_url
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("run_record",)


def run_record(
    context: click.Context, file: str, *, url: str | None, listen: str | None, with_secrets: bool
) -> int:
    """Record until the program ends, or over HTTP until a signal comes; the program's exit status."""
    program = program_of(context)
    if (program is None) == (url is None):
        raise click.UsageError("Give a program after --, or --url URL, but not both.", context)
    if listen is not None and url is None:
        raise click.UsageError("--listen is for --url.", context)
    words, variables = ([str(url)], ()) if program is None else (program, tuple(os.environ))
    (server,) = builtin.single(words, variables).servers
    redactor = None
    if not with_secrets:
        redactor = Redactor()
        redactor.learn_settings(server, os.environ)
    if program is not None:
        return _record_program(Path(file), program, redactor)
    from app.command_line.recording.serving import serve
    from services.recording.http_recorder import HttpRecorder

    with RecordingFile(Path(file), "http", masked_url(server.url), redactor) as recording:
        recorder = HttpRecorder(server.url, recording, os.environ)
        status = serve(recorder.app, listen or "127.0.0.1:0", recorder.path, recorder.close)
    return _ended(recording, status)


def _record_program(path: Path, program: Sequence[str], redactor: Redactor | None) -> int:
    from services.recording.stdio import record_program

    shown = one_line(" ".join(masked_arguments(program)), 500)
    with RecordingFile(path, "stdio", shown, redactor) as recording:

        async def work() -> int:
            return await record_program(program, recording, os.environ, sys.platform)

        status = run(work)
    return _ended(recording, status)


def _ended(recording: RecordingFile, status: int) -> int:
    if recording.trouble:
        warn(recording.trouble)
        return status if status != OK else FAILED
    return status
