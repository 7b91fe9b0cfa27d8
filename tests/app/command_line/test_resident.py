"""Commands through a resident: the same as without one, and faster; real processes, each bounded."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.app.command_line.connect_stage import quick, run_here
from tests.app.command_line.resident_stage import RUN, Home, eventually
from tests.services.model.wire import KEY, TEXT, provider

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
    eventually(lambda: [one["state"] for one in home.status().get("servers", ())] == ["ready"])
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


def test_what_only_this_process_has_is_used_here(warm: Home) -> None:
    reading, writing = os.pipe()
    os.write(writing, b'{"text": "from a pipe of the shell"}')
    os.close(writing)
    with warm.starting(
        *("call", "kept", "echo", "--args", f"@/dev/fd/{reading}"), pass_fds=(reading,)
    ) as process:
        out, _ = process.communicate(timeout=60)
    os.close(reading)
    assert out == b"from a pipe of the shell\n"


def test_a_model_uses_servers_that_are_kept(warm: Home) -> None:
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
