"""The commands that connect, as a shell runs them: on real servers, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from app.command_line import main
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pytest

__all__ = (
    "PYTHON",
    "QUICK",
    "ROOT",
    "Done",
    "configuration",
    "demo_over_http",
    "jackfield",
    "quick",
    "run_here",
    "starting",
)

PYTHON: Final = sys.executable
QUICK: Final = (PYTHON, str(ROOT / "tests" / "servers" / "quick.py"))
"""A program that starts in a tenth of a second; its options misbehave."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    status: int
    data: bytes
    err: str

    @property
    def out(self) -> str:
        return self.data.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.data)


def starting(
    *words: str, home: Path, environ: Mapping[str, str] | None = None, **options: Any
) -> subprocess.Popen[bytes]:
    """The command, started; its output goes to pipes."""
    named = {"JACKFIELD_HOME": str(home), "NO_COLOR": "", **(environ or {})}
    streams: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    } | options
    return subprocess.Popen([PYTHON, "-m", "app", *words], cwd=ROOT, env=os.environ | named, **streams)


def jackfield(
    *words: str, home: Path, stdin: bytes | None = None, environ: Mapping[str, str] | None = None
) -> Done:
    """The command, run to its end in a process of its own."""
    source = subprocess.DEVNULL if stdin is None else subprocess.PIPE
    with starting(*words, home=home, environ=environ, stdin=source) as process:
        try:
            out, err = process.communicate(stdin, timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    told = err.decode()
    assert "Traceback" not in told, told
    return Done(process.returncode, out, told)


def run_here(words: Sequence[str], captured: pytest.CaptureFixture[bytes]) -> Done:
    """The command, run to its end in this process."""
    captured.readouterr()
    try:
        status = main.run(words)
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else 1
    out, err = captured.readouterr()
    assert b"Traceback" not in err, err
    return Done(status, out, err.decode())


def configuration(**servers: str) -> str:
    """A config.toml with a table for each server."""
    return "\n".join(f"[mcp_servers.{name}]\n{lines}\n" for name, lines in servers.items())


def quick(*options: str, more: str = "") -> str:
    """The lines of a table that starts the quick server with these options."""
    program, *args = (*QUICK, *options)
    return f"command = {json.dumps(program)}\nargs = {json.dumps(args)}\n{more}\n"


@contextmanager
def demo_over_http() -> Iterator[str]:
    """The URL of one demo server for many commands: it takes a second to start."""
    command = [PYTHON, "-m", "services.demo", "--http", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        try:
            yield process.stderr.readline().decode().strip()
        finally:
            process.terminate()
            process.wait(10)
