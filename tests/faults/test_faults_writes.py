"""Files stay whole: writers that are killed, a full disk, a home directory that cannot be written to."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import tomllib
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from services import files
from services.config.edit import set_value
from services.credentials.file_entries import FileEntries
from services.files import locked
from tests.support.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FILE = '# kept\n[mcp_servers.one]\ncommand = "c"\n'
KILLED = 200

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="needs signals and limits of POSIX")


@on_posix
@pytest.mark.timeout(300)
def test_two_hundred_writers_are_killed_and_every_file_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, credentials = tmp_path / "config.toml", tmp_path / ".credentials.json"
    config.write_text(FILE, encoding="utf-8")
    chance = random.Random(7)
    words = [sys.executable, "-m", "tests.faults.killed_writer", str(tmp_path)]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as host:
        assert host.stdin is not None
        assert host.stdout is not None
        for _ in range(KILLED // 4):
            host.stdin.write(b"\n" * 4)
            writers = [int(host.stdout.readline()) for _ in range(4)]
            for writer in writers:
                time.sleep(chance.random() * 0.02)
                os.kill(writer, signal.SIGKILL)  # ProcessLookupError, if it ended by itself
            for writer in writers:
                _wait_gone(writer)
            _whole(config, credentials)
        host.stdin.close()

    monkeypatch.setattr(files, "_ABANDONED", 0.0)
    set_value(config, "one", "args", ["last"])
    with locked(credentials):
        FileEntries(credentials, pytest.fail).put("one", "{}")
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".tmp") == []


def _whole(config: Path, credentials: Path) -> None:
    text = config.read_text(encoding="utf-8")
    args = tomllib.loads(text)["mcp_servers"]["one"].get("args", [])
    assert text.startswith("# kept\n")
    assert len(set(args)) <= 1
    assert len(args) in (0, 500)
    kept = FileEntries(credentials, pytest.fail).get("one")
    assert kept is None or len(set(json.loads(kept)["numbers"])) == 1


def _wait_gone(pid: int) -> None:
    with suppress(ProcessLookupError):
        for _ in range(3_000):
            os.kill(pid, 0)
            time.sleep(0.01)
        pytest.fail(f"{pid} cannot be killed")


def _no_room() -> None:
    """As on a full disk: no file takes a byte more."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


@on_posix
@pytest.mark.parametrize(
    "words", [("mcp", "add", "two", "--", "program"), ("mcp", "remove", "one"), ("mcp", "disable", "one")]
)
def test_on_a_full_disk_nothing_is_lost(words: tuple[str, ...], tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(FILE, encoding="utf-8")
    place = {"JACKFIELD_HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "app", *words],
        cwd=ROOT,
        env=os.environ | place,
        capture_output=True,
        text=True,
        preexec_fn=_no_room,
        check=False,
    )
    assert done.returncode not in (0, -25), done.stdout
    assert "Traceback" not in done.stderr
    assert "config.toml" in done.stderr
    assert config.read_text(encoding="utf-8") == FILE
    assert not list(tmp_path.glob(".*.tmp"))
