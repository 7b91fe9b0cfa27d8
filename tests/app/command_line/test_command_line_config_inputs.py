"""Inputs of VS Code's files: asked once, kept with the credentials, never in clear in a file."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.app.command_line.servers_stage import PATH, PROGRAM, CommandLine, in_shell
from tests.support.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

QUICK = ROOT / "tests" / "servers" / "quick.py"
VSCODE = {
    "inputs": [
        {"id": "key", "type": "promptString", "description": "The key", "password": True},
        {
            "id": "mode",
            "type": "pickString",
            "options": ["slow", {"label": "F", "value": "fast"}],
            "default": "slow",
        },
        {"id": "who", "type": "promptString", "description": "Your name", "default": "me"},
    ],
    "servers": {
        "quick": {
            "command": sys.executable,
            "args": [str(QUICK)],
            "env": {"KEY": "${input:key}", "MODE": "${input:mode}", "WHO": "${input:who}"},
        },
        "off": {"command": "sh", "args": ["${input:never-asked}"], "disabled": True},
    },
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text('mcp_oauth_credentials_store = "file"\n')
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def vscode(tmp_path: Path) -> Path:
    path = tmp_path / ".vscode" / "mcp.json"
    path.parent.mkdir()
    path.write_text(json.dumps(VSCODE), encoding="utf-8")
    return path


@pytest.fixture
def jackfield(home: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(home, capsys)


def say(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_an_answer_from_standard_input(jackfield: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    jackfield.write(jackfield.text + '[mcp_servers.a]\ncommand = "sh"\nenv = { K = "${input:key}" }\n')
    assert jackfield("mcp", "input", "list").out.splitlines()[1].split() == ["key", "no", "answer", "a"]
    say(monkeypatch, "geheim99\nmore")
    done = jackfield("mcp", "input", "set", "key")
    assert (done.status, done.out, done.err) == (0, "Stored the answer to input key.\n", "")
    assert "answered" in jackfield("mcp", "input", "list").out
    assert "geheim99" not in jackfield.text
    say(monkeypatch, "x\n")
    assert "no server uses it. Did you mean 'key'?" in jackfield("mcp", "input", "set", "kez").err
    say(monkeypatch, "")
    assert jackfield("mcp", "input", "set", "key").status == 1
    assert jackfield("mcp", "input", "forget", "key").out == "Deleted the answer to input key.\n"
    assert jackfield("mcp", "input", "forget", "key").out == "Input key has no answer.\n"


def test_without_a_person_the_error_names_the_input(jackfield: CommandLine, vscode: Path) -> None:
    done = jackfield("--config", str(vscode), "call", "quick", "echo", "text=x")
    assert (done.status, done.out) == (2, "")
    assert "input key has no answer" in done.err
    assert f"Answer it once: jackfield --config {vscode} mcp input set key" in done.err


def test_showing_servers_asks_the_store_nothing(home: Path, vscode: Path) -> None:
    code = (
        "import atexit, json, sys\n"
        "atexit.register(lambda: sys.stderr.write('\\n' + json.dumps(sorted(sys.modules))))\n"
        "from app.__main__ import main\nmain()"
    )
    for words in (["mcp", "list"], ["mcp", "get", "quick"]):
        done = in_shell(
            "--config", str(vscode), *words, home=home, program=(sys.executable, "-c", code), cwd=home
        )
        assert done.status == 0, done.err
        assert "invalid" not in done.out
        assert not {"keyring", "services.config.inputs"} & set(json.loads(done.err.splitlines()[-1]))
    shown = in_shell("--config", str(vscode), "mcp", "get", "quick", "--json", home=home, cwd=home).json
    assert shown["transport"]["env"]["KEY"] == "${input:key}"


def test_an_import_renames_an_id_that_is_used_already(
    jackfield: CommandLine, vscode: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jackfield.write(jackfield.text + '[mcp_servers.a]\ncommand = "sh"\nenv = { K = "${input:key}" }\n')
    say(monkeypatch, "geheim99\n")
    jackfield("mcp", "input", "set", "key")
    done = jackfield("mcp", "import", "--yes", str(vscode))
    assert "  asks  key-2: The key\n" in done.out
    assert 'KEY = "${input:key-2}"' in jackfield.text
    assert "Note: input key-2 has no answer: jackfield mcp input set key-2\n" in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
@pytest.mark.parametrize("how", ["config", "import"])
def test_a_person_is_asked_once(how: str, home: Path, vscode: Path) -> None:
    from tests.journeys.terminal import Terminal

    environ = {**os.environ, "PYTHONPATH": PATH, "TERM": "xterm"}
    chosen = ["--config", str(vscode)] if how == "config" else []
    call = [*chosen, "call", "quick", "echo", "text=hello"]
    words = call if how == "config" else ["mcp", "import", "--yes", str(vscode)]
    with Terminal([*PROGRAM, *words], env=environ, cwd=home) as terminal:
        terminal.wait_for("The key")
        terminal.wait_for("value:")
        terminal.type("geheim99").press("Enter")
        terminal.wait_for("1 to 2:")
        terminal.type("3").press("Enter")
        terminal.wait_for("That is none of them.")
        terminal.type("2").press("Enter")
        terminal.wait_for("value [me]:")
        terminal.press("Enter")
        if how == "import":
            # What is typed before the hidden prompt is there is thrown away.
            terminal.wait_for(lambda screen: "value:" in screen.partition("Input never-asked")[2])
            terminal.press("Enter")
        terminal.wait_exit()
        assert b"geheim99" not in terminal.raw
    done = in_shell(*call, home=home, cwd=home)
    assert (done.status, done.out) == (0, "hello\n"), done.err
    source = vscode if how == "config" else home / "config.toml"
    from services.config.inputs import Answers

    answers = Answers(home, {})
    kept = [answers.get(name, str(source)) for name in ("key", "mode", "who", "never-asked")]
    assert kept == ["geheim99", "fast", "me", None]
    assert "geheim99" not in (home / "config.toml").read_text()
