"""Secrets planted in a configuration and echoed by a server, looked for wherever something comes out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from services.connection_manager import ConnectionManager
from services.connections.address import masked_address
from services.errors import ServerError
from services.settings import ServerSettings
from tests.support.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

QUICK = ROOT / "tests" / "servers" / "quick.py"
SECRET = "c4n4ry-0123456789"
ECHO = (
    "import os, sys; sys.stderr.write(f'refused: {sys.argv[2:]} {os.environ[\"API_KEY\"]}\\n'); sys.exit(3)"
)

PLACES: dict[str, dict[str, Any]] = {
    "option": {"args": ["-c", ECHO, "--token", SECRET]},
    "option-equals": {"args": ["-c", ECHO, "x", f"--db-pass={SECRET}"]},
    "assignment": {"args": ["-c", ECHO, "x", f"SENTRY_DSN={SECRET}"]},
    "header": {"args": ["-c", ECHO, "--header", f"Authorization: Bearer {SECRET}"]},
    "address": {
        "args": [
            "-c",
            ECHO,
            "x",
            f"postgres://u:{SECRET}@h/db",
            f"https://{SECRET}@h",
            f"https://h/?sig={SECRET}",
        ]
    },
    "variable": {"args": ["-c", ECHO, "x", "y"]},
}


def run(home: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "app", *words],
        env={**os.environ, "JACKFIELD_HOME": str(home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_no_command_prints_what_was_planted(tmp_path: Path) -> None:
    lines = []
    for place, keys in PLACES.items():
        table = {"command": sys.executable, **keys}
        lines += [f"[mcp_servers.{place}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
        lines.append(f'env = {{ API_KEY = "{SECRET}" }}')
    (tmp_path / "config.toml").write_text("\n".join(lines))
    gets = [("mcp", "get", place, *more) for place in PLACES for more in ((), ("--json",))]
    for words in (
        ("mcp", "list"),
        ("mcp", "list", "--json"),
        *gets,
        ("mcp", "check", "--verbose"),
        ("mcp", "check", "--json"),
        ("tools",),
    ):
        said = run(tmp_path, *words)
        assert SECRET not in said, words
        assert any(place in said for place in PLACES)
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "config.toml"]
    assert not [path for path in written if SECRET in path.read_text(errors="replace")]


async def test_what_a_server_echoes_is_masked_everywhere() -> None:
    settings = ServerSettings("echo", command=sys.executable, args=(str(QUICK),), env={"API_KEY": SECRET})
    told: list[object] = []
    async with ConnectionManager([settings], listener=told.append) as manager:
        await manager.settled(30)
        with pytest.raises(ServerError) as failed:
            await manager.call_tool("echo", "rpc_error", {"code": -32001, "message": f"no: {SECRET}"})
        await manager.call_tool("echo", "echo", {"text": SECRET})
        trace = manager.trace("echo")
        left = [*map(repr, trace.frames()), *trace.lines(), *map(repr, told), *map(repr, manager.log("echo"))]
    assert SECRET not in str(failed.value) + repr(vars(failed.value))
    assert not [line for line in left if SECRET in line]


def test_an_address_is_shown_without_secrets() -> None:
    stdio = ServerSettings("a", command="run", args=("--token", SECRET, "--db-pass", SECRET))
    http = ServerSettings("b", transport="http", url=f"https://{SECRET}@h/mcp?key={SECRET}#{SECRET}=1")
    assert SECRET not in masked_address(stdio)
    assert SECRET not in masked_address(http).partition("#")[0]
