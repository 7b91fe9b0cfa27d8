"""Earlier sessions from the shell: listed, exported, and what `--resume` refuses before the screen opens."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from services.transcript.entries import Entry, Heading, Part
from services.transcript.lines import entry_line, heading_line
from tests.support.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

ID = "2026-01-01-101010"
HOSTILE = "it's $(reboot); `x`\n```\n# no heading\x1b[31m"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "history"
    folder.mkdir()
    entries = [
        Entry(0, 5.0, "entry", again="/call a b", parts=(Part("text", "/call a b"),)),
        Entry(1, 6.0, "done", "a.b", "x=1", "3 ms", (Part("text", HOSTILE), Part("json", "{}")), "a",
              shell=shlex.join(["jackfield", "call", "a", "b", "--args", HOSTILE])),
        Entry(2, 7.0, "running", "a\nrm -rf.c", shell="rm -rf /; jackfield call x"),
        Entry(3, 8.0, "answer", parts=(Part("markdown", "**bold**"), Part("picture", "a picture"))),
    ]  # fmt: skip
    lines = [heading_line(Heading(5.0, "/work", ("demo",))), *map(entry_line, entries), b'{"n":4,"torn']
    (folder / f"{ID}-p999999.jsonl").write_bytes(b"".join(lines))
    return tmp_path


def jackfield(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {"JACKFIELD_HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "app", *words],
        cwd=ROOT, env=environ, text=True, capture_output=True, check=False, timeout=60,
    )  # fmt: skip


def test_sessions_are_listed_and_exported(home: Path) -> None:
    listed = jackfield(home, "history", "list")
    assert listed.returncode == 0 and ID in listed.stdout and "/call a b" in listed.stdout
    [told] = json.loads(jackfield(home, "history", "list", "--json").stdout)
    assert (told["id"], told["cells"], told["way"], told["first"]) == (ID, 4, ["demo"], "/call a b")
    for name in ("a.md", "a.sh", "a.jsonl"):
        assert jackfield(home, "history", "export", ID, str(home / name)).returncode == 0
    again = jackfield(home, "history", "export", ID, str(home / "a.md"))
    assert again.returncode != 0 and "is there already" in again.stderr
    assert jackfield(home, "history", "export", ID, str(home / "a.md"), "--force").returncode == 0


def test_hostile_texts_stay_texts(home: Path) -> None:
    for name in ("a.md", "a.sh"):
        jackfield(home, "history", "export", ID, str(home / name))
    markdown, script = (home / "a.md").read_text(), (home / "a.sh").read_text()
    assert "````\nit's $(reboot)" in markdown and "\x1b" not in markdown and "**bold**" in markdown
    assert "interrupted" in markdown and "not kept" in markdown
    assert "rm -rf /" not in script
    stub = home / "jackfield"
    stub.write_text(f"#!{sys.executable}\nimport sys\nprint(repr(sys.argv[1:]))\n")
    stub.chmod(0o755)
    ran = subprocess.run(
        ["sh", home / "a.sh"],
        env={"PATH": f"{home}:/usr/bin:/bin"},
        text=True,
        capture_output=True,
        check=False,
    )
    assert ran.stdout == f"{['call', 'a', 'b', '--args', HOSTILE]!r}\n" and not ran.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["history", "export", "2020", "x.md"], "no session 2020 was kept"),
        (["--resume", "2026", "tools"], "--resume and --continue"),
        (["--continue", "tools"], "--resume and --continue"),
    ],
)
def test_what_cannot_be_is_said(home: Path, words: list[str], said: str) -> None:
    done = jackfield(home, *words)
    assert done.returncode != 0 and said in done.stderr
