"""Reading config.toml: every key, every error, and no bad table that takes others down."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.config.file import describe, from_tables, load, parse
from services.config.server_models import HTTP_SERVER, STDIO_SERVER
from services.config.toml.values import value_text
from services.errors import ConfigurationError
from services.settings import Configuration, ServerSettings

if TYPE_CHECKING:
    from pathlib import Path


def read(text: str, environ: dict[str, str] | None = None, *, strict: bool = False) -> Configuration:
    return parse(text, environ=environ or {}, strict=strict)


def server(text: str, environ: dict[str, str] | None = None, *, strict: bool = False) -> ServerSettings:
    (only,) = read(f"[mcp_servers.x]\n{text}", environ, strict=strict).servers
    return only


def test_a_missing_file_is_an_empty_configuration(tmp_path: Path) -> None:
    assert load(tmp_path / "config.toml", environ={}) == Configuration()


def test_every_key_of_a_program() -> None:
    found = server(
        """
        command = "npx"
        args = ["-y", "server"]
        env = { A = "1" }
        env_vars = ["TOKEN", { name = "KEY" }, { name = "HERE", source = "local" },
                    { name = "THERE", source = "remote" }]
        cwd = "/srv"
        transport = "stdio"
        protocol = "2026-07-28"
        enabled = false
        required = true
        startup_timeout_sec = 5
        tool_timeout_sec = 0.5
        enabled_tools = []
        disabled_tools = ["b"]
        default_tools_approval_mode = "writes"
        tools.search.approval_mode = "approve"
        """
    )
    assert found == ServerSettings(
        "x",
        command="npx",
        args=("-y", "server"),
        env={"A": "1"},
        env_vars=("TOKEN", "KEY", "HERE"),
        cwd="/srv",
        protocol="2026-07-28",
        enabled=False,
        required=True,
        startup_timeout_sec=5.0,
        tool_timeout_sec=0.5,
        enabled_tools=(),
        disabled_tools=("b",),
        default_tools_approval_mode="writes",
        tools={"search": "approve"},
    )


def test_every_key_of_a_url() -> None:
    found = server(
        """
        url = "https://a.example/mcp"
        bearer_token_env_var = "TOKEN"
        http_headers = { X-Team = "red" }
        env_http_headers = { X-Key = "KEY" }
        http_headers_helper = "headers --json"
        scopes = ["read"]
        oauth = { client_id = "me", client_secret = "s", callback_port = 8085 }
        oauth_resource = " https://a.example "
        """
    )
    assert found == ServerSettings(
        "x",
        transport="http",
        url="https://a.example/mcp",
        bearer_token_env_var="TOKEN",
        http_headers={"X-Team": "red"},
        env_http_headers={"X-Key": "KEY"},
        http_headers_helper="headers --json",
        scopes=("read",),
        oauth_resource="https://a.example",
        oauth={
            "client_id": "me",
            "client_secret": "s",
            "callback_port": 8085,
        },
    )


@pytest.mark.parametrize(("stated", "meant"), [("http", "http"), ("streamable_http", "http"), ("sse", "sse")])
def test_the_transport_of_a_url(stated: str, meant: str) -> None:
    assert server(f'url = "http://a"\ntransport = "{stated}"').transport == meant


def test_the_defaults_are_those_of_the_settings() -> None:
    assert server('command = "c"') == ServerSettings("x", command="c")
    assert server('url = "http://a"') == ServerSettings("x", transport="http", url="http://a")
    values = {f.name: f.default for f in fields(ServerSettings)}
    for table in (STDIO_SERVER, HTTP_SERVER):
        for name, key in table.keys.items():
            if name in values and key.default not in (None, [], {}):
                assert key.default == values[name]


def test_the_old_timeout() -> None:
    assert server('command = "c"\nstartup_timeout_ms = 1500').startup_timeout_sec == 1.5
    assert (
        server('command = "c"\nstartup_timeout_ms = 1500\nstartup_timeout_sec = 2').startup_timeout_sec == 2
    )


def test_the_top_level() -> None:
    found = read(
        """
        mcp_oauth_credentials_store = "file"
        mcp_oauth_callback_port = 8085
        mcp_oauth_callback_url = "https://me.example/callback"
        model = { provider = "openai", name = "m", base_url = "http://a", api_key_env_var = "K" }
        ui = { theme = "nord", images = "off", editor = "vi" }
        """
    )
    assert (found.credentials_store, found.callback_port) == ("file", 8085)
    assert found.callback_url == "https://me.example/callback"
    assert found.model == {"provider": "openai", "name": "m", "base_url": "http://a", "api_key_env_var": "K"}
    assert (found.ui.theme, found.ui.images, found.ui.editor) == ("nord", "off", "vi")
    assert found.problems == ()


def test_what_is_wrong_at_the_top_is_left_out_and_the_rest_counts() -> None:
    found = read(
        """\
mcp_oauth_callback_port = 70000
mcp_oauth_callback_url = "ftp://x"
mcp_oauth_credentials_store = "vault"
model = "gpt"
command = "c"
mcpServers = {}
[ui]
images = "big"
theme = "nord"
"""
    )
    assert found == Configuration(ui=found.ui, problems=found.problems)
    assert (found.ui.theme, found.ui.images) == ("nord", "auto")
    told = {describe(problem): problem.hint for problem in found.problems}
    assert told == {
        "mcp_oauth_callback_port must be between 1 and 65535, not 70000 (line 1)": "",
        "mcp_oauth_callback_url must start with http:// or https:// (line 2)": "",
        'mcp_oauth_credentials_store must be "auto", "keyring" or "file", not "vault" (line 3)': "",
        '`model = "…"` is a key of OpenAI Codex and has no effect (line 4)': (
            '[model] is a table here: write [model] with provider = "openai" and name = "gpt".'
        ),
        "unknown key `command` (line 5)": "It belongs into a [mcp_servers.NAME] table.",
        "unknown key `mcpServers` (line 6)": "Did you mean `mcp_servers`?",
        'ui.images must be "auto", "kitty", "sixel", "halfblock" or "off", not "big" (line 8)': "",
    }


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('command = "c"\nurl = "http://a"', "url is not supported for stdio in `mcp_servers.x` (line 3)"),
        (
            'url = "http://a"\nargs = []',
            "args is not supported for streamable_http in `mcp_servers.x` (line 3)",
        ),
        (
            'transport = "sse"\nurl = "http://a"\ncwd = "/"',
            "cwd is not supported for sse in `mcp_servers.x` (line 4)",
        ),
        (
            'url = "http://a"\nbearer_token = "hunter2"',
            "bearer_token is not supported for streamable_http; set bearer_token_env_var"
            " in `mcp_servers.x` (line 3)",
        ),
        (
            'command = "c"\nbearer_token = "t"',
            "bearer_token is not supported for stdio in `mcp_servers.x` (line 3)",
        ),
        (
            'command = "c"\noauth_resource = ""',
            "oauth_resource is not supported for stdio in `mcp_servers.x` (line 3)",
        ),
        (
            'command = "c"\ntransport = "sse"',
            'transport "sse" is not supported for stdio in `mcp_servers.x` (line 3)',
        ),
        ("enabled = true", "invalid transport: neither command nor url in `mcp_servers.x` (line 1)"),
        ('command = " "', "command must not be empty in `mcp_servers.x` (line 2)"),
        ("command = 3", "command must be a string, not a number in `mcp_servers.x` (line 2)"),
        (
            'command = "c"\nargs = "-y x"',
            "args must be a list of strings, not a string in `mcp_servers.x` (line 3)",
        ),
        (
            'command = "c"\nargs = [\n"a",\n3]',
            "args[1] must be a string, not a number in `mcp_servers.x` (line 3)",
        ),
        (
            'command = "c"\nenv.PORT = 80',
            "env.PORT must be a string, not a number in `mcp_servers.x` (line 3)",
        ),
        (
            'command = "c"\nenv_vars = ["A=b"]',
            "env_vars[0] must be the name of an environment variable in `mcp_servers.x` (line 3)",
        ),
        (
            'command = "c"\nenv_vars = [{ name = "A", source = "far" }]',
            'env_vars[0].source must be "local" or "remote", not "far" in `mcp_servers.x` (line 3)',
        ),
        (
            'command = "c"\n[mcp_servers.x.tools.t]\n\napproval_mode = "never"',
            'tools.t.approval_mode must be "auto", "prompt", "writes" or "approve", not "never"'
            " in `mcp_servers.x` (line 5)",
        ),
        (
            'command = "c"\nenabled = "yes"',
            "enabled must be true or false, not a string in `mcp_servers.x` (line 3)",
        ),
        (
            'command = "c"\nprotocol = "newest"',
            'protocol must be "auto", "legacy" or a date such as "2026-07-28" in `mcp_servers.x` (line 3)',
        ),
        ('url = "a.example/mcp"', "url must start with http:// or https:// in `mcp_servers.x` (line 2)"),
        ('url = "https://"', "url must name a host in `mcp_servers.x` (line 2)"),
        (
            'url = "https://a.example/a b"',
            "url must not contain spaces or control characters in `mcp_servers.x` (line 2)",
        ),
        (
            'url = "http://a"\noauth = { client_secret = "s" }',
            "oauth.client_secret requires oauth.client_id in `mcp_servers.x` (line 3)",
        ),
        ('command = "a\\u0000"', "command must not contain a NUL character in `mcp_servers.x` (line 2)"),
    ],
)
def test_a_bad_table_is_one_invalid_server(table: str, message: str) -> None:
    text = f'[mcp_servers.x]\n{table}\n[mcp_servers.good]\ncommand = "c"\n'
    bad, good = read(text).servers
    assert bad.invalid == message
    assert bad.name == "x"
    assert good == ServerSettings("good", command="c")
    (problem,) = read(text).problems
    assert describe(problem) == message
    assert (problem.table, problem.severity) == ("mcp_servers.x", "error")
    assert "hunter2" not in repr(read(text))


@pytest.mark.parametrize("key", ["startup_timeout_sec", "tool_timeout_sec"])
@pytest.mark.parametrize("value", ["-1", "0", "0.0", "-0.5", "nan", "inf", "-inf", '"5"', "true", "[]"])
def test_a_timeout_is_a_length_of_time(key: str, value: str) -> None:
    assert server(f'command = "c"\n{key} = {value}').invalid.startswith(f"{key} must be ")


@pytest.mark.parametrize("name", ["bad name!", "", "a.b c", "ü", "[/x]"])
def test_a_bad_name_is_an_invalid_server(name: str) -> None:
    (found,) = read(f'[mcp_servers.{value_text(name)}]\ncommand = "c"').servers
    assert found.name == name
    assert found.invalid.startswith(f"invalid server name '{name}' (use letters, numbers, '-', '_', ':'")


@pytest.mark.parametrize("name", ["a", "A-1_b", "io.example/name", "@scope/x:1"])
def test_a_good_name(name: str) -> None:
    (found,) = read(f'[mcp_servers.{value_text(name)}]\ncommand = "c"').servers
    assert (found.name, found.invalid) == (name, "")


def test_servers_keep_the_order_of_the_file() -> None:
    found = read('[mcp_servers]\nz.command = "c"\na = 3\n[mcp_servers.m]\nurl = "http://a"')
    assert [s.name for s in found.servers] == ["z", "a", "m"]
    assert found.servers[1].invalid == "a server must be a table in `mcp_servers.a` (line 3)"
    assert read("mcp_servers = 3").problems[0].message == "mcp_servers must be a table of servers"


def test_an_unknown_key_is_a_warning_with_the_nearest_one() -> None:
    text = 'url = "http://a"\nheaders = {}\nhttp_header = {}\nurlFoo = 1\nscope = []\noauth.clientId = "a"'
    found = read(f"[mcp_servers.x]\n{text}\n[mcp_servers.x.tools.t]\naproval_mode = 1")
    assert found.servers[0].invalid == ""
    assert [(describe(problem), problem.hint) for problem in found.problems] == [
        ("unknown key `headers` in `mcp_servers.x` (line 3)", "Did you mean `http_headers`?"),
        ("unknown key `http_header` in `mcp_servers.x` (line 4)", "Did you mean `http_headers`?"),
        ("unknown key `urlFoo` in `mcp_servers.x` (line 5)", "It has no effect."),
        ("unknown key `scope` in `mcp_servers.x` (line 6)", "Did you mean `scopes`?"),
        ("unknown key `oauth.clientId` in `mcp_servers.x` (line 7)", "Did you mean `client_id`?"),
        ("unknown key `tools.t.aproval_mode` in `mcp_servers.x` (line 9)", "Did you mean `approval_mode`?"),
    ]
    assert {problem.severity for problem in found.problems} == {"warning"}


def test_strict_makes_errors_of_warnings() -> None:
    found = server('command = "c"\nhelp = 1', strict=True)
    assert found.invalid == "unknown key `help` in `mcp_servers.x` (line 3)"
    assert read("nothing = 1", strict=True).problems[0].severity == "error"


def test_a_misspelled_command_says_what_was_meant() -> None:
    assert server('comand = "c"').hint == "Did you mean `command` instead of `comand`?"


def test_keys_of_codex_have_no_effect_and_say_so() -> None:
    found = read('[mcp_servers.x]\ncommand = "c"\nstartup_readiness = true\nenvironment_id = "local"')
    assert found.servers == (ServerSettings("x", command="c"),)
    assert [problem.severity for problem in found.problems] == ["warning", "note"]
    assert found.problems[0].hint == "It is a key of OpenAI Codex."


def test_a_header_that_cannot_be_sent_is_left_out() -> None:
    found = read('[mcp_servers.x]\nurl = "http://a"\nhttp_headers = { "a b" = "1", Ok = "1", Two = "a\\nb" }')
    assert found.servers[0].http_headers == {"Ok": "1"}
    assert [problem.message for problem in found.problems] == [
        "http_headers.a b is not a header name and is not sent in `mcp_servers.x`",
        "http_headers.Two holds characters that a header cannot carry and is not sent in `mcp_servers.x`",
    ]


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "Host", "Connection"])
def test_a_header_that_frames_messages_is_left_out(name: str) -> None:
    found = read(f'[mcp_servers.x]\nurl = "http://a"\nhttp_headers = {{ Ok = "1", {name} = "1" }}')
    assert found.servers[0].http_headers == {"Ok": "1"}
    assert [problem.message for problem in found.problems] == [
        f"http_headers.{name} is for HTTP itself to set and is not sent in `mcp_servers.x`"
    ]


def test_variables_are_expanded_where_they_may_stand() -> None:
    environ = {"BIN": "/bin", "EMPTY": "", "HOST": "a.example"}
    text = """
    command = "${BIN}/c"
    args = ["${EMPTY:-d}", "${NONE:-}", "$${BIN}", "${1}", "${BIN%x}", "$BIN"]
    env = { A = "${BIN}:${BIN}" }
    cwd = "${BIN}"
    """
    found = server(text, environ)
    assert found.command == "/bin/c"
    assert found.args == ("d", "", "${BIN}", "${1}", "${BIN%x}", "$BIN")
    assert found.env == {"A": "/bin:/bin"}
    assert found.cwd == "${BIN}"
    remote = server('url = "https://${HOST}/mcp"\nhttp_headers.A = "x ${HOST}"', environ)
    assert (remote.url, remote.http_headers) == ("https://a.example/mcp", {"A": "x a.example"})


@pytest.mark.parametrize(
    ("table", "key", "line"),
    [
        ('command = "${NOPE}"', "command", 2),
        ('command = "c"\nargs = ["a", "${NOPE}"]', "args[1]", 3),
        ('command = "c"\n\nenv = { A = "1",  B = "${NOPE}" }', "env.B", 4),
        ('url = "https://${NOPE}"', "url", 2),
        ('url = "http://a"\n[mcp_servers.x.http_headers]\n"X-Key" = "${NOPE}"', "http_headers.X-Key", 4),
    ],
)
def test_a_missing_variable_is_named(table: str, key: str, line: int) -> None:
    found = server(table)
    told = f"environment variable NOPE is not set, needed by {key}, in `mcp_servers.x` (line {line})"
    assert found.invalid == told
    assert found.hint.startswith("Set NOPE, or give a default: ${NOPE:-…}")


def test_values_can_be_shown_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[mcp_servers.x]\nurl = "${URL}/mcp"\n[mcp_servers.y]\ncommand = "c"\nargs = ["${KEY}"]\n'
    )
    one, two = load(path, environ={}, expand=False).servers
    assert (one.url, one.invalid, two.args) == ("${URL}/mcp", "", ("${KEY}",))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a = 1\nb =\n", "config.toml is not TOML: line 2: Invalid value"),
        (b"[a]\n[a]\n", "config.toml is not TOML: line 2: Cannot declare"),
        (b"a = '", "config.toml is not TOML: line 1: "),
        (b"a = 1\n\xff", "config.toml is not UTF-8 text: line 2"),
        (b"a = " + b"[" * 100_000, "config.toml is not TOML: nested too deeply"),
    ],
)
def test_a_file_that_is_no_toml_names_the_line(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigurationError) as caught:
        load(path, environ={})
    assert caught.value.message.startswith(f"{tmp_path}/{message}")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot read .*: Is a directory"):
        load(tmp_path, environ={})


def test_a_byte_order_mark_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes('\ufeff[mcp_servers.x]\r\ncommand = "c"\r\nargs = 3\r\n'.encode())
    assert load(path, environ={}).servers[0].invalid.endswith("(line 3)")


def test_text_of_the_file_is_made_printable_in_messages() -> None:
    found = read('[mcp_servers."a\\u001b]52;c;x\\u0007\\n"]\n"k\\u001b[2J\\u202e" = 1\ncommand = "c"\n')
    told = found.servers[0].invalid + "".join(p.message + p.key + p.table for p in found.problems)
    assert not set("\x1b\x07\n\u202e") & set(told)


def test_tables_from_elsewhere_have_no_lines() -> None:
    found = from_tables({"x": {"command": "c", "url": "u"}}, environ={})
    assert found.servers[0].invalid == "url is not supported for stdio in `mcp_servers.x`"
    assert found.problems[0].line is None


scalars = st.one_of(
    st.none().map(lambda _: "x"),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.just("${A}"),
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
keys = st.sampled_from(sorted({*STDIO_SERVER.keys, *HTTP_SERVER.keys})) | st.text(max_size=6)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(keys, anything, max_size=4), st.booleans())
def test_whatever_a_table_holds_a_server_comes_back(table: dict[str, Any], strict: bool) -> None:
    found = from_tables({"x": table, "good": {"command": "c"}}, environ={}, strict=strict)
    bad, good = found.servers
    assert good == ServerSettings("good", command="c")
    errors = [problem for problem in found.problems if problem.severity == "error"]
    assert bool(bad.invalid) == bool(errors)
    assert "\n" not in bad.invalid
