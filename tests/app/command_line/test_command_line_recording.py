"""`jackfield record` and `jackfield replay`, as a client starts them."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.app.command_line.connect_stage import PYTHON, QUICK, demo_over_http, jackfield, starting
from tests.app.command_line.recording_stage import serving
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

ECHO = """\
import shutil, sys
shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)
sys.stderr.write("err")
sys.exit(7)
"""
STUBBORN = """\
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print(os.getpid(), child.pid, flush=True)
time.sleep(600)
"""


def test_bytes_go_through_as_they_are(tmp_path: Path) -> None:
    chance = random.Random(7)
    lines = [chance.randbytes(chance.choice((0, 1, 50, 70_000))) for _ in range(60)]
    data = b"\r\n".join([b'{"jsonrpc": "2.0"}', "grüß\n".encode(), *lines, b"no end"])
    file = tmp_path / "r.jsonl"
    done = jackfield("record", str(file), "--", PYTHON, "-c", ECHO, home=tmp_path, stdin=data)
    assert (done.data == data, done.status, done.err) == (True, 7, "err")
    frames = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert frames[0]["transport"] == "stdio"
    assert [one["direction"] for one in frames if one.get("message") == {"jsonrpc": "2.0"}] == ["out", "in"]
    assert frames[-1]["text"] == "exit status 7"


def test_a_client_that_reads_late_gets_everything(tmp_path: Path) -> None:
    program = "import sys; sys.stdout.buffer.write(b'x' * 3_000_000)"
    with starting("record", str(tmp_path / "r.jsonl"), "--", PYTHON, "-c", program, home=tmp_path) as process:
        assert process.stdout is not None
        time.sleep(4)  # longer than the program runs, and than anything is waited for
        assert len(process.stdout.read()) == 3_000_000
    assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_nothing_is_left_of_the_program(tmp_path: Path, number: int) -> None:
    file = str(tmp_path / "r.jsonl")
    with starting(
        "record", file, "--", PYTHON, "-c", STUBBORN, home=tmp_path, stdin=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        pids = [int(word) for word in process.stdout.readline().split()]
        assert len(pids) == 2
        process.send_signal(number)
        process.wait(10)
    await until(lambda: not any(map(_runs, pids)), 10)


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123
            return stat.read().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


def test_a_recording_answers_as_the_program_did(tmp_path: Path) -> None:
    file = str(tmp_path / "r.jsonl")
    first = jackfield(
        *("call", "echo", "text=hi", "--", PYTHON, "-m", "app", "record", file, "--", *QUICK), home=tmp_path
    )
    again = jackfield("call", "echo", "text=hi", "--", PYTHON, "-m", "app", "replay", file, home=tmp_path)
    assert (first.status, first.out) == (0, "hi\n"), first.err
    assert (again.status, again.out) == (0, "hi\n"), again.err


def test_a_server_over_http_is_recorded_and_replayed(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    with demo_over_http() as url, serving("record", str(file), "--url", url, home=tmp_path) as ours:
        first = jackfield("call", ours, "countdown", "seconds=0.2", home=tmp_path)
    assert (first.status, first.out) == (0, "Lift-off after 0.2 s.\n"), first.err
    with serving("replay", str(file), "--http", "127.0.0.1:0", home=tmp_path) as ours:
        again = jackfield("call", ours, "countdown", "seconds=0.2", home=tmp_path)
    assert (again.status, again.out) == (0, first.out), again.err
    with serving("replay", str(file), "--http", "127.0.0.1:0", "--pace", home=tmp_path) as ours:
        slowly = jackfield("call", ours, "countdown", "seconds=0.2", home=tmp_path)
    assert (slowly.status, slowly.out) == (0, first.out), slowly.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["record", "r.jsonl"], "--url URL"),
        (["record", "r.jsonl", "--url", "http://localhost/", "--", "x"], "but not both"),
        (["record", "r.jsonl", "--listen", "x", "--", "x"], "--listen is for --url"),
        (["record", __file__, "--", "x"], "is no recording"),
        (["replay", __file__], "is no recording"),
        (["replay", "missing"], "cannot read missing"),
    ],
)
def test_wrong_usage_is_told(tmp_path: Path, words: list[str], told: str) -> None:
    done = jackfield(*words, home=tmp_path)
    assert (done.status, told in done.err) == (2, True), done.err
