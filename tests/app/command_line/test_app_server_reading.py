"""`jackfield app-server` and a driver that does not read: memory stays bounded, and nothing is lost."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.app.command_line.connect_stage import PYTHON, configuration, quick, starting
from tests.support.places import ROOT
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 100.0
STEPS, SIZE = 40_000, 1_000
"""Steps of progress, and the bytes of each: 40 MB, ten times of what may wait for a driver."""


def line(id: int, method: str, **params: Any) -> bytes:
    return json.dumps({"id": id, "method": method, "params": params}).encode() + b"\n"


INITIALIZE = line(0, "initialize", clientInfo={"name": "deaf", "version": "1"})


def memory(process: subprocess.Popen[bytes]) -> int:
    """The most bytes that the process has had in memory."""
    with open(f"/proc/{process.pid}/status", encoding="ascii", errors="replace") as file:  # noqa: PTH123
        found = next(one for one in file if one.startswith("VmHWM"))
    return int(found.split()[1]) * 1024


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_a_flood_of_progress_costs_no_memory_and_the_answer_comes(tmp_path: Path) -> None:
    done = tmp_path / "done"
    args = [str(ROOT / "tests" / "servers" / "flooding.py"), str(STEPS), str(SIZE), str(done)]
    table = f"command = {json.dumps(PYTHON)}\nargs = {json.dumps(args)}\n"
    (tmp_path / "config.toml").write_text(configuration(flooding=table), encoding="utf-8")
    with starting("app-server", home=tmp_path, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(INITIALIZE + line(1, "mcpServer/tool/call", server="flooding", tool="flood"))
            process.stdin.flush()
            while b"tool/progress" not in process.stdout.readline():
                pass
            before = memory(process)
            read = 0
            wait_until(done.exists, "the flood is over", SECONDS)
            while b'"id":1' not in (answer := process.stdout.readline()):
                read += len(answer)
            assert json.loads(answer)["result"]["content"][0]["text"] == "flooded"
            assert read < STEPS * SIZE / 4
            assert memory(process) - before < STEPS * SIZE / 2
        finally:
            process.kill()


def test_requests_wait_for_a_driver_that_does_not_read_and_none_is_lost(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(configuration(quick=quick()), encoding="utf-8")
    count, text = 48, "y" * (1 << 20)
    with starting("app-server", home=tmp_path, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        asked: list[int] = []

        def write() -> None:
            assert process.stdin is not None
            process.stdin.write(INITIALIZE)
            for number in range(1, count + 1):
                process.stdin.write(
                    line(
                        number,
                        "mcpServer/tool/call",
                        server="quick",
                        tool="echo",
                        arguments={"text": text},
                    )
                )
                process.stdin.flush()
                asked.append(number)

        try:
            writing = threading.Thread(target=write, daemon=True)
            writing.start()
            wait_until(lambda: len(asked) >= 12, "a quarter of the requests is read", SECONDS)
            missing = set(range(1, count + 1))
            while missing:
                message = json.loads(process.stdout.readline())
                if message.get("id") in missing:
                    assert message["result"]["content"][0]["text"] == text
                    missing.remove(message["id"])
            writing.join(SECONDS)
            assert len(asked) == count
        finally:
            process.kill()
