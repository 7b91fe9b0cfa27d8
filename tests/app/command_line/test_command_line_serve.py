"""`jackfield serve`, as a client starts it and as a person does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.app.command_line.connect_stage import PYTHON, QUICK, jackfield, starting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and file modes")
CONFIG = """
[mcp_servers.quick]
command = {python}
args = [{quick}, "--grandchild", "--pid-file", {pids}]
[mcp_servers.missing]
command = "no-such-program"
[gateway.groups.work]
servers = ["quick"]
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a server that starts a process of its own."""
    values = {"python": PYTHON, "quick": QUICK[1], "pids": str(tmp_path / "pids")}
    written = CONFIG.format(**{name: json.dumps(value) for name, value in values.items()})
    (tmp_path / "config.toml").write_text(written, encoding="utf-8")
    return tmp_path


class Peer:
    """A client of 2025-11-25 in lines."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in, self._out = process.stdin, process.stdout
        self._count = 0
        info = {"name": "test", "version": "1"}
        self.opened = self.ask("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo=info)
        self.say(method="notifications/initialized")

    def say(self, **message: Any) -> None:
        self._in.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self._in.flush()

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The result; whatever comes on standard output must be JSON-RPC."""
        self._count += 1
        self.say(id=self._count, method=method, params=params)
        while True:
            message: dict[str, Any] = json.loads(self._out.readline())
            assert message["jsonrpc"] == "2.0"
            if message.get("id") == self._count:
                result: dict[str, Any] = message["result"]
                return result


@contextmanager
def serving(home: Path, *words: str) -> Iterator[tuple[subprocess.Popen[bytes], Peer]]:
    with starting("serve", *words, home=home, stdin=subprocess.PIPE) as process:
        yield process, Peer(process)


def alive(home: Path) -> list[int]:
    """What of the server's own processes is there."""
    pids = [int(line) for line in (home / "pids").read_text().split()]
    return [pid for pid in pids if os.path.exists(f"/proc/{pid}/stat") and not _ended(pid)]  # noqa: PTH110


def _ended(pid: int) -> bool:
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
        return file.read().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.parametrize("how", ["left", "stopped", "stopped while a call runs", "left without reading"])
def test_nothing_is_left_when_the_client_goes(home: Path, how: str) -> None:
    with serving(home) as (process, peer):
        names = {tool["name"] for tool in peer.ask("tools/list")["tools"]}
        assert "quick__echo" in names
        assert (
            peer.ask("tools/call", name="quick__echo", arguments={"text": "x"})["content"][0]["text"] == "x"
        )
        assert alive(home)
        if "while" in how:
            call = {"name": "quick__sleep", "arguments": {"seconds": 60}}
            peer.say(id="long", method="tools/call", params=call)
        assert process.stdin is not None
        assert process.stdout is not None
        if "stopped" in how:
            process.send_signal(signal.SIGTERM)
        if "without" in how:
            process.stdout.close()
        if "left" in how:
            process.stdin.close()
        status = process.wait(30)
        assert process.stderr is not None
        told = process.stderr.read().decode()
        assert status == (143 if "stopped" in how else 0), told
        assert "missing" in told
        assert "Traceback" not in told
    deadline = time.monotonic() + 10
    while alive(home) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive(home) == []


def test_one_server_alone_has_its_own_names(home: Path) -> None:
    with serving(home, "quick") as (process, peer):
        assert "echo" in {tool["name"] for tool in peer.ask("tools/list")["tools"]}
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def test_what_is_no_message_is_passed_over(home: Path) -> None:
    with serving(home, "--only", "quick") as (process, peer):
        assert process.stdin is not None
        process.stdin.write(
            b"\n   \nnot JSON\n[1, 2]\n\xff\xfe\n" + b'{"jsonrpc": "2.0"}\n' + b"x" * 100_000 + b"\n"
        )
        assert peer.ask("ping") == {}
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--no-token"], "are for --http"),
        (["--token-env", "X"], "are for --http"),
        (["--http", "127.0.0.1:0", "--token-env", "X", "--no-token"], "but not both"),
        (["--http", "0.0.0.0:0", "--no-token"], "only for addresses of this machine"),
        (["--http", "[::]:0", "--no-token"], "only for addresses of this machine"),
        (["--http", "127.0.0.1:0", "--token-env", "NOT_SET_ANYWHERE"], "which is not set"),
        (["--http", "somewhere"], "HOST:PORT"),
        (["--questions", "here"], "needs --http"),
        (["--questions", "nobody"], "client"),
        (["--only", "quikc"], "quikc"),
        (["--group", "wrok"], "wrok"),
        (["quick", "--only", "quick"], "stands alone"),
    ],
)
def test_wrong_usage_is_told(home: Path, words: list[str], told: str) -> None:
    done = jackfield("serve", *words, home=home)
    assert (done.status, told in done.err, done.out) == (2, True, ""), done.err
    assert len(done.err.splitlines()) <= 3


@pytest.mark.parametrize("key", ['questions = "maybe"', '[gateway.oauth]\nissuer = "https://x"'])
def test_a_wrong_table_is_never_taken_for_none(home: Path, key: str) -> None:
    (home / "config.toml").write_text(f"[gateway]\n{key}\n", encoding="utf-8")
    done = jackfield("serve", "--http", "127.0.0.1:0", home=home)
    assert (done.status, "gateway." in done.err) == (2, True), done.err
