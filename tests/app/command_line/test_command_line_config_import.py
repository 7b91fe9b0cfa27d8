"""`jackfield mcp import`: what it shows, what it asks, what it adds."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from app.command_line.terminal import output
from tests.app.command_line.servers_stage import CommandLine

if TYPE_CHECKING:
    from pathlib import Path

TIME = {"command": "uvx", "args": ["mcp-server-time"]}
CURSOR = {
    "time": TIME,
    "figma": {"command": "npx", "args": ["figma", "--api-key=figd_geheim"], "env": {"API_KEY": "geheim99"}},
    "socket": {"type": "ws", "url": "ws://example.com"},
    "my docs": {"url": "https://example.com/mcp", "headers": {"Authorization": "Bearer ${env:TOKEN}"}},
}


@pytest.fixture
def jackfield(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    for name in ("home", "user", "project"):
        (tmp_path / name).mkdir()
    for name in ("XDG_CONFIG_HOME", "CODEX_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "user"))
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "project")
    return CommandLine(tmp_path / "home", capsys)


@pytest.fixture
def cursor(tmp_path: Path) -> Path:
    return written(tmp_path / "user" / ".cursor" / "mcp.json", {"mcpServers": CURSOR})


def written(path: Path, data: Any) -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def test_a_dry_run_shows_and_writes_nothing(jackfield: CommandLine, cursor: Path) -> None:
    done = jackfield("mcp", "import", "--dry-run")
    assert done.status == 0
    assert done.out.splitlines() == [
        f"Cursor  {cursor}",
        "  add   time     uvx mcp-server-time",
        "  add   figma    npx figma --api-key=*****",
        "        env.API_KEY is a secret in plain text and would be copied as it is",
        "        args[1] is a secret in plain text and would be copied as it is",
        "  add   my-docs  https://example.com/mcp",
        "        renamed: 'my docs' cannot be a name here",
        "  skip  socket   WebSocket is not an MCP transport",
        "",
        f"3 servers would be added to {jackfield.file}.",
    ]
    assert "geheim" not in done.out + done.err
    assert not jackfield.file.exists()


def test_keys_about_all_servers_are_named(jackfield: CommandLine, tmp_path: Path) -> None:
    text = 'mcp_oauth_callback_port = 4321\n[mcp_servers.a]\ncommand = "sh"\n'
    written(tmp_path / "user" / ".codex" / "config.toml", text)
    done = jackfield("mcp", "import", "--dry-run", "--from", "codex")
    assert "  mcp_oauth_callback_port = 4321 is about all servers and is not imported" in done.out


def test_it_adds_after_a_yes_and_only_once(jackfield: CommandLine, cursor: Path) -> None:
    done = jackfield("mcp", "import", "--yes", str(cursor))
    assert done.status == 0
    assert done.out.endswith(
        "Added MCP server 'time'.\nAdded MCP server 'figma'.\nAdded MCP server 'my-docs'.\n"
    )
    assert 'http_headers = { Authorization = "Bearer ${TOKEN}" }' in jackfield.text
    before = jackfield.text
    again = jackfield("mcp", "import", "--yes")
    assert "  keep  time     is configured already\n" in again.out
    assert again.out.endswith("There is nothing to add.\n")
    assert (again.status, jackfield.text) == (0, before)


def test_names_that_are_taken_are_changed(jackfield: CommandLine, cursor: Path, tmp_path: Path) -> None:
    jackfield.write('[mcp_servers.time]\ncommand = "mine"\n')
    written(tmp_path / "user" / ".gemini" / "settings.json", {"mcpServers": {"time": {"command": "other"}}})
    done = jackfield("mcp", "import", "--yes")
    assert "  add   time-2   uvx mcp-server-time\n" in done.out
    assert "        renamed: there is a server 'time' already\n" in done.out
    assert "  add   time-3  other\n" in done.out
    assert 'command = "mine"' in jackfield.text
    assert "is configured already as time-2" in jackfield("mcp", "import", "--dry-run").out


def test_without_anybody_to_ask_nothing_is_added(jackfield: CommandLine, cursor: Path) -> None:
    done = jackfield("mcp", "import", str(cursor))
    assert done.status == output.FAILED
    assert "--yes adds" in done.err
    assert not jackfield.file.exists()


@pytest.mark.parametrize(("reply", "added"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_it_asks(
    jackfield: CommandLine, cursor: Path, monkeypatch: pytest.MonkeyPatch, reply: str, added: bool
) -> None:
    terminal = io.StringIO(reply)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    done = jackfield("mcp", "import", str(cursor))
    assert f"Add 3 servers to {jackfield.file}? [y/N]" in done.err
    assert jackfield.file.exists() is added
    assert done.status == (0 if added else output.FAILED)
    if not added:
        assert done.out.endswith("Nothing was added.\n")


def test_one_file_that_cannot_be_read_does_not_stop_the_others(
    jackfield: CommandLine, cursor: Path, tmp_path: Path
) -> None:
    written(tmp_path / "user" / ".codex" / "config.toml", "[mcp_servers.\n")
    written(tmp_path / "project" / ".mcp.json", {"mcpServers": {"here": {"command": "sh"}}})
    done = jackfield("mcp", "import", "--dry-run")
    assert "Warning: " in done.err
    assert "not TOML: line 1" in done.err
    assert "Claude  " in done.out
    assert "4 servers would be added" in done.out
    only = jackfield("mcp", "import", "--dry-run", "--from", "claude")
    assert "1 server would be added" in only.out
    assert only.err == ""


def test_a_server_that_would_be_invalid_is_left_out(jackfield: CommandLine, tmp_path: Path) -> None:
    file = written(
        tmp_path / ".codex" / "config.toml",
        '[mcp_servers.a]\ncommand = "x"\nurl = "http://b"\n[mcp_servers.b]\ncommand = "sh"\n',
    )
    done = jackfield("mcp", "import", "--yes", str(file))
    assert "  skip  a  url is not supported for stdio" in done.out
    assert "mcp_servers.a" not in jackfield.text
    assert "[mcp_servers.b]" in jackfield.text


def test_an_input_that_nobody_can_be_asked_for_is_said(jackfield: CommandLine, tmp_path: Path) -> None:
    server = {"type": "stdio", "command": "sh", "env": {"KEY": "${input:figma-key}"}}
    inputs = [{"id": "figma-key", "type": "promptString", "description": "Figma key", "password": True}]
    file = written(tmp_path / ".vscode" / "mcp.json", {"servers": {"a": server}, "inputs": inputs})
    done = jackfield("mcp", "import", "--yes", str(file))
    assert "  asks  figma-key: Figma key\n" in done.out
    assert done.err == "Note: input figma-key has no answer: jackfield mcp input set figma-key\n"
    assert 'env = { KEY = "${input:figma-key}" }' in jackfield.text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "no configuration file of another program was found"),
        (["--from", "goose"], "no configuration file of goose was found"),
        (["nowhere.json"], "there is no file nowhere.json"),
    ],
)
def test_nothing_to_import_is_an_error(jackfield: CommandLine, words: list[str], message: str) -> None:
    done = jackfield("mcp", "import", *words)
    assert done.status != 0
    assert message in done.err
    assert not jackfield.file.exists()


def test_hostile_names_are_shown_in_one_printable_line(jackfield: CommandLine, tmp_path: Path) -> None:
    file = written(tmp_path / "mcp.json", {"mcpServers": {"a\x1b]0;x\x07\nb": {"command": "x\x1b[2J\ny"}}})
    done = jackfield("mcp", "import", "--dry-run", str(file))
    assert not {"\x1b", "\x07"} & set(done.out)
    assert "1 server would be added" in done.out
