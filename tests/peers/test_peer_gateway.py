"""Clients that nobody here wrote use our gateway: they list what it offers, and call."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.peers.install import PEERS, node
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.peer, pytest.mark.timeout(180)]

CONFIG = f"""
[mcp_servers.demo]
command = {json.dumps(sys.executable)}
args = ["-m", "services.demo"]
cwd = {json.dumps(str(ROOT))}
"""
GATEWAY = ["-m", "app", "serve"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with the demo server configured."""
    place = tmp_path / "home"
    place.mkdir()
    (place / "config.toml").write_text(CONFIG, encoding="utf-8")
    return place


def environment(**more: str) -> dict[str, str]:
    path = os.pathsep.join((str(node().parent), os.environ.get("PATH", "")))
    return {**os.environ, "PATH": path, **more}


async def test_mcporter_lists_and_calls(home: Path, tmp_path: Path) -> None:
    gateway = {"command": sys.executable, "args": GATEWAY, "cwd": str(ROOT)}
    config = tmp_path / "mcporter.json"
    config.write_text(
        json.dumps({"mcpServers": {"all": gateway | {"env": {"JACKFIELD_HOME": str(home)}}}}),
        encoding="utf-8",
    )
    program = PEERS / "node" / "node_modules" / "mcporter" / "dist" / "cli.js"

    async def said(*words: str) -> Any:
        process = await asyncio.create_subprocess_exec(
            node(),
            program,
            "--config",
            config,
            *words,
            cwd=tmp_path,
            env=environment(HOME=str(tmp_path)),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await asyncio.wait_for(process.communicate(), 120)
        return json.loads(out)

    listed = await said("list", "all", "--json")
    assert listed["status"] == "ok"
    assert {"demo__echo", "demo__add"} <= {tool["name"] for tool in listed["tools"]}
    assert await said("call", "all.demo__add", "a=2", "b=3") == {"sum": 5}


async def test_codex_lists_and_calls(home: Path, tmp_path: Path) -> None:
    codex = tmp_path / "codex"
    codex.mkdir()
    (codex / "config.toml").write_text(
        f"""
[mcp_servers.all]
command = {json.dumps(sys.executable)}
args = {json.dumps(GATEWAY)}
cwd = {json.dumps(str(ROOT))}
startup_timeout_sec = 60

[mcp_servers.all.env]
JACKFIELD_HOME = {json.dumps(str(home))}
""",
        encoding="utf-8",
    )
    async with _codex(codex) as ask:
        info = {"name": "test", "title": "Test", "version": "1"}
        await ask("initialize", clientInfo=info)
        status = await ask("mcpServerStatus/list")
        (server,) = status["data"]
        assert server["serverInfo"]["name"] == "jackfield"
        assert "demo__add" in server["tools"]
        thread = (await ask("thread/start", cwd=str(codex)))["thread"]["id"]
        result = await ask(
            "mcpServer/tool/call",
            threadId=thread,
            server="all",
            tool="demo__add",
            arguments={"a": 2, "b": 3},
        )
        assert result["structuredContent"] == {"sum": 5}


@asynccontextmanager
async def _codex(home: Path) -> AsyncIterator[Any]:
    """`codex app-server`, spoken to in JSON lines."""
    process = await asyncio.create_subprocess_exec(
        node(),
        PEERS / "node" / "node_modules" / "@openai" / "codex" / "bin" / "codex.js",
        "app-server",
        cwd=home,
        env=environment(CODEX_HOME=str(home)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=1 << 24,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    count = 0

    async def ask(method: str, **params: Any) -> Any:
        nonlocal count
        count += 1
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"id": count, "method": method, "params": params}).encode() + b"\n")
        async with asyncio.timeout(90):
            while True:
                message = json.loads(await process.stdout.readline())
                if message.get("id") == count and "method" not in message:
                    assert "error" not in message, message
                    return message["result"]

    try:
        yield ask
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 20)
        except TimeoutError:
            process.kill()
            await process.wait()
