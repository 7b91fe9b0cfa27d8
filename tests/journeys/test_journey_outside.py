"""Commands of a shell while a session is open: they use its servers, and the session says so in a line."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Self

import pytest

from tests.journeys.conftest import PROGRAM, quick, table
from tests.support.places import ROOT
from tests.support.processes import alive
from tests.support.waiting import wait_until
from tests.support.work import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.conftest import Desk
    from tests.journeys.terminal import Terminal

MARKS = itertools.count(1)
"""What tells the end of one command from that of another."""
CALLED = re.compile(r"jackfield call \(process \d+\) called one\.echo: ")


HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "a client that answers nothing", "version": "1"},
}


class Client:
    """An MCP client of `jackfield serve`, with nobody to ask."""

    def __init__(self, desk: Desk) -> None:
        self._process = subprocess.Popen(
            [*PROGRAM, "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=desk.environment(),
            cwd=desk.work,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()

    def send(self, **message: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self._process.stdin.flush()

    def answer(self, id: int) -> dict[str, Any]:
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            message: dict[str, Any] = json.loads(line)
            if message.get("id") == id and "method" not in message:
                return message
        raise AssertionError("the gateway ended")


def demo(**keys: object) -> str:
    return table("demo", command=sys.executable, args=["-m", "services.demo"], cwd=str(ROOT), **keys)


def opened(desk: Desk, count: int = 1) -> Terminal:
    """A session whose servers are ready, and that lets commands in."""
    session = desk.jackfield()
    session.wait_for(f"{count} ready")
    wait_until(lambda: len(sockets(desk, session.pid)) == 1, "the session lets commands in")
    return session


def sockets(desk: Desk, pid: int) -> list[Path]:
    return list(desk.runtime.glob(f"jackfield/*-{pid}.open"))


def run(shell: Terminal, words: str, status: int = 0) -> str:
    """A command to its end; the screen of the shell."""
    mark = f"end-{next(MARKS)}"
    shell.type(f"clear; jackfield {words}; echo {mark}=$?").press("Enter")
    screen = shell.wait_for(lambda text: re.search(rf"^{mark}=\d+$", text, re.MULTILINE) is not None)
    assert f"{mark}={status}\n" in screen, screen
    return screen


def takes_keys(screen: str) -> bool:
    """Whether the question has the keys; else it says which key gives it them."""
    return "^s accept" in screen and "^o answer" not in screen


def servers(path: Path) -> list[int]:
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


def test_a_command_uses_the_server_of_the_session(desk: Desk, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    desk.configure(quick("one", "--grandchild", "--pid-file", str(pids)))
    session, shell = opened(desk), desk.shell()
    (server,) = servers(pids)
    assert "hello" in run(shell, "call one echo text=hello")
    session.wait_for(
        lambda text: re.search(r"jackfield call \(process \d+\) called one\.echo: ", text) is not None
    )
    assert "quick://text" in run(shell, "resources one")
    run(shell, "read one quick://text")
    session.wait_for("read one quick://text")
    assert servers(pids) == [server]
    assert "cold" in run(shell, "call one echo text=cold --cold")
    assert len(servers(pids)) == 2  # one of its own
    assert session.screen.count("called one.echo") == 1
    session.type("/quit").press("Enter")
    assert session.wait_exit() == 0
    assert sockets(desk, session.pid) == []
    assert "after" in run(shell, "call one echo text=after")
    assert len(servers(pids)) == 3


@pytest.mark.parametrize("era", ["legacy", "2026-07-28"])
def test_a_question_waits_in_the_session_with_the_name_of_the_command(desk: Desk, era: str) -> None:
    desk.configure(demo(protocol=era))
    session, shell = opened(desk), desk.shell()
    shell.type("clear; jackfield call demo ask form=short; echo status=$?").press("Enter")
    asked = session.wait_for("Please fill in your details")
    assert re.search(r"demo asks for jackfield call \(process \d+\)", asked), asked
    shell.wait_for(f"it waits in the open session (process {session.pid})")
    session.wait_for(takes_keys)
    session.type("Bob").press("Ctrl+S")
    done = shell.wait_for("status=0")
    assert '"name": "Bob"' in done
    session.wait_for("called demo.ask: ")


def test_ctrl_c_takes_the_question_back(desk: Desk) -> None:
    desk.configure(demo())
    session, shell = opened(desk), desk.shell()
    shell.type("clear; jackfield call demo ask form=short; echo status=$?").press("Enter")
    session.wait_for("Please fill in your details")
    shell.press("Ctrl+C")
    shell.wait_for("status=130")
    session.wait_gone("demo asks")
    session.wait_for("cancelled after")


def test_a_failure_is_that_of_any_command(desk: Desk) -> None:
    desk.configure(quick("one"))
    session, shell = opened(desk), desk.shell()
    run(shell, "call one rpc_error code=-32050 message=no", 1)
    session.wait_for("called one.rpc_error: failed after")
    run(shell, "call one nothing", 2)
    shell.type("clear; jackfield call one ask; echo status=$?").press("Enter")
    session.wait_for("one asks for jackfield call")
    session.signal(signal.SIGTERM)
    seen = "status=4", "the open session ended under the command", "--cold"
    shell.wait_for(lambda screen: all(text in screen for text in seen))


def test_what_differs_is_not_shared(desk: Desk, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    desk.configure(quick("one", "--grandchild", "--pid-file", str(pids)))
    session, shell = opened(desk), desk.shell()
    run(shell, "call one echo text=a")
    shell.type("mkdir elsewhere; cd elsewhere").press("Enter")
    run(shell, "call one echo text=b")  # a relative path would mean another file there
    shell.type("cd ..").press("Enter")
    run(shell, "call one ask --decline")  # the command answers by itself
    assert len(servers(pids)) == 3
    assert session.screen.count("called one.") == 1
    session.signal(signal.SIGSTOP)
    run(shell, "call one echo text=c")
    session.signal(signal.SIGCONT)
    assert len(servers(pids)) == 4


def test_it_can_be_switched_off(desk: Desk, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    table = quick("one", "--grandchild", "--pid-file", str(pids))
    desk.configure(table)
    session, shell = opened(desk), desk.shell()
    desk.configure(table, "[resident]\nopen_session = false\n")
    wait_until(lambda: bool(run(shell, "call one echo text=a")) and len(servers(pids)) > 1, "it was read")
    before = session.screen.count("called one.echo")
    run(shell, "call one echo text=b")
    assert session.screen.count("called one.echo") == before and len(servers(pids)) > 2


def test_one_that_was_killed_leaves_nothing_in_the_way(desk: Desk, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    desk.configure(quick("one", "--grandchild", "--pid-file", str(pids)))
    session, shell = opened(desk), desk.shell()
    session.signal(signal.SIGKILL)
    session.wait_exit()
    assert len(sockets(desk, session.pid)) == 1
    assert "hello" in run(shell, "call one echo text=hello")
    assert sockets(desk, session.pid) == []
    wait_until(lambda: not [pid for pid in servers(pids) if alive(pid)], "the servers are gone")


def test_the_resident_uses_it_too_and_keeps_on_after_it(desk: Desk, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    desk.configure(quick("one", "--grandchild", "--pid-file", str(pids), keep_alive=True))
    session, shell = opened(desk), desk.shell()
    try:
        run(shell, "call one echo text=a")  # leaves a resident behind
        run(shell, "resident start")
        run(shell, "call one echo text=b")
        session.wait_for(lambda text: text.count("called one.echo") == 2)
        assert len(servers(pids)) == 1
        session.type("/quit").press("Enter")
        session.wait_exit()
        assert "c" in run(shell, "call one echo text=c")
        run(shell, "call one echo text=d")
        assert len(servers(pids)) == 2
    finally:
        run(shell, "resident stop")


def test_nobody_else_comes_in(desk: Desk) -> None:
    desk.configure(quick("one"))
    session = opened(desk)
    (socket,) = sockets(desk, session.pid)
    assert socket.stat().st_mode & 0o777 == 0o600
    assert socket.parent.stat().st_mode & 0o777 == 0o700
    assert socket.parent.stat().st_uid == os.getuid()


def test_a_question_of_the_gateway_waits_in_the_session_where_its_client_cannot_answer(desk: Desk) -> None:
    desk.configure(demo())
    session = opened(desk)
    with Client(desk) as client:
        client.send(id=1, method="initialize", params=HELLO)
        client.answer(1)
        client.send(method="notifications/initialized")
        call = {"name": "demo__ask", "arguments": {"form": "short"}}
        client.send(id=2, method="tools/call", params=call)
        asked = session.wait_for("Please fill in your details")
        assert re.search(r"demo asks for jackfield serve \(process \d+\)", asked), asked
        session.wait_for(takes_keys)
        session.type("Bob").press("Ctrl+S")
        assert "Bob" in json.dumps(client.answer(2)["result"]["content"])
        session.type("/quit").press("Enter")
        assert session.wait_exit() == 0
        client.send(id=3, method="tools/call", params=call)
        assert client.answer(3)["result"]  # nobody is there: the server hears so at once
