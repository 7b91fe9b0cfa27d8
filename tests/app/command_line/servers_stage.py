"""The command line as a test uses it: words in, status and text out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.command_line import main
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pytest

__all__ = ("PATH", "PROGRAM", "ROOT", "CommandLine", "Done", "in_shell")

PROGRAM = (sys.executable, "-m", "app")
PATH = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
"""Where Python finds the program from any working directory."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class CommandLine:
    """`jackfield` with a home directory of its own, run in this process."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._capsys = capsys

    def __call__(self, *words: str) -> Done:
        self._capsys.readouterr()
        try:
            status = main.run(words)
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else 1
        out, err = self._capsys.readouterr()
        assert "Traceback" not in err
        return Done(status, out, err)

    @property
    def file(self) -> Path:
        return self.home / "config.toml"

    @property
    def text(self) -> str:
        return self.file.read_text(encoding="utf-8")

    def write(self, text: str) -> None:
        self.file.write_text(text, encoding="utf-8")


def in_shell(
    *words: str,
    home: Path,
    program: Sequence[str] = PROGRAM,
    environ: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> Done:
    """The same in a process of its own."""
    done = subprocess.run(
        [*program, *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env=os.environ | {"JACKFIELD_HOME": str(home), "PYTHONPATH": PATH} | dict(environ or {}),
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)
