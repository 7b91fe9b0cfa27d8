"""Residents that are killed, hang, are of another version or none at all; real processes, each bounded."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.resident import wire
from services.resident.place import PACKAGE
from tests.app.command_line.connect_stage import quick
from tests.app.command_line.resident_stage import Home, children, eventually
from tests.support.places import ROOT
from tests.support.processes import alive
from tests.support.work import PATIENCE

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home whose resident a test may do anything to."""
    home = Home(tmp_path)
    yield home
    home.end()


def test_a_resident_that_is_killed_is_replaced(home: Home) -> None:
    pid = home.begin()
    home("call", "kept", "echo", "text=a")
    (server,) = home.pids()
    helpers = children(pid)
    os.kill(pid, signal.SIGKILL)
    assert home.socket.exists()
    assert home("call", "kept", "echo", "text=b").out == "b\n"  # by itself; and one is left behind
    eventually(lambda: not [one for one in (server, *helpers) if alive(one)])
    eventually(lambda: home.status().get("servers"))
    assert home.status()["pid"] != pid


def test_without_the_keeper_of_its_servers_a_resident_ends(home: Home) -> None:
    pid = home.begin()
    home("call", "kept", "echo", "text=a")
    (server,) = home.pids()
    (keeper,) = (one for one in children(pid) if server in descendants(one))
    with home.starting("call", "kept", "sleep", "seconds=60") as process:
        eventually(lambda: home.status()["commands"] == 1)
        os.kill(keeper, signal.SIGKILL)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 4, err
    assert b"the resident ended" in err
    eventually(lambda: not alive(pid) and not alive(server))


def test_a_resident_that_hangs_costs_two_seconds(home: Home) -> None:
    pid = home.begin()
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    assert home("call", "kept", "echo", "text=a").out == "a\n"
    assert time.monotonic() - began < PATIENCE
    assert home("resident", "status").status == 1
    assert home("resident", "stop").status == 0
    assert not alive(pid)


@pytest.fixture
def stopped(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    """A command that Ctrl+Z has stopped under a resident."""
    home.begin()
    with home.starting("call", "kept", "sleep", "seconds=60", start_new_session=True) as process:
        eventually(lambda: home.status()["commands"] == 1)
        process.send_signal(signal.SIGTSTP)
        eventually(lambda: state(process.pid) == "T")
        (worker,) = (one for one in children(home.status()["pid"]) if state(one) == "T")
        home.seen.add(worker)
        yield process
        process.kill()
        process.communicate(timeout=30)


def test_a_stopped_command_whose_client_is_killed_ends(home: Home, stopped: subprocess.Popen[bytes]) -> None:
    stopped.kill()
    eventually(lambda: home.status()["commands"] == 0)
    pid = home.status()["pid"]
    eventually(lambda: not [one for one in children(pid) if state(one) == "T"])


@pytest.mark.parametrize("word", ["stop", "start"])
def test_a_resident_that_leaves_under_a_stopped_command_is_found(
    home: Home, stopped: subprocess.Popen[bytes], word: str
) -> None:
    pid = home.status()["pid"]
    leave(home)
    done = home("resident", "status")
    assert (done.status, f"(process {pid})" in done.err) == (1, True), done.err
    done = home("resident", word)
    assert done.status == 0, done.err
    assert not [one for one in home.seen if alive(one) and one != home.status().get("pid")]
    assert bool(home.status()) == (word == "start")


def leave(home: Home) -> None:
    """Tell the resident to leave, as a command of another version does."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(home.socket))
        wire.receive(sock)
        wire.send(sock, b"leave")
    eventually(lambda: not home.socket.exists())


def state(pid: int) -> str:
    """R, S, T and so on, as `ps` has them."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # it has ended since it was listed
        return ""


def test_of_many_that_start_at_once_one_stays(home: Home) -> None:
    starting = [home.starting("resident", "start") for _ in range(4)]
    for process in starting:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    log = (home.folder / "logs" / "jackfield-resident.log").read_text("utf-8")
    assert log.count("started as process") == 1
    assert f"started as process {home.status()['pid']} " in log


def test_a_resident_of_another_version_is_told_to_leave(home: Home) -> None:
    home.socket.parent.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(home.socket))
        old.listen()
        with home.starting("call", "kept", "echo", "text=a") as process:
            old.settimeout(30)
            conn, _ = old.accept()
            with conn:
                wire.send(conn, wire.PROTOCOL, b"0.0.0", os.fsencode(PACKAGE), b"%d" % os.getpid())
                assert wire.receive(conn) == [b"leave"]
            out, _ = process.communicate(timeout=30)
            assert out == b"a\n"
    eventually(lambda: home.status().get("version"))  # the command has left another one behind


@pytest.mark.parametrize("hello", [b"", b"\0\0\0\x05hello", b"\xff" * 100, b"\0\0\0\x20half"])
def test_whoever_else_answers_there_is_not_believed(home: Home, hello: bytes) -> None:
    home.socket.parent.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(home.socket))
        other.listen()
        with home.starting("call", "plain", "echo", "text=a") as process:
            other.settimeout(30)
            conn, _ = other.accept()
            with conn:
                conn.sendall(hello)
            out, _ = process.communicate(timeout=30)
            assert out == b"a\n"
    home.socket.unlink()


def test_a_directory_that_others_may_enter_is_not_used(home: Home) -> None:
    home.begin()
    home.socket.parent.chmod(0o755)
    assert home("call", "plain", "echo", "text=a").out == "a\n"
    home.socket.parent.chmod(0o700)
    assert not home.pids()
    assert home("call", "plain", "echo", "text=a").out == "a\n"
    assert len(home.pids()) == 1


def test_what_stands_in_the_socket_is_no_secret(home: Home) -> None:
    home.write(kept=quick(more='keep_alive = true\nenv = { API_KEY = "s3cr3t-value" }'))
    home.begin()
    home("call", "kept", "echo", "text=a")
    told = json.dumps(home.status())
    assert "s3cr3t" not in told
    for pid in home.seen:
        if alive(pid):
            assert b"s3cr3t" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    assert home.socket.stat().st_mode & 0o777 == 0o600
    assert home.socket.parent.stat().st_mode & 0o777 == 0o700
    logs = "".join(path.read_text("utf-8") for path in (home.folder / "logs").iterdir())
    assert "started as process" in logs
    assert "s3cr3t" not in logs


def test_what_a_server_nests_deeply_arrives_as_without_it(home: Home) -> None:
    deep = '{"a":' * 880 + "{}" + "}" * 880
    tools = f'{{"name": "echo", "inputSchema": {{"type": "object", "x": {deep}}}}}'
    result = f'{{"content": [], "structuredContent": {deep}}}'
    answers = {
        "tools/list": {"raw": f'{{"jsonrpc": "2.0", "id": ID, "result": {{"tools": [{tools}]}}}}\n'},
        "tools/call": {"raw": f'{{"jsonrpc": "2.0", "id": ID, "result": {result}}}\n'},
    }
    command = [sys.executable, str(ROOT / "tests" / "servers" / "odd.py"), json.dumps(answers)]
    home.write(deep=f"command = {json.dumps(command[0])}\nargs = {json.dumps(command[1:])}")
    home.begin()
    for words in (["tools", "deep"], ["tools", "deep", "--json"], ["call", "deep", "echo", "text=a"]):
        cold, warm = home(*words, "--cold"), home(*words)
        assert (warm.status, warm.data) == (cold.status, cold.data) == (0, warm.data), warm.err
    assert len(home.pids()) == 1


def descendants(pid: int) -> set[int]:
    found = children(pid)
    return found.union(*(descendants(child) for child in found))


def test_where_none_runs_all_that_is_asked_is_answered(home: Home) -> None:
    done = home("resident", "status")
    assert (done.status, done.err) == (1, "No resident runs.\n")
    assert json.loads(home("resident", "status", "--json").out) == {"running": False, "sessions": []}
    done = home("resident", "stop")
    assert (done.status, done.err) == (0, "No resident runs.\n")
