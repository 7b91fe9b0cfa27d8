"""Keys beside those of every server: watching, roots, OAuth grants, the sandbox, what Codex alone knows."""

from __future__ import annotations

import pytest

from services.config.builtin import single
from services.config.complaints import describe
from services.config.file import parse
from services.config.imports.json_text import parse as parse_json
from services.config.server_models import OAUTH


def test_watch_and_roots_are_lists_with_references() -> None:
    text = '[mcp_servers.x]\ncommand = "c"\nwatch = ["${SRC}/**/*.py"]\nroots = ["${SRC}", "/b"]'
    (server,) = parse(text, environ={"SRC": "/a"}, source="/f.toml").servers
    assert (server.watch, server.roots) == (("/a/**/*.py",), ("/a", "/b"))
    assert server.source == "/f.toml"
    (server,) = parse('[mcp_servers.x]\nurl = "http://a"\nroots = ["/a"]', environ={}).servers
    assert server.roots == ("/a",)


@pytest.mark.parametrize(
    ("lines", "invalid"),
    [
        (
            'url = "http://a"\nwatch = ["a"]',
            "watch is not supported for streamable_http in `mcp_servers.x` (line 3)",
        ),
        (
            'command = "c"\nwatch = "a"',
            "watch must be a list of patterns, not a string in `mcp_servers.x` (line 3)",
        ),
        ('command = "c"\nroots = [""]', "roots[0] must not be empty in `mcp_servers.x` (line 3)"),
        (
            'url = "http://a"\noauth = { grant = "password" }',
            'oauth.grant must be "authorization_code", "client_credentials", "jwt_bearer" or "enterprise", '
            'not "password" in `mcp_servers.x` (line 3)',
        ),
        (
            'url = "http://a"\noauth.dpop = "yes"',
            "oauth.dpop must be true or false, not a string in `mcp_servers.x` (line 3)",
        ),
    ],
)
def test_what_is_wrong_with_them_is_said(lines: str, invalid: str) -> None:
    (server,) = parse(f"[mcp_servers.x]\n{lines}", environ={}).servers
    assert server.invalid == invalid


def test_every_key_of_oauth_comes_through() -> None:
    given: dict[str, object] = {
        key: {"dpop": True, "callback_port": 99}.get(key, "text") for key in OAUTH.keys
    }
    given |= {"grant": "jwt_bearer", "token_endpoint_auth_method": "private_key_jwt"}
    given |= {"signing_algorithm": "ES256", "client_registration": "dcr"}
    lines = [
        f"{key} = {str(value).lower() if value in (True, 99) else repr(value)}"
        for key, value in given.items()
    ]
    found = parse('[mcp_servers.x]\nurl = "http://a"\n[mcp_servers.x.oauth]\n' + "\n".join(lines), environ={})
    assert found.problems == ()
    assert found.servers[0].oauth == given
    assert OAUTH.get({}, "grant") == "authorization_code"


def test_the_sandbox_reaches_every_server_as_written() -> None:
    text = (
        '[sandbox]\nsandbox_cwd = "/w"\n'
        'sandbox_policy = { type = "workspace-write", writable_roots = ["/a"] }\n'
        '[mcp_servers.x]\ncommand = "c"'
    )
    found = parse(text, environ={})
    wanted = {"sandbox_cwd": "/w", "sandbox_policy": {"type": "workspace-write", "writable_roots": ["/a"]}}
    assert (found.problems, found.sandbox, found.servers[0].sandbox) == ((), wanted, wanted)
    found = parse('[sandbox]\nsandbox_policy = "read-only"', environ={})
    assert found.sandbox == {"sandbox_policy": "read-only"}


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ('"open"', 'sandbox.sandbox_policy must be "read-only", "workspace-write"'),
        ("{ }", "sandbox.sandbox_policy.type is missing"),
        ("3", 'sandbox.sandbox_policy must be "read-only"'),
    ],
)
def test_a_wrong_policy_is_left_out(policy: str, said: str) -> None:
    found = parse(f"[sandbox]\nsandbox_policy = {policy}", environ={})
    assert found.sandbox == {}
    assert found.problems[0].message.startswith(said)


def test_a_file_of_codex_can_be_pasted() -> None:
    text = 'model = "gpt-5"\nsandbox_mode = "read-only"\napproval_policy = "never"\n[tui]\na = 1\n'
    found = parse(text, environ={})
    assert {problem.severity for problem in found.problems} == {"warning"}
    assert describe(found.problems[0]) == '`model = "…"` is a key of OpenAI Codex and has no effect (line 1)'
    assert found.problems[0].hint.endswith('[model] with provider = "openai" and name = "gpt-5".')
    assert {problem.hint for problem in found.problems[1:]} == {
        "It is a key of OpenAI Codex and has no effect here."
    }
    assert found.model == {}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("npx -y @scope/server-foo", "server-foo"),
        ("npx -y pkg@1.2 --x y", "pkg"),
        ("npx --package @a/b run-b", "run-b"),
        ("C:\\bin\\npx.cmd -y pkg", "pkg"),
        ("npm exec -- @a/b", "b"),
        ("pnpm dlx @a/b@latest", "b"),
        ("uvx mcp-server-git[x]==1", "mcp-server-git"),
        ("uvx --python 3.12 mcp-server-git", "mcp-server-git"),
        ("uvx --from git+https://h.example/a/b.git@main tool", "tool"),
        ("uvx git+https://h.example/a/b.git", "b"),
        ("uv run --directory /srv server.py", "server"),
        ("uv tool run pkg", "pkg"),
        ("node path/x.js --port 3", "x"),
        ("node --import tsx src/x.ts", "x"),
        ("python -m mod", "mod"),
        ("/usr/bin/python3.12 -u a/serve.py", "serve"),
        ("python -c pass", "python"),
        ("npx", "npx"),
        ("./my-server", "my-server"),
        ("./my server", "my"),
        ("docker run -i image", "docker"),
    ],
)
def test_a_program_is_called_after_what_it_runs(words: str, name: str) -> None:
    assert single(words.split()).servers[0].name == name


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": "http://x//y /* no */",} // end', {"a": "http://x//y /* no */"}),
        ("[1, /* two, ] */ 2, // three\n]", [1, 2]),
        ('"a\\"b" /**/', 'a"b'),
    ],
)
def test_json_with_comments(text: str, value: object) -> None:
    assert parse_json(text, "f") == value
