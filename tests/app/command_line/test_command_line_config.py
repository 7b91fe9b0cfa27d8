"""`jackfield mcp list, get, add, remove, enable, disable`: what they say and what they write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.command_line.terminal import output
from tests.app.command_line.servers_stage import CommandLine

if TYPE_CHECKING:
    from pathlib import Path

FILE = """\
# My servers.
[mcp_servers.time]   # the clock
command = "uvx"
args = ["mcp-server-time", "--token", "abcdef"]
env = { TOKEN = "geheim", FROM = "${OTHER}" }
env_vars = ["HOME"]
tool_timeout_sec = 60

[mcp_servers."docs"]
url = "https://example.com/mcp?api_key=geheim"
http_headers = { Authorization = "Bearer geheim", X-Trace = "${OTHER}" }
enabled_tools = ["search"]

[mcp_servers.off]
command = "true"
enabled = false

[mcp_servers.broken]
command = "x"
url = "http://localhost"

[mcp_servers.plain]
url = "http://localhost:3000/mcp"
"""


@pytest.fixture
def jackfield(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))
    monkeypatch.setenv("OTHER", "a value from the environment")
    return CommandLine(tmp_path, capsys)


# list and get


def test_nothing_configured_says_what_to_do_next(jackfield: CommandLine) -> None:
    done = jackfield("mcp", "list")
    assert (done.status, done.out) == (
        0,
        "No MCP servers configured yet. Try: jackfield mcp add my-tool -- my-command\n",
    )
    assert jackfield("mcp", "list", "--json").json == []
    assert not jackfield.file.exists()


def test_list_is_a_table_in_the_order_of_the_file(jackfield: CommandLine) -> None:
    jackfield.write(FILE)
    done = jackfield("mcp", "list")
    table, broken = done.out.split("\n\n")
    assert done.status == 0
    assert table.splitlines() == [
        "Name    Transport  Status    Auth          Command or URL",
        "time    stdio      enabled   Unsupported   uvx mcp-server-time --token *****",
        "docs    http       enabled   Bearer token  https://example.com/mcp?api_key=*****",
        "off     stdio      disabled  Unsupported   true",
        "broken  stdio      invalid   Unsupported   x",
        "plain   http       enabled   Unknown       http://localhost:3000/mcp",
    ]
    assert broken.splitlines() == [
        "broken: url is not supported for stdio in `mcp_servers.broken` (line 20)",
        "  Set command (a program) or url, not both.",
    ]


def test_list_json_has_the_field_names_of_codex(jackfield: CommandLine) -> None:
    jackfield.write(FILE)
    time, docs, off, broken, plain = jackfield("mcp", "list", "--json").json
    assert time == {
        "name": "time",
        "enabled": True,
        "disabled_reason": None,
        "transport": {
            "type": "stdio",
            "command": "uvx",
            "args": ["mcp-server-time", "--token", "*****"],
            "env": {"TOKEN": "*****", "FROM": "${OTHER}"},
            "env_vars": ["HOME"],
            "cwd": None,
        },
        "startup_timeout_sec": None,
        "tool_timeout_sec": 60.0,
        "auth_status": "unsupported",
    }
    assert docs["transport"] == {
        "type": "streamable_http",
        "url": "https://example.com/mcp?api_key=*****",
        "bearer_token_env_var": None,
        "http_headers": {"Authorization": "*****", "X-Trace": "${OTHER}"},
        "env_http_headers": None,
        "http_headers_helper": None,
    }
    assert [server["auth_status"] for server in (docs, off, plain)] == [
        "bearer_token",
        "unsupported",
        "unknown",
    ]
    assert (off["enabled"], off["disabled_reason"]) == (False, None)
    assert broken["enabled"] is False
    assert broken["disabled_reason"].startswith("url is not supported for stdio")


def test_no_output_holds_a_secret(jackfield: CommandLine) -> None:
    jackfield.write(
        FILE + '[mcp_servers.more]\nurl = "https://me:geheim@example.com"\n'
        'http_headers_helper = "print geheim"\noauth = { client_id = "c", client_secret = "geheim" }\n'
    )
    for words in (
        ["mcp", "list"],
        ["mcp", "list", "--json"],
        *(["mcp", "get", name] for name in ("time", "docs", "more")),
        *(["mcp", "get", name, "--json"] for name in ("time", "docs", "more")),
    ):
        done = jackfield(*words)
        assert done.status == 0
        assert "geheim" not in done.out + done.err, words
        assert "a value from the environment" not in done.out + done.err


def test_get_shows_one_server(jackfield: CommandLine) -> None:
    jackfield.write(FILE)
    done = jackfield("mcp", "get", "time")
    assert done.out.splitlines() == [
        "time",
        "  enabled: true",
        "  transport: stdio",
        "  command: uvx",
        "  args: mcp-server-time --token *****",
        "  env: TOKEN=*****, FROM=${OTHER}",
        "  env_vars: HOME",
        "  auth: Unsupported",
        "  startup_timeout_sec: 30 (default)",
        "  tool_timeout_sec: 60",
        "  remove: jackfield mcp remove time",
    ]
    value = jackfield("mcp", "get", "docs", "--json").json
    assert value["enabled_tools"] == ["search"]
    assert value["disabled_tools"] is None
    assert value["name"] == "docs"


def test_get_says_why_a_server_is_invalid(jackfield: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    jackfield.write('[mcp_servers.a]\ncommand = "${NOT_SET}"\n')
    done = jackfield("mcp", "get", "a")
    assert "  invalid: environment variable NOT_SET is not set, needed by command" in done.out
    assert "  Set NOT_SET, or give a default" in done.out
    monkeypatch.setenv("NOT_SET", "true")
    assert "invalid" not in jackfield("mcp", "get", "a").out


@pytest.mark.parametrize("words", [["get"], ["remove"], ["enable"], ["disable"]])
def test_an_unknown_server_is_an_error_with_the_nearest_name(
    jackfield: CommandLine, words: list[str]
) -> None:
    jackfield.write(FILE)
    done = jackfield("mcp", *words, "tiem")
    assert (done.status, done.out) == (2, "")
    assert done.err == "Error: No MCP server named 'tiem' found.\nDid you mean 'time'?\n"
    assert jackfield.text == FILE


def test_an_unknown_key_is_a_warning_and_an_error_when_strict(jackfield: CommandLine) -> None:
    jackfield.write('[mcp_servers.a]\ncommand = "x"\ncomand = "y"\n')
    loose = jackfield("mcp", "list")
    assert loose.status == 0
    assert loose.err == (
        "Warning: line 3: unknown key `comand` in `mcp_servers.a`. Did you mean `command`?\n"
    )
    strict = jackfield("--strict", "mcp", "list")
    assert strict.status == output.USAGE
    assert "invalid" in strict.out


def test_a_file_that_is_no_toml_is_an_error_with_its_line(jackfield: CommandLine) -> None:
    jackfield.write("a = 1\n[mcp_servers.\n")
    for words in (["list"], ["get", "a"], ["remove", "a"], ["add", "a", "--", "b"]):
        done = jackfield("mcp", *words)
        assert done.status == output.USAGE
        assert "line 2" in done.err
    assert jackfield.text == "a = 1\n[mcp_servers.\n"


def test_a_home_that_does_not_exist_is_an_error(
    jackfield: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JACKFIELD_HOME", str(jackfield.home / "nowhere"))
    done = jackfield("mcp", "list")
    assert done.status == output.USAGE
    assert 'nowhere", but that path does not exist' in done.err


def test_odd_values_are_listed_without_harm(jackfield: CommandLine) -> None:
    jackfield.write(
        '[mcp_servers]\nnumber = 3\n[mcp_servers."a b"]\ncommand = "x"\n'
        '[mcp_servers.nan]\ncommand = ["x"]\nargs = "y"\nstartup_timeout_sec = nan\nenv = 2020-01-01\n'
        '[mcp_servers.escape]\ncommand = "\\u001B]0;title\\u0007x"\nargs = ["\\u202E"]\n'
    )
    done = jackfield("mcp", "list")
    assert done.status == 0
    assert [line.split()[0] for line in done.out.splitlines()[1:5]] == ["number", "a", "nan", "escape"]
    assert not {"\x1b", "\x07", "\u202e"} & set(done.out)
    raw = jackfield("mcp", "list", "--json")
    assert len(raw.json) == 4
    assert not {"\x1b", "\x07", "\u202e"} & set(raw.out)
    for name in ("number", "a b", "nan", "escape"):
        assert jackfield("mcp", "get", name).status == 0


# add


def test_add_a_program(jackfield: CommandLine) -> None:
    words = ["--env", "A=b=c", "--env-var", "HOME", "--cwd", "/srv"]
    done = jackfield("mcp", "add", "time", *words, "--", "sh", "-c", "x", "--", "--url")
    assert (done.status, done.out) == (0, "Added MCP server 'time'.\n")
    assert jackfield.text.partition("\n\n")[2] == (
        '[mcp_servers.time]\ncommand = "sh"\nargs = ["-c", "x", "--", "--url"]\nenv = { A = "b=c" }\n'
        'env_vars = ["HOME"]\ncwd = "/srv"\n'
    )
    assert jackfield.text.startswith("#:schema ")


def test_add_a_url(jackfield: CommandLine) -> None:
    words = ["--bearer-token-env-var", "TOKEN", "--header", "X-A=b:c", "--header", "X-D: e=f"]
    words += ["--oauth-client-id", "me", "--oauth-resource", "https://r", "--scopes", "a,b"]
    done = jackfield("mcp", "add", "docs", "--url", "https://example.com/mcp", *words, "--transport", "sse")
    assert done.status == 0
    assert jackfield.text.partition("\n\n")[2] == (
        '[mcp_servers.docs]\nurl = "https://example.com/mcp"\ntransport = "sse"\n'
        'bearer_token_env_var = "TOKEN"\nhttp_headers = { X-A = "b:c", X-D = "e=f" }\n'
        'scopes = ["a", "b"]\noauth_resource = "https://r"\noauth = { client_id = "me" }\n'
    )


def test_add_a_client_of_ones_own(jackfield: CommandLine) -> None:
    words = ["--url", "https://example.com/mcp", "--no-login", "--oauth-client-id", "me"]
    words += ["--oauth-client-secret-env-var", "SECRET", "--oauth-client-registration", "dcr"]
    assert jackfield("mcp", "add", "docs", *words).status == 0
    said = 'oauth = { client_id = "me", client_secret_env_var = "SECRET", client_registration = "dcr" }'
    assert said in jackfield.text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--url", "http://a", "--oauth-client-id", "me", "--oauth-client-secret-env-var", "geheim-1"],
            "--oauth-client-secret-env-var takes the name of a variable, not the secret itself",
        ),
        (
            ["--url", "http://a", "--oauth-client-secret-env-var", "SECRET"],
            "--oauth-client-secret-env-var needs --oauth-client-id ID.",
        ),
        (["--oauth-client-registration", "cimd", "--", "x"], "--oauth-client-registration is for servers"),
        (["--url", "http://a", "--env", "A=b"], "--env is for stdio servers (a command after --)."),
        (["--url", "http://a", "--cwd", "/"], "--cwd is for stdio servers (a command after --)."),
        (["--header", "A=b", "--", "x"], "--header is for servers with --url. A program takes --env"),
        (["--transport", "sse", "--", "x"], "--transport is for servers with --url."),
        (["--url", "http://a", "--", "x"], "either a command after -- or a URL, not both"),
        ([], "Say what to connect to: -- CMD ARGS… for a program, or --url URL."),
        (["--scopes", "a"], "--scopes needs a server with --url URL."),
        (["--env", "novalue", "--", "x"], "environment entries must be in KEY=VALUE form"),
        (["--env", "=x", "--", "x"], "environment entries must be in KEY=VALUE form"),
        (["--url", "http://a", "--header", "secret"], "headers must be in KEY=VALUE form"),
        (["--url", "http://a", "--bearer-token-env-var", "sk-12 3"], "takes the name of a variable"),
        (["--url", "not-a-url"], "url must start with http:// or https://"),
        (["npx", "-y", "x"], "No such option '-y'. The server's own options go after --"),
    ],
)
def test_add_refuses_what_cannot_work(jackfield: CommandLine, words: list[str], message: str) -> None:
    done = jackfield("mcp", "add", "new", *words)
    assert (done.status, done.out) == (output.USAGE, "")
    assert message in done.err
    assert len(done.err.splitlines()) <= 2
    assert not jackfield.file.exists()


def test_add_refuses_a_bad_name(jackfield: CommandLine) -> None:
    done = jackfield("mcp", "add", "bad name!", "--", "x")
    assert done.status == output.USAGE
    assert "invalid server name 'bad name!' (use letters, numbers, '-', '_', ':', '@', '/', '.')" in done.err


def test_add_overwrites_only_by_force(jackfield: CommandLine) -> None:
    jackfield.write(FILE)
    done = jackfield("mcp", "add", "time", "--", "sh")
    assert done.status == output.USAGE
    assert "MCP server 'time' is already configured" in done.err
    assert "--force" in done.err
    assert jackfield.text == FILE
    assert jackfield("mcp", "add", "time", "--force", "--", "sh").status == 0
    assert jackfield("mcp", "get", "time", "--json").json["transport"]["command"] == "sh"


def test_add_says_what_the_person_should_know(jackfield: CommandLine) -> None:
    done = jackfield("mcp", "add", "a", "--env", "API_KEY=geheim99", "--", "no-such-program-anywhere")
    assert done.status == 0
    assert "env.API_KEY is stored in plain text in the file" in done.err
    assert "no-such-program-anywhere is not found on PATH" in done.err
    assert "geheim99" not in done.err
    done = jackfield("mcp", "add", "b", "--env", "API_KEY=${NOT_SET}", "--", "sh")
    assert "environment variable NOT_SET is not set" in done.err


# remove, enable, disable


def test_edits_keep_the_rest_of_the_file(jackfield: CommandLine) -> None:
    jackfield.write(FILE)
    assert jackfield("mcp", "disable", "time").out == "Disabled MCP server 'time'.\n"
    assert "tool_timeout_sec = 60\nenabled = false\n" in jackfield.text
    assert jackfield("mcp", "disable", "time").out == "MCP server 'time' is disabled already.\n"
    assert jackfield("mcp", "enable", "time").out == "Enabled MCP server 'time'.\n"
    assert jackfield.text == FILE.replace("= 60\n", "= 60\nenabled = true\n")
    assert jackfield("mcp", "enable", "docs").out == "MCP server 'docs' is enabled already.\n"
    assert jackfield("mcp", "remove", "broken").out == "Removed MCP server 'broken'.\n"
    assert "broken" not in jackfield.text
    assert jackfield.text.startswith("# My servers.\n[mcp_servers.time]   # the clock\n")


# the global options


def test_config_names_another_file(jackfield: CommandLine, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('[mcp_servers.x]\ncommand = "sh"\n', encoding="utf-8")
    assert "x     stdio" in jackfield("--config", str(other), "mcp", "list").out
    assert jackfield("--config", str(other), "mcp", "add", "y", "--", "sh").status == 0
    assert "[mcp_servers.y]" in other.read_text(encoding="utf-8")
    assert not jackfield.file.exists()
    new = tmp_path / "new.toml"
    assert jackfield("--config", str(new), "mcp", "add", "y", "--", "sh").status == 0
    assert new.exists()
    done = jackfield("--config", str(tmp_path / "no.toml"), "mcp", "list")
    assert (done.status, "there is no file" in done.err) == (output.USAGE, True)


def test_a_file_of_another_program_is_read_and_not_written(jackfield: CommandLine, tmp_path: Path) -> None:
    other = tmp_path / "mcp.json"
    text = '{"mcpServers": {"x": {"command": "sh", "env": {"TOKEN": "geheim"}}}}'
    other.write_text(text, encoding="utf-8")
    assert jackfield("--config", str(other), "mcp", "get", "x").out.startswith("x\n  enabled: true\n")
    done = jackfield("--config", str(other), "mcp", "remove", "x")
    assert done.status == output.USAGE
    assert "only read" in done.err
    assert other.read_text(encoding="utf-8") == text


def test_strict_refuses_a_bad_top_level(jackfield: CommandLine) -> None:
    jackfield.write("mcp_oauth_callback_port = 0\n" + FILE)
    loose = jackfield("mcp", "list")
    assert loose.status == 0
    assert "Error: line 1: mcp_oauth_callback_port must be between 1 and 65535" in loose.err
    assert jackfield("--strict", "mcp", "list").status == output.USAGE


# usage


def test_help_lists_every_command_with_its_line(jackfield: CommandLine) -> None:
    done = jackfield("mcp", "--help")
    assert done.status == 0
    for name in ("list", "get", "add", "remove", "enable", "disable", "check", "import"):
        assert f"\n  {name} " in done.out
    assert "\n  call " in jackfield("--help").out


def test_an_unknown_command_names_the_nearest(jackfield: CommandLine) -> None:
    done = jackfield("mcp", "lsit")
    assert (done.status, done.out) == (2, "")
    assert done.err == "Error: No such command 'lsit'. Did you mean 'list'?\nSee jackfield mcp --help\n"


def test_usage_errors_are_two_printable_lines(jackfield: CommandLine) -> None:
    done = jackfield("mcp", "get")
    assert (done.status, done.err) == (2, "Error: Missing argument 'NAME'.\nSee jackfield mcp get --help\n")
    done = jackfield("mcp", "list", "--\x1b[31mred")
    assert done.status == 2
    assert "\x1b" not in done.err
