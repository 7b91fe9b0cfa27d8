"""Commands through a resident: the same as without one, and faster; real processes, each bounded."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from services.resident import wire
from services.resident.place import PACKAGE
from tests.app.command_line.connect_stage import quick, run_here
from tests.app.command_line.resident_stage import RUN, Home, children, eventually
from tests.services.model.wire import KEY, TEXT, provider
from tests.support.processes import alive

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")

HEAVY = {"click", "asyncio", "pydantic", "typing", "re", "enum", "socket", "json", "pathlib", "threading"}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home whose resident a test may do anything to."""
    home = Home(tmp_path)
    yield home
    home.end()


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home with a resident that keeps its server, for tests that only use it."""
    home = Home(tmp_path_factory.mktemp("warm"))
    home.begin()
    assert home("call", "kept", "echo", "text=a").out == "a\n"
    yield home
    assert len(home.pids()) == 1  # the one that was started first
    home.end()


def test_a_server_that_says_so_is_kept_from_its_first_command_on(home: Home) -> None:
    assert home("call", "plain", "echo", "text=a").out == "a\n"
    assert not home.status()
    assert home("call", "kept", "echo", "text=a").out == "a\n"
    eventually(lambda: home.status().get("servers") and home.status()["servers"][0]["state"] == "ready")
    (pid,) = home.pids()
    assert home("call", "kept", "echo", "text=b").out == "b\n"
    assert home("tools", "kept").out == home("tools", "kept", "--cold").out
    assert home("call", "plain", "echo", "text=c").out == "c\n"  # by the resident, over a server of its own
    assert home.pids() == [pid]
    assert home("resident", "start").status == 0
    assert home("call", "plain", "echo", "text=c").out == "c\n"
    assert len(home.pids()) == 2
    assert pid in home.pids()


def test_the_thin_client_imports_next_to_nothing(warm: Home) -> None:
    code = (
        "import atexit, sys\n"
        "before = set(sys.modules)\n"
        "atexit.register(lambda: sys.stderr.write(' '.join(set(sys.modules) - before)))\n" + RUN
    )
    import subprocess

    done = subprocess.run(
        [sys.executable, "-S", "-c", code, "call", "kept", "echo", "text=a"],
        env=warm.environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "a\n"), done.stderr
    imported = set(done.stderr.split())
    assert {name for name in imported if name.startswith("services.")} == {
        "services.resident",
        *(f"services.resident.{name}" for name in ("client", "place", "wire")),
        "services.version",
    }
    assert {name.partition(".")[0] for name in imported} & HEAVY == set()


SAME = [
    ["call", "kept", "echo", "text=ä ✓"],
    ["call", "kept", "echo", "text=a", "--json"],
    ["call", "kept.echo", "text=a"],
    ["call", "kept", "nothing"],
    ["call", "kept", "echo", "txt=a"],
    ["call", "kept"],
    ["call", "nobody", "echo", "text=a"],
    ["call", "kept", "rpc_error", "code=-32050", "message=no", "--json"],
    ["call", "kept", "bad_result", "kind=not_object"],
    ["call", "kept", "ask", "mode=form"],
    ["call", "kept", "ask", "mode=form", "--decline"],
    ["call", "kept", "ask", "mode=form", "--accept-defaults"],
    ["call", "kept", "sleep", "seconds=9", "--timeout", "0.3"],
    ["call", "kept", "structured"],
    ["read", "kept", "quick://picture"],
    ["read", "kept", "quick://nothing"],
    ["prompt", "kept", "greet", "name=Ann", "tone=warm"],
    ["prompt", "kept", "greet"],
    ["prompts", "kept"],
    ["resources", "kept", "--json"],
    ["templates", "kept"],
    ["skills", "kept"],
    ["--strict", "tools", "kept"],
    ["ask", "hello"],
]


@pytest.mark.parametrize("words", SAME, ids=" ".join)
def test_everything_is_as_without_it(
    warm: Home, words: list[str], monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    done = warm(*words)
    monkeypatch.setenv("JACKFIELD_HOME", str(warm.folder))
    monkeypatch.setenv("NO_COLOR", "")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    cold = run_here([*words, "--cold"], capfdbinary)
    assert (done.status, done.data, done.err) == (cold.status, cold.data, cold.err)


def test_standard_input_is_lent_too(warm: Home) -> None:
    done = warm("call", "kept", "echo", "--args", "-", stdin=b'{"text": "from a pipe"}')
    assert done.out == "from a pipe\n"


def test_a_model_uses_servers_that_are_kept(warm: Home, tmp_path: Path) -> None:
    kept = warm.folder / "config.toml"
    with provider() as there:
        there.call = ("mcp__kept__echo", {"text": "hi there"})
        model = (
            f'provider = "openai-chat"\nname = "gpt-4o"\nbase_url = "{there.url}/v1"\napi_key_env_var = "KEY"'
        )
        before = kept.read_text("utf-8")
        kept.write_text(f"{before}\n[model]\n{model}\n", encoding="utf-8")
        words = ("ask", "what", "now?", "--server", "kept", "--approve", "all")
        done = warm(*words, environ={"KEY": KEY})
        kept.write_text(before, encoding="utf-8")
        assert (done.status, done.out.strip()) == (0, TEXT), done.err
        assert "hi there" in json.dumps(there.bodies[1])


def test_files_land_where_the_command_was_given(home: Home, tmp_path: Path) -> None:
    home.write(here=quick(more="keep_alive = true"))
    home.begin()
    folder = tmp_path / "folder"
    folder.mkdir()
    assert home("read", "here", "quick://picture", "--save", "out", cwd=folder).status == 0
    assert [path.parent.name for path in folder.rglob("*.png")] == ["out"]


def test_other_directories_and_variables_have_servers_of_their_own(home: Home, tmp_path: Path) -> None:
    home.write(kept=quick(more='keep_alive = true\nenv_vars = ["NAMED"]'))
    home.begin()
    calls: list[dict[str, Any]] = [
        {"environ": {"NAMED": "1"}},
        {"environ": {"NAMED": "2"}},
        {"environ": {"NAMED": "1"}, "cwd": tmp_path},
    ]
    for _ in range(2):
        for circumstances in calls:
            assert home("call", "kept", "echo", "text=a", **circumstances).out == "a\n"
    assert len(home.pids()) == 3
    # Another file, and the same server with other settings.
    other = tmp_path / "other.toml"
    other.write_text((tmp_path / "config.toml").read_text("utf-8"), encoding="utf-8")
    assert home("--config", str(other), "call", "kept", "echo", "text=a", **calls[0]).out == "a\n"
    assert len(home.pids()) == 4
    home.write(kept=quick("--tools", "1", more='keep_alive = true\nenv_vars = ["NAMED"]'))
    assert home("call", "kept", "filler_1", **calls[0]).status == 0
    assert len(home.pids()) == 4


def test_another_home_is_not_answered(warm: Home, tmp_path: Path) -> None:
    folder = tmp_path / "another"
    folder.mkdir()
    done = warm("call", "kept", "echo", "text=a", environ={"JACKFIELD_HOME": str(folder)})
    assert done.status == 2
    assert "No MCP server named 'kept'" in done.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_cancels_the_call_and_nothing_else(warm: Home, number: signal.Signals) -> None:
    with warm.starting("call", "kept", "sleep", "seconds=60") as process:
        eventually(lambda: warm.status()["commands"] == 1)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert b"Cancelled" in err
    assert warm.status()["commands"] == 0
    assert warm("call", "kept", "echo", "text=a").out == "a\n"


def test_a_client_that_is_killed_leaves_no_call(warm: Home) -> None:
    with warm.starting("call", "kept", "sleep", "seconds=60") as process:
        eventually(lambda: warm.status()["commands"] == 1)
        process.kill()
        process.communicate(timeout=30)
    eventually(lambda: warm.status()["commands"] == 0)


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
    assert time.monotonic() - began < 20
    assert home("resident", "status").status == 1
    assert home("resident", "stop").status == 0
    assert not alive(pid)


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
                wire.send(conn, wire.PROTOCOL, b"0.0.0", os.fsencode(PACKAGE), b"1")
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
    assert home.status()["servers"] == []
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


def descendants(pid: int) -> set[int]:
    found = children(pid)
    return found.union(*(descendants(child) for child in found))
