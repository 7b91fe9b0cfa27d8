"""The same config.toml given to the real Codex and to us, compared field by field.

The intended differences are here and, in words, in docs/configuration.md.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.app.command_line.servers_stage import in_shell
from tests.peers.install import PEERS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.peer

VERSION = "0.169"
"""What docs/configuration.md speaks of."""

FILE = """\
[mcp_servers.time]
command = "uvx"
args = ["mcp-server-time", "--local-timezone", "UTC"]
env = { TOKEN = "geheim", LEVEL = "debug" }
env_vars = ["HOME", { name = "REMOTE", source = "remote" }]
cwd = "/tmp"
startup_timeout_sec = 12.5
tool_timeout_sec = 60
enabled_tools = ["a", "b"]
disabled_tools = ["c"]

[mcp_servers.plain]
command = "true"

[mcp_servers.empty]
command = "true"
args = []
env = {}
env_vars = []
enabled_tools = []
startup_timeout_ms = 5

[mcp_servers.off]
command = "true"
enabled = false

[mcp_servers.both_times]
command = "true"
startup_timeout_sec = 20
startup_timeout_ms = 5

[mcp_servers.token]
url = "http://127.0.0.1:9/mcp"
bearer_token_env_var = "HOME"
http_headers = { X-A = "b" }
env_http_headers = { X-B = "VARIABLE" }

[mcp_servers.token_off]
url = "http://127.0.0.1:9/mcp"
bearer_token_env_var = "HOME"
enabled = false

[mcp_servers.header]
url = "http://127.0.0.1:9/mcp"
http_headers = { authorization = "Bearer geheim" }

[mcp_servers.env_header]
url = "http://127.0.0.1:9/mcp"
env_http_headers = { Authorization = "HOME" }

[mcp_servers."a:b@c/d.e"]
url = "http://127.0.0.1:9/mcp"
scopes = ["a"]
oauth_resource = "http://example.com"
startup_timeout_ms = 2500
http_headers = {}
env_http_headers = {}

[mcp_servers.helper]
url = "http://127.0.0.1:9/mcp"
http_headers_helper = "print-headers"
"""


def program() -> str | None:
    """The real `codex`: that of `make peers`, else one on PATH."""
    installed = PEERS.glob("node/node_modules/@openai/codex-*/vendor/*/bin/codex*")
    return next((str(path) for path in installed if path.stem == "codex"), None) or shutil.which("codex")


@pytest.fixture(scope="module")
def codex() -> str:
    found = program()
    missing = "" if found else "codex is not installed: run `make peers`"
    if found:
        done = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
        if f" {VERSION}." not in done.stdout:
            missing = f"another codex than {VERSION}: {done.stdout.strip()}"
    if missing and os.environ.get("JACKFIELD_REQUIRE_PEERS") == "1":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    assert found
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(FILE, encoding="utf-8")
    return tmp_path


def ask_codex(codex: str, home: Path, *words: str) -> Any:
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "CODEX_HOME": str(home)}
    command = [codex, "mcp", *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def as_ours(server: dict[str, Any]) -> dict[str, Any]:
    """What Codex says, with the intended differences."""
    transport = dict(server["transport"])
    for key in ("env", "http_headers"):
        if transport.get(key) is not None:
            transport[key] = dict.fromkeys(transport[key], "*****")
    if transport.get("http_headers_helper") == "<redacted>":
        transport["http_headers_helper"] = "*****"
    return server | {"transport": transport}


def test_list_json_is_that_of_codex(codex: str, home: Path) -> None:
    theirs = ask_codex(codex, home, "list")
    ours = in_shell("mcp", "list", "--json", home=home).json
    assert [server["name"] for server in theirs] == sorted(server["name"] for server in ours)
    assert sorted(ours, key=lambda server: server["name"]) == [as_ours(server) for server in theirs]
    assert [list(server) for server in ours] == [list(server) for server in theirs]


@pytest.mark.parametrize("name", ["time", "empty", "token", "a:b@c/d.e"])
def test_get_json_is_that_of_codex(codex: str, home: Path, name: str) -> None:
    theirs = as_ours(ask_codex(codex, home, "get", name))
    ours = in_shell("mcp", "get", name, "--json", home=home).json
    assert {key: ours[key] for key in theirs} == theirs
    assert set(ours) - set(theirs) <= {"auth_status", "auth_status_reason", "scopes", "oauth_resource"}


def test_a_server_that_codex_added_is_ours_and_the_other_way_round(codex: str, tmp_path: Path) -> None:
    environ = os.environ | {"HOME": str(tmp_path), "CODEX_HOME": str(tmp_path)}
    words = ["mcp", "add", "theirs", "--env", "A=b", "--", "sh", "-c", "exit 0"]
    subprocess.run([codex, *words], env=environ, check=True, capture_output=True, timeout=50)
    words = ["mcp", "add", "ours", "--env", "A=b", "--", "sh", "-c", "exit 0"]
    assert in_shell(*words, home=tmp_path).status == 0
    listed = ask_codex(codex, tmp_path, "list")
    assert [server["name"] for server in listed] == ["ours", "theirs"]
    assert listed[0] | {"name": "theirs"} == listed[1]
    ours, theirs = sorted(
        in_shell("mcp", "list", "--json", home=tmp_path).json, key=lambda server: server["name"]
    )
    assert ours | {"name": "theirs"} == theirs
