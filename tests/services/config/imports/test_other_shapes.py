"""Files of programs that name or shape things their own way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from services.config.imports import files

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = {"command": "python3", "args": ["s.py"]}


def read(path: Path, content: Any) -> tuple[str, dict[str, dict[str, Any]]]:
    """Whose file it is taken for, and the tables of its servers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    found = files.read(path)
    return found.program, {server.name: server.table for server in found.servers}


@pytest.mark.parametrize(
    ("place", "entry", "program", "seconds"),
    [
        ("settings/cline_mcp_settings.json", {"timeout": 60}, "cline", 60),
        ("a.json", {"timeout": 60, "autoApprove": []}, "cline", 60),
        ("a.json", {"timeout": 60, "alwaysAllow": []}, "roo", 60),
        (".roo/mcp.json", {"timeout": 15}, "roo", 15),
        ("a.json", {"timeout": 60_000, "autoApprove": []}, "other", 60),
        (".kiro/settings/mcp.json", {"timeout": 60_000, "autoApprove": []}, "kiro", 60),
        (".aws/amazonq/mcp.json", {"timeout": 60_000}, "amazonq", 60),
        (".junie/mcp/mcp.json", {"timeout": 60_000}, "jetbrains", 60),
        (".lmstudio/mcp.json", {"timeout": 60_000}, "lmstudio", 60),
    ],
)
def test_timeouts_are_in_the_unit_of_the_program(
    tmp_path: Path, place: str, entry: dict[str, Any], program: str, seconds: float
) -> None:
    owner, servers = read(tmp_path / place, {"mcpServers": {"s": PROGRAM | entry}})
    assert (owner, servers) == (program, {"s": PROGRAM | {"tool_timeout_sec": seconds}})


def test_zed(tmp_path: Path) -> None:
    content = {
        "theme": "One",
        "context_servers": {
            "old": {"source": "custom", "command": {"path": "node", "args": ["a.js"], "env": {"K": "v"}}},
            "new": {"command": "python3", "args": ["s.py"], "enabled": False},
            "far": {"url": "https://example.com/mcp", "headers": {"X-A": "b"}},
            "extension": {"settings": {}},
        },
    }
    owner, servers = read(tmp_path / "zed" / "settings.json", content)
    assert owner == "zed"
    assert servers == {
        "old": {"command": "node", "args": ["a.js"], "env": {"K": "v"}},
        "new": PROGRAM | {"enabled": False},
        "far": {"url": "https://example.com/mcp", "http_headers": {"X-A": "b"}},
    }


def test_continue(tmp_path: Path) -> None:
    content = """
name: mine
mcpServers:
  - name: local
    command: python3
    args: [s.py]
    env:
      KEY: ${{ secrets.MY_KEY }}
  - name: far
    type: streamable-http
    url: https://example.com/mcp
    requestOptions:
      headers:
        Authorization: Bearer ${{ secrets.MY_KEY }}
"""
    owner, servers = read(tmp_path / ".continue" / "config.yaml", content)
    assert owner == "continue"
    assert servers == {
        "local": PROGRAM | {"env": {"KEY": "${MY_KEY}"}},
        "far": {"url": "https://example.com/mcp", "http_headers": {"Authorization": "Bearer ${MY_KEY}"}},
    }


@pytest.mark.parametrize(
    ("more", "table"),
    [
        (
            {
                "packages": [
                    {
                        "registryType": "npm",
                        "identifier": "@x/y",
                        "version": "1.2.0",
                        "packageArguments": [{"type": "named", "name": "--port", "value": "3"}],
                        "environmentVariables": [{"name": "KEY", "isRequired": True, "isSecret": True}],
                    }
                ]
            },
            {"command": "npx", "args": ["-y", "@x/y@1.2.0", "--port", "3"], "env_vars": ["KEY"]},
        ),
        (
            {"packages": [{"registry_type": "pypi", "identifier": "y-server", "version": "0.1"}]},
            {"command": "uvx", "args": ["y-server==0.1"]},
        ),
        (
            {"packages": [{"registryType": "oci", "identifier": "x/y", "runtimeHint": "podman"}]},
            {"command": "podman", "args": ["run", "-i", "--rm", "x/y"]},
        ),
        (
            {"remotes": [{"type": "sse", "url": "https://example.com/sse"}]},
            {"url": "https://example.com/sse", "transport": "sse"},
        ),
    ],
)
def test_a_server_json_of_the_registry(tmp_path: Path, more: dict[str, Any], table: dict[str, Any]) -> None:
    owner, servers = read(tmp_path / "server.json", {"name": "io.github.x/y", **more})
    assert (owner, servers) == ("registry", {"y": table})
