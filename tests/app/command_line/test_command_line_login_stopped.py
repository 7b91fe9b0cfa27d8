"""A mistake in the keys of logins: nobody is logged in and nothing is kept, and the rest goes on."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from tests.app.command_line.login_stage import BROWSER, LoginWorld, in_thread
from tests.app.command_line.servers_stage import CommandLine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WRONG = [
    'mcp_oauth_credentials_store = "keyrung"',
    "mcp_oauth_credentials_store = 7",
    'mcp_oauth_callback_port = "5555"',
    "mcp_oauth_callback_port = 70000",
    'mcp_oauth_callback_url = "not a url"',
    "mcp_oauth_callback_url = false",
]


@pytest.fixture
def world() -> Iterator[LoginWorld]:
    with in_thread(LoginWorld()) as world:
        yield world


@pytest.fixture
def jackfield(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))
    monkeypatch.setenv("BROWSER", BROWSER)
    return CommandLine(tmp_path, capsys)


def written(jackfield: CommandLine) -> list[str]:
    return [path.name for path in jackfield.home.glob(".credentials*")]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_login_stops_before_anybody_is_asked(jackfield: CommandLine, world: LoginWorld, wrong: str) -> None:
    jackfield.write(f'{wrong}\n[mcp_servers.web]\nurl = "{world.url}"\n')
    done = jackfield("mcp", "login", "web")
    assert done.status == 2
    assert f"Error: {wrong.partition(' ')[0]} " in done.err
    assert "no credentials are written" in done.err
    assert written(jackfield) == []
    assert jackfield("mcp", "list").status == 0


@pytest.mark.parametrize("command", [("mcp", "input", "set", "key"), ("model", "login")])
def test_nothing_else_is_written_either(
    jackfield: CommandLine, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    jackfield.write(
        f'{WRONG[0]}\n[mcp_servers.a]\ncommand = "true"\nargs = ["${{input:key}}"]\n'
        '[model]\nprovider = "openai"\nname = "gpt"\n'
    )
    monkeypatch.setattr("sys.stdin", io.StringIO("geheim\n"))
    done = jackfield(*command)
    assert (done.status, "keyrung" in done.err) == (2, True)
    assert written(jackfield) == []


def test_what_is_kept_is_used_but_not_renewed(jackfield: CommandLine, world: LoginWorld) -> None:
    jackfield.write(
        f'mcp_oauth_credentials_store = "file"\n[mcp_servers.web]\nurl = "{world.url}"\n',
    )
    assert jackfield("mcp", "login", "web").status == 0
    right = jackfield.text
    jackfield.write(right.replace('store = "file"', 'store = "flie"'))
    assert jackfield("tools", "web").status == 0
    file = jackfield.home / ".credentials.json"
    entries = json.loads(file.read_text(encoding="utf-8"))
    for entry in entries.values():
        entry["expires_at"] = 1
    file.write_text(json.dumps(entries), encoding="utf-8")
    done = jackfield("tools", "web")
    assert (done.status, "flie" in done.err) == (4, True)  # the server is not reached, the login stays
    assert json.loads(file.read_text(encoding="utf-8")) == entries
    jackfield.write(right)
    assert jackfield("tools", "web").status == 0
