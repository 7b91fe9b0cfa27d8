"""A home directory that cannot be written to: one plain line for what was to be kept, the rest goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.servers.quick import __file__ as quick
from tests.support.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FILE = f"""\
# kept
[mcp_servers.one]
command = "{sys.executable}"
args = ["{quick}"]
"""

_BOUND = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'


def _within(home: Path) -> list[str]:
    """The beginning of a command for which this directory is read-only, also where root runs it."""
    alone = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", "--mount", *alone, "sh", "-c", _BOUND, str(home)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    if sys.platform != "linux" or shutil.which("unshare") is None:
        pytest.skip("needs mounts of its own (Linux)")
    if subprocess.run([*_within(tmp_path), "true"], capture_output=True, check=False).returncode:
        pytest.skip("mounts of its own are not permitted here")
    (tmp_path / "config.toml").write_text(FILE, encoding="utf-8")
    return tmp_path


def _run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    place = {"JACKFIELD_HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*_within(home), sys.executable, "-P", "-m", "app", *words],
        cwd=ROOT,
        env=os.environ | place,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "words", [("mcp", "add", "two", "--", "program"), ("mcp", "remove", "one"), ("mcp", "disable", "one")]
)
def test_what_cannot_be_written_is_said_in_one_line(words: tuple[str, ...], home: Path) -> None:
    done = _run(home, *words)
    assert done.returncode == 2, done.stdout
    (line,) = done.stderr.splitlines()
    assert "config.toml" in line
    assert "read-only" in line.lower()
    assert done.stdout == ""
    assert (home / "config.toml").read_text(encoding="utf-8") == FILE
    assert [path.name for path in home.iterdir()] == ["config.toml"]


@pytest.mark.parametrize(
    "words", [("call", "one", "echo", "text=hello"), ("tools", "one"), ("mcp", "list"), ("mcp", "get", "one")]
)
def test_what_needs_no_writing_goes_on(words: tuple[str, ...], home: Path) -> None:
    done = _run(home, *words)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 1
    assert [path.name for path in home.iterdir()] == ["config.toml"]
