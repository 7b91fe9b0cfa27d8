"""`--trace FILE`, and the logs that commands leave behind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.app.command_line.connect_stage import QUICK, jackfield

if TYPE_CHECKING:
    from pathlib import Path


def test_a_call_with_its_trace_and_its_log(tmp_path: Path) -> None:
    file = tmp_path / "wire.ndjson"
    options = ("--env", "API_KEY=very-secret-1", "--trace", str(file))
    done = jackfield("call", "echo", "text=hello", *options, "--", *QUICK, home=tmp_path)
    assert (done.status, done.out) == (0, "hello\n")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    (asked,) = [line for line in lines if line.get("method") == "tools/call" and line["kind"] == "request"]
    assert asked["message"]["params"]["arguments"] == {"text": "hello"}
    assert lines[0]["frames"] == len(lines) - 1
    assert "very-secret" not in file.read_text()
    (log,) = (tmp_path / "logs").iterdir()
    assert "ready: Quick 1" in log.read_text()


def test_a_server_that_fails_leaves_its_trace_too(tmp_path: Path) -> None:
    file = tmp_path / "wire.ndjson"
    done = jackfield("tools", "--trace", str(file), "--", *QUICK, "--exit-at-start", "3", home=tmp_path)
    assert done.status == 4
    assert "exit status 3" in file.read_text()


def test_a_file_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "wire.ndjson"
    done = jackfield("call", "echo", "text=hello", "--trace", str(file), "--", *QUICK, home=tmp_path)
    assert (done.status, done.out) == (0, "hello\n")
    assert f"Warning: cannot write {file}: No such file or directory" in done.err
