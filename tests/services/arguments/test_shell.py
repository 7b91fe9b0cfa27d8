"""What was asked in the session, as a command for a shell: it reaches the same server and asks the same."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from app.command_line import main
from services.arguments.shell import ShellReach
from services.config import builtin
from tests.app.command_line.connect_stage import QUICK, configuration, quick

if TYPE_CHECKING:
    from pathlib import Path

BY_NAME = ShellReach()


def test_a_configured_server_is_reached_by_its_name() -> None:
    assert BY_NAME.call("demo", "echo", {}) == "jackfield call demo echo"
    assert shlex.split(BY_NAME.call("my files", "say", {"text": "it's é"})) == [
        "jackfield", "call", "my files", "say", "--args", '{"text": "it\'s é"}',
    ]  # fmt: skip
    assert BY_NAME.read("docs", "docs://a b") == "jackfield read docs 'docs://a b'"
    assert BY_NAME.prompt("demo", "explain", {"of": "two words"}) == (
        "jackfield prompt demo explain 'of=two words'"
    )
    assert BY_NAME.login("my tasks", ("a", "b")) == "jackfield mcp login 'my tasks' --scopes a,b"


def test_what_a_terminal_would_act_on_is_escaped_or_not_offered() -> None:
    assert BY_NAME.call("demo", "say", {"text": "\x9b2J\u202e"}).isprintable()
    assert BY_NAME.read("demo", "a:\u202e") == ""
    assert BY_NAME.prompt("demo", "say", {"text": "a\nb"}) == ""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))
    return tmp_path


def ran(command: str, capfd: pytest.CaptureFixture[str]) -> str:
    """What the command prints; its first word is this program."""
    name, *words = shlex.split(command)
    assert name == "jackfield"
    capfd.readouterr()
    assert main.run(words) == 0
    return capfd.readouterr().out


@pytest.mark.usefixtures("home")
def test_the_demo_is_reached_by_its_program(capfd: pytest.CaptureFixture[str]) -> None:
    reach = ShellReach(given=builtin.demo().servers[0])
    assert ran(reach.call("demo", "add", {"a": 1, "b": 2}), capfd).startswith("1 + 2 = 3\n")
    assert "Welcome" in ran(reach.read("demo", "demo://welcome"), capfd)
    assert reach.login("demo") == ""


@pytest.mark.usefixtures("home")
def test_what_run_was_given_is_reached_as_it_was_given(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSED_ON", "yes")
    reach = ShellReach(given=builtin.single(QUICK, ("PASSED_ON",)).servers[0])
    assert "--env-var PASSED_ON --" in reach.call("quick", "echo", {})
    assert ran(reach.call("quick", "echo", {"text": "hello -- you"}), capfd) == "hello -- you\n"


def test_a_file_that_was_named_is_named(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = home / "other file.toml"
    file.write_text(configuration(one=quick()), encoding="utf-8")
    assert ran(ShellReach(str(file)).call("one", "echo", {"text": "x"}), capfd) == "x\n"


def test_a_url_stands_in_the_place_of_the_name() -> None:
    reach = ShellReach(given=builtin.single(["http://127.0.0.1:1/mcp"]).servers[0])
    assert reach.call("127.0.0.1", "echo", {}) == "jackfield call http://127.0.0.1:1/mcp echo"
