"""The files of other programs. Those of Codex, Claude Code and Gemini CLI were written by them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.config.edit import add_server
from services.config.file import load
from services.config.imports.files import Draft, ForeignFile, Skipped, configuration, detect, read, renamed
from services.config.imports.places import find
from services.errors import ConfigurationError

FILES = Path(__file__).parent / "foreign_files"
HOME, PROJECT = FILES / "home", FILES / "project"
CLAUDE = HOME / ".claude.json"


def tables(foreign: ForeignFile) -> dict[str, Any]:
    return {server.name: server.table for server in foreign.servers}


def notes(foreign: ForeignFile) -> dict[str, tuple[str, ...]]:
    return {server.name: server.notes for server in foreign.servers if server.notes}


def test_all_files_are_found_where_they_are() -> None:
    found = find({"HOME": str(HOME)}, "linux", PROJECT)
    assert [(program, path.relative_to(FILES).as_posix()) for program, path in found] == [
        ("codex", "home/.codex/config.toml"),
        ("claude", "project/.mcp.json"),
        ("claude", "home/.claude.json"),
        ("claude", "home/.config/Claude/claude_desktop_config.json"),
        ("cursor", "home/.cursor/mcp.json"),
        ("vscode", "project/.vscode/mcp.json"),
        ("windsurf", "home/.codeium/windsurf/mcp_config.json"),
        ("gemini", "home/.gemini/settings.json"),
        ("opencode", "project/opencode.jsonc"),
        ("opencode", "home/.config/opencode/opencode.json"),
        ("goose", "home/.config/goose/config.yaml"),
    ]
    assert all(detect(path) == program for program, path in found)
    assert find({"HOME": str(HOME)}, "linux", PROJECT, "goose") == found[-1:]


def test_in_the_home_directory_itself_every_file_counts_once() -> None:
    found = find({"HOME": str(HOME)}, "linux", HOME)
    assert len(found) == len(set(found))
    assert ("cursor", HOME / ".cursor" / "mcp.json") in found


@pytest.mark.parametrize(
    ("platform", "variables", "folder"),
    [
        ("darwin", {}, "Library/Application Support/Claude"),
        ("win32", {"APPDATA": "Roaming"}, "Roaming/Claude"),
    ],
)
def test_files_are_found_on_every_system(
    tmp_path: Path, platform: str, variables: dict[str, str], folder: str
) -> None:
    path = tmp_path / folder / "claude_desktop_config.json"
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    environ = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    environ |= {name: str(tmp_path / value) for name, value in variables.items()}
    assert find(environ, platform, tmp_path / "p") == [("claude", path)]


def test_codex() -> None:
    found = read(HOME / ".codex/config.toml")
    assert found.program == "codex"
    assert tables(found) == {
        "time": {
            "command": "uvx",
            "args": ["mcp-server-time", "--zone", "$${ZONE}"],  # plain text to Codex, so to us
            "env": {"TZ": "UTC"},
        },
        "docs": {"url": "https://docs.example/mcp", "bearer_token_env_var": "DOCS_TOKEN"},
    }
    assert configuration(found, environ={}).servers[0].args == ("mcp-server-time", "--zone", "${ZONE}")


ENTERPRISE = """
mcp_oauth_callback_port = 4321
mcp_oauth_credentials_store = "keyring"
[mcp_enterprise_managed_auth.idp]
issuer = "https://idp.example"
client_id = "at-the-idp"
[mcp_servers.one]
url = "https://one.example/mcp"
auth = "ema_auth"
oauth = { client_id = "ours" }
[mcp_servers.own]
url = "https://own.example/mcp"
auth = "oauth"
"""


def test_enterprise_logins_of_codex(tmp_path: Path) -> None:
    file = tmp_path / ".codex" / "config.toml"
    file.parent.mkdir()
    file.write_text(ENTERPRISE, encoding="utf-8")
    found = read(file)
    idp = {"idp_issuer": "https://idp.example", "idp_client_id": "at-the-idp"}
    assert tables(found)["one"] == {
        "url": "https://one.example/mcp",
        "oauth": {"client_id": "ours", "grant": "enterprise", **idp},
    }
    (note,) = found.servers[0].notes
    assert note.endswith("it needs oauth.id_token_file or oauth.id_token_env_var")
    server = configuration(found, environ={}).servers[0]
    assert (server.invalid, server.oauth["grant"]) == ("", "enterprise")
    assert [remark.partition(" is ")[0] for remark in found.remarks] == [
        'mcp_oauth_credentials_store = "keyring"',
        "mcp_oauth_callback_port = 4321",
    ]

    file.write_text('[mcp_servers.a]\nurl = "http://a"\nauth = "ema_auth"', encoding="utf-8")
    (note,) = read(file).servers[0].notes
    assert "it needs oauth.client_id, oauth.idp_issuer, oauth.idp_client_id, oauth.id_token_file" in note


def test_claude_code_for_the_user() -> None:
    found = read(CLAUDE)
    assert tables(found) == {
        "time": {"command": "uvx", "args": ["mcp-server-time"], "env": {"TZ": "UTC"}},
        "docs": {
            "url": "https://docs.example/mcp",
            "http_headers": {"Authorization": "Bearer ${DOCS_TOKEN:-none}"},
        },
        "linear": {
            "url": "https://linear.example/mcp",
            "http_headers_helper": "/opt/headers.sh",
            "scopes": ["read", "write"],
            "oauth": {"client_id": "abc", "callback_port": 8085},
            "tool_timeout_sec": 60.0,
        },
    }
    assert found.skipped == (Skipped("live", "WebSocket is not an MCP transport"),)


@pytest.mark.parametrize("project", ["/home/me/project", "/home/me/project/src"])
def test_claude_code_in_a_project(project: str) -> None:
    found = read(CLAUDE, project=Path(project))
    assert [(server.name, server.scope) for server in found.servers] == [
        ("time", "local"),
        ("docs", "user"),
        ("linear", "user"),
    ]
    assert tables(found)["time"] == {"command": "/opt/time", "args": ["--local"]}
    assert tables(found)["linear"]["enabled"] is False


def test_claude_code_of_a_project() -> None:
    assert tables(read(PROJECT / ".mcp.json")) == {
        "old": {"url": "https://old.example/sse", "transport": "sse"}
    }


def test_claude_desktop_and_its_secrets_in_clear() -> None:
    found = read(HOME / ".config/Claude/claude_desktop_config.json")
    assert tables(found)["filesystem"] == {
        "command": "npx",
        "args": ["-y", "@modelcontextprotocol/server-filesystem", "/home/me/Documents"],
    }
    assert {server.name: server.secrets for server in found.servers} == {
        "filesystem": (),
        "postgres": ("args[4]", "args[6]"),
    }


def test_cursor() -> None:
    found = read(HOME / ".cursor/mcp.json", project=Path("/p"))
    # The folder of these files looks like a project to a reader who has another home.
    github, notion = found.servers
    assert github.table["env"] == {"GITHUB_TOKEN": "${GITHUB_TOKEN}"}
    assert github.table["args"] == ["--log", "${HOME}/github.log"]
    assert github.table["command"].endswith("/bin/github")
    assert "envFile is not imported" in github.notes
    assert github.secrets == ()
    assert notion.table["url"] == "https://notion.example/mcp"
    assert notion.secrets == ("http_headers.Authorization",)


def test_the_users_file_takes_the_project_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(HOME))
    assert read(HOME / ".cursor/mcp.json", project=Path("/p")).servers[0].table["command"] == "/p/bin/github"
    assert read(HOME / ".cursor/mcp.json").servers[0].table["command"] == "${workspaceFolder}/bin/github"


def test_windsurf() -> None:
    found = read(HOME / ".codeium/windsurf/mcp_config.json")
    assert tables(found) == {
        "figma": {
            "url": "https://figma.example/mcp",
            "http_headers": {"X-Figma-Token": "${FIGMA_TOKEN}"},
            "enabled": False,
        },
        "my-server": {"command": "npx", "args": ["-y", "x"], "disabled_tools": ["delete"]},
    }
    assert notes(found) == {"my-server": ("renamed: 'my server!' cannot be a name here",)}


def test_vscode_with_its_inputs() -> None:
    found = read(PROJECT / ".vscode/mcp.json")
    assert tables(found) == {
        "perplexity": {
            "command": "npx",
            "args": ["-y", "server-perplexity-ask", "--level=${input:level}"],
            "env": {"PERPLEXITY_API_KEY": "${input:perplexity-key}"},
            "watch": ["src/**/*.ts"],
        },
        "fetch": {
            "command": "uvx",
            "args": ["mcp-server-fetch", "--root", str(PROJECT)],
            "cwd": str(PROJECT),
        },
        "github": {"url": "https://api.example/mcp/", "http_headers": {"X-Cmd": "${command:me.token}"}},
    }
    assert [tuple(entry) for entry in found.inputs] == [
        ("level", "Log level", False, "info", ("info", "debug")),
        ("perplexity-key", "Perplexity API Key", True, "", ()),
    ]
    assert found.skipped == (Skipped("local", "a socket of this machine cannot be a URL here"),)
    assert notes(found) == {
        "fetch": (f"${{workspaceFolder}} became the folder {PROJECT}",),
        "github": ("${command:me.token} has no counterpart and stays as it is",),
    }
    answers = {"level": "debug", "perplexity-key": "k"}
    [server, *_] = configuration(found, environ={}, inputs=lambda _, name: answers[name]).servers
    assert (server.args[-1], server.env) == ("--level=debug", {"PERPLEXITY_API_KEY": "k"})
    assert configuration(found, environ={}).servers[0].args[-1] == "--level=${input:level}"


def test_gemini() -> None:
    found = read(HOME / ".gemini/settings.json")
    assert tables(found) == {
        "time": {
            "command": "uvx",
            "args": ["mcp-server-time"],
            "env": {"TZ": "${MY_TZ}"},
            "tool_timeout_sec": 20.0,
            "enabled_tools": ["get_current_time"],
        },
        "docs": {
            "url": "https://docs.example/mcp",
            "http_headers": {"Authorization": "Bearer ${DOCS_TOKEN}"},
        },
        "old": {"url": "https://old.example/sse", "transport": "sse"},
    }
    assert notes(found) == {"time": ("trust is not imported",)}


def test_gemini_means_sse_by_a_bare_url(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    servers = {"a": {"url": "http://a"}, "b": {"httpUrl": "http://b"}, "c": {"command": "c"}}
    path.write_text(json.dumps({"mcpServers": servers, "mcp": {"allowed": ["a", "b"], "excluded": ["b"]}}))
    assert tables(read(path)) == {
        "a": {"url": "http://a", "transport": "sse"},
        "b": {"url": "http://b", "enabled": False},
        "c": {"command": "c", "enabled": False},
    }


def test_opencode_in_its_first_shape() -> None:
    found = read(PROJECT / "opencode.jsonc")
    assert tables(found) == {
        "time": {
            "command": "uvx",
            "args": ["mcp-server-time", "--zone", "${ZONE}"],
            "env": {"TZ": "UTC"},
            "enabled": False,
            "startup_timeout_sec": 5.0,
        },
        "docs": {
            "url": "https://docs.example/mcp?x=//not-a-comment",
            "http_headers": {"Authorization": "Bearer ${DOCS_TOKEN}", "X-Team": "{file:./team.txt}"},
            "scopes": ["read", "write"],
            "oauth": {"client_id": "abc"},
        },
    }
    assert notes(found) == {"docs": ("{file:./team.txt} has no counterpart and stays as it is",)}


def test_opencode_in_its_second_shape() -> None:
    assert tables(read(HOME / ".config/opencode/opencode.json")) == {
        "time": {"command": "uvx", "args": ["mcp-server-time"], "env": {"TZ": "UTC"}, "enabled": False},
        "docs": {"url": "https://docs.example/mcp"},
    }


def test_goose() -> None:
    found = read(HOME / ".config/goose/config.yaml")
    assert tables(found) == {
        "github": {
            "command": "npx",
            "args": ["-y", "@modelcontextprotocol/server-github", "$${NOT_EXPANDED}"],
            "env_vars": ["GITHUB_PERSONAL_ACCESS_TOKEN"],
            "tool_timeout_sec": 300,
        },
        "docs": {
            "url": "https://docs.example/mcp",
            "http_headers": {"Authorization": "Bearer ${DOCS_TOKEN}"},
            "enabled": False,
            "tool_timeout_sec": 60,
            "enabled_tools": ["search", "fetch"],
        },
        "old": {"url": "https://old.example/sse", "transport": "sse"},
    }
    assert found.skipped == (Skipped("developer", "it is part of that program (builtin)"),)


@pytest.mark.parametrize(
    ("content", "program"),
    [
        ({"mcpServers": {"a": {"command": "c"}}}, "other"),
        ({"mcpServers": {"a": {"serverUrl": "http://a"}}}, "windsurf"),
        ({"mcpServers": {"a": {"httpUrl": "http://a"}}}, "gemini"),
        ({"servers": {"a": {"command": "c"}}}, "vscode"),
        ({"mcp": {"servers": {"a": {"command": "c"}}}}, "vscode"),
        ({"mcp": {"a": {"type": "local", "command": ["c"]}}}, "opencode"),
        ({"mcp": {"servers": {"a": {"type": "remote", "url": "http://a"}}}}, "opencode"),
        ({"projects": {}, "mcpServers": {"a": {"command": "c"}}}, "claude"),
        ({"scripts": {}}, None),
        ([], None),
    ],
)
def test_a_file_of_any_name_is_told_by_what_is_in_it(
    tmp_path: Path, content: Any, program: str | None
) -> None:
    path = tmp_path / "some.json"
    path.write_text(json.dumps(content))
    assert detect(path) == program
    if program is None:
        with pytest.raises(ConfigurationError, match="is not a configuration file of a program known here"):
            read(path)
    else:
        assert len(read(path).servers) == 1


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", '{\n"mcpServers": {,}', "a.json is not JSON: line 2"),
        ("a.json", "[" * 100_000, "a.json is not JSON: nested too deeply"),
        ("a.yaml", "extensions:\n  a: &x\n    b: 1", "a.yaml cannot be read: line 2: & is a part of YAML"),
        (".mcp.json", "", ".mcp.json is not JSON: line 1"),
    ],
)
def test_a_broken_file_names_the_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path / name)
    assert message in caught.value.message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no file"):
        read(tmp_path / ".mcp.json")


def test_names_that_are_taken_are_changed() -> None:
    drafts = [Draft("a", {}), Draft("b", {}), Draft("a-2", {})]
    free = renamed(drafts, {"a"})
    assert [server.name for server in free] == ["a-2", "b", "a-2-2"]
    assert free[0].notes == ("renamed: there is a server 'a' already",)


def test_what_is_wrong_with_a_server_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "some.json"
    servers = {"a": {"url": "not-a-url"}, "b": 3, "c": {}, "d": {"command": "c", "args": "x"}}
    path.write_text(json.dumps({"mcpServers": servers}))
    found = read(path)
    assert notes(found) == {"a": ("url must start with http:// or https:// (error)",)}
    assert [tuple(skipped) for skipped in found.skipped] == [
        ("b", "is not a table"),
        ("c", "it has neither a command nor a URL"),
        ("d", "args is not a list"),
    ]


def test_every_server_can_be_added_to_config_toml(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    names: list[str] = []
    for _, file in find({"HOME": str(HOME)}, "linux", PROJECT):
        for server in renamed(read(file).servers, names):
            add_server(path, server.name, server.table)
            names.append(server.name)
    found = load(path, environ={}, expand=False)
    assert [server.name for server in found.servers] == names
    assert not [server.invalid for server in found.servers if server.invalid]


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just("${input:a}")
json_values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=5,
)
entry_keys = st.sampled_from(
    [
        "command",
        "args",
        "env",
        "url",
        "headers",
        "type",
        "cwd",
        "oauth",
        "timeout",
        "disabled",
        "env_keys",
        "x",
    ]
)
entries = st.dictionaries(entry_keys, json_values, max_size=5) | json_values
shapes = st.sampled_from(["mcpServers", "servers", "mcp", "extensions", "projects", "inputs"])


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        shapes, st.dictionaries(st.text(max_size=5), entries, max_size=2) | json_values, max_size=3
    )
)
def test_whatever_a_file_holds_there_is_an_answer(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, Any]
) -> None:
    path = tmp_path_factory.getbasetemp() / ".claude.json"
    path.write_text(json.dumps(content))
    found = read(path, project=Path("/p"))
    for server in configuration(found, environ={}).servers:
        assert server.invalid or server.command or server.url
    assert all("\n" not in note for server in found.servers for note in server.notes)
