"""`jackfield serve`, as a client starts it and as a person does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.app.command_line.connect_stage import PYTHON, QUICK, jackfield, starting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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
        self.heard: list[Any] = []
        """The methods of notifications that came."""
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
            self.heard.append(message.get("method"))

    def names(self) -> set[str]:
        """The tools that are listed."""
        return {tool["name"] for tool in self.ask("tools/list")["tools"]}

    def hears(self, method: str, condition: Callable[[], bool], seconds: float = 40) -> None:
        """Wait until a condition holds; then this was told since the last time."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.05)
        while method not in self.heard:
            assert time.monotonic() < end
            self.ask("ping")
        self.heard.clear()


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


# Another configuration while it serves.


def test_an_edited_configuration_is_lived_by_at_once(home: Path) -> None:
    config = home / "config.toml"
    before = config.read_text(encoding="utf-8")
    more = f"[mcp_servers.more]\ncommand = {json.dumps(PYTHON)}\nargs = [{json.dumps(QUICK[1])}]\n"
    with serving(home) as (process, peer):
        assert "quick__echo" in peer.names()
        children = alive(home)
        config.write_text(f"{before}\n{more}", encoding="utf-8")
        peer.hears("notifications/tools/list_changed", lambda: "more__echo" in peer.names())
        config.write_text(f"{before}\n{more}enabled_tools = 7\n", encoding="utf-8")
        config.write_text(f'{before}\n{more}enabled_tools = ["echo"]\n', encoding="utf-8")
        peer.hears("notifications/tools/list_changed", lambda: "more__sleep" not in peer.names())
        assert "more__echo" in peer.names()
        config.write_text(before, encoding="utf-8")
        peer.hears("notifications/tools/list_changed", lambda: "more__echo" not in peer.names())
        assert "quick__echo" in peer.names()
        assert alive(home) == children  # nobody touched it
        assert process.stderr is not None
        told = [process.stderr.readline().decode().strip()]
        while told[-1] and "removed" not in told[-1]:
            told.append(process.stderr.readline().decode().strip())
        assert [line for line in told if line.startswith("config.toml")] == [
            f"config.toml changed: {what} more" for what in ("added", "changed", "removed")
        ]
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda text: text + "\n[mcp_servers.half\n", "has an error; what runs is kept"),
        (lambda text: text.replace("servers = [", "servers = 7 #"), "gateway.groups.work"),
        (lambda text: text.replace("command = ", "url = 'http://x'\ncommand = ", 1), "url is not supported"),
    ],
    ids=["no TOML", "a wrong group", "a wrong server"],
)
def test_a_broken_edit_says_one_line_and_changes_nothing(home: Path, edit: Any, said: str) -> None:
    config = home / "config.toml"
    before = config.read_text(encoding="utf-8")
    with serving(home) as (process, peer):
        assert "quick__echo" in peer.names()
        children = alive(home)
        assert process.stderr is not None
        config.write_text(edit(before), encoding="utf-8")
        while said not in (line := process.stderr.readline().decode()):
            assert line
        assert "config.toml" in line
        assert "quick__echo" in peer.names()
        config.write_text(f"# mended\n{before}\n[mcp_servers.gone]\ncommand = 'x'\n", encoding="utf-8")
        while "added gone" not in (line := process.stderr.readline().decode()):
            assert line
            assert said not in line
        assert alive(home) == children
        assert peer.ask("tools/call", name="quick__echo", arguments={"text": "x"})
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def test_over_http_too(home: Path) -> None:
    config = home / "config.toml"
    before = config.read_text(encoding="utf-8")
    words = ("serve", "--http", "127.0.0.1:0", "--no-token")
    with starting(*words, home=home, stdin=subprocess.DEVNULL) as process:
        assert process.stderr is not None
        url = ""
        while not url.startswith("http://"):
            url = process.stderr.readline().decode().strip()
        assert status_of(f"{url}/other") == 404
        other = before.replace("[mcp_servers.missing]", "[mcp_servers.other]")
        config.write_text(other + '[gateway.groups.late]\nservers = ["other"]\n', encoding="utf-8")
        while "added other; removed missing" not in process.stderr.readline().decode():
            pass
        assert status_of(f"{url}/other") != 404
        assert status_of(f"{url}/group/late") != 404
        assert status_of(f"{url}/missing") == 404
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def status_of(url: str) -> int:
    """The status of a request there."""
    request = urllib.request.Request(url, data=b"{}", method="POST")
    request.add_header("content-type", "application/json")
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(
    ("table", "said"),
    [("enabled = false", "is disabled"), ("url = 'http://x'", "cannot start")],
    ids=["disabled", "invalid"],
)
def test_one_server_that_cannot_start_is_refused(home: Path, table: str, said: str) -> None:
    config = home / "config.toml"
    config.write_text(f"[mcp_servers.one]\ncommand = 'x'\n{table}\n", encoding="utf-8")
    done = jackfield("serve", "one", home=home)
    assert done.status == 2
    assert said in done.err
    assert "Traceback" not in done.err
