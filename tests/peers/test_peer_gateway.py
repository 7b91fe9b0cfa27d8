"""Clients that nobody here wrote use our gateway: they list what it offers, and call."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from services.settings import ServerSettings
from tests.peers.install import PEERS, node
from tests.peers.servers import everything_stdio, tasks_stdio
from tests.servers.skilled import Skilled, entry, manifest
from tests.servers.web import Web
from tests.services.gateway.asking import ASKABLE, TASKS, answered, asked, call
from tests.services.gateway.stage import gateway
from tests.support.places import ROOT
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.services.gateway.stage import Stage

pytestmark = [pytest.mark.peer, pytest.mark.timeout(180)]

CONFIG = f"""
[mcp_servers.demo]
command = {json.dumps(sys.executable)}
args = ["-m", "services.demo"]
cwd = {json.dumps(str(ROOT))}
"""
CLI = "clients/cli/build/index.js"
SKILL = "skill://acme/pdf"
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


@pytest.mark.parametrize("era", ["legacy", "modern"])
@pytest.mark.parametrize("way", ["stdio", "http"])
async def test_the_inspector_lists_and_calls(home: Path, tmp_path: Path, way: str, era: str) -> None:
    async with _reached(home, way) as where:
        said = partial(_inspector, tmp_path, *where, "--protocol-era", era, "--method")
        listed = await said("tools/list")
        assert {"demo__echo", "demo__add"} <= {tool["name"] for tool in listed["tools"]}
        called = await said("tools/call", "--tool-name", "demo__add", "--tool-args-json", '{"a": 2, "b": 3}')
        assert called["structuredContent"] == {"sum": 5}
        assert (await said("prompts/list"))["prompts"]
        uri = (await said("resources/list"))["resources"][0]["uri"]
        assert (await said("resources/read", "--uri", uri))["contents"][0]["uri"] == uri


async def test_the_inspector_is_refused_with_another_token(home: Path, tmp_path: Path) -> None:
    async with _reached(home, "http") as where:
        other = [*where[:-1], "Authorization: Bearer another"]
        with pytest.raises(AssertionError, match="auth_required"):
            await _inspector(tmp_path, *other, "--method", "tools/list")


@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_the_inspector_verifies_skills(tmp_path: Path, era: str) -> None:
    async with _skills() as (_, behind):
        words = ("--server-url", behind.url(), "--transport", "http", "--protocol-era", era)
        report = await _inspector(tmp_path, *words, "--method", "skills/list", "--verify")
        assert "skill://one/acme/pdf/SKILL.md" in json.dumps(report)


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
@pytest.mark.parametrize("scenario", ["enumeration", "manifest", "directory"])
async def test_the_suites_scenarios_for_skills_pass(tmp_path: Path, scenario: str, revision: str) -> None:
    async with _skills() as (direct, behind):
        for place in (direct, behind.url(), behind.url("one")):
            folder = tmp_path / str(len(list(tmp_path.iterdir())))
            name = f"sep-2640-skills-{scenario}"
            process = await asyncio.create_subprocess_exec(
                node(),
                PEERS
                / "node"
                / "node_modules"
                / "@modelcontextprotocol"
                / "conformance"
                / "dist"
                / "index.js",
                *("server", "--url", place, "--scenario", name, "--spec-version", revision, "--force"),
                *("--output-dir", folder),
                env=environment(),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            await asyncio.wait_for(process.wait(), 120)
            (found,) = folder.rglob("checks.json")
            checks = json.loads(found.read_text(encoding="utf-8"))
            bad = [check for check in checks if check["status"] in ("FAILURE", "WARNING")]
            assert not bad, (place, bad)
            assert sum(check["status"] == "SUCCESS" for check in checks) > 5


@asynccontextmanager
async def _skills() -> AsyncIterator[tuple[str, Stage]]:
    """A server with a skill, and a gateway in front of it."""
    files = {"SKILL.md": manifest("pdf"), "references/FORMS.md": b"forms\n"}
    server = Skilled(entry(SKILL, files), files={f"{SKILL}/{path}": data for path, data in files.items()})
    server.strict = False  # the suite does not declare the extension
    below = {"uri": f"{SKILL}/references", "name": "references", "mimeType": "inode/directory"}
    whole = {"uri": f"{SKILL}/SKILL.md", "name": "SKILL.md", "mimeType": "text/markdown"}
    forms = {"uri": f"{SKILL}/references/FORMS.md", "name": "FORMS.md"}
    server.directories = {SKILL: [below, whole], f"{SKILL}/references": [forms]}
    server.resources = [{**whole, "name": "pdf", "description": "What it is for."}]
    async with (
        Web(before=server) as web,
        gateway(ServerSettings("one", transport="http", url=web.url)) as stage,
    ):
        await stage.door.manager.settled(20)
        yield web.url, stage


@asynccontextmanager
async def _reached(home: Path, way: str) -> AsyncIterator[list[str]]:
    """How the Inspector reaches the gateway of this home, which serves over HTTP while the block runs."""
    if way == "stdio":
        yield ["-e", f"JACKFIELD_HOME={home}", "-e", f"PYTHONPATH={ROOT}", sys.executable, *GATEWAY]
        return
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *GATEWAY,
        "--http",
        "127.0.0.1:0",
        cwd=ROOT,
        env=environment(JACKFIELD_HOME=str(home)),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(60):
            while not (url := (await process.stderr.readline()).decode().strip()).startswith("http://"):
                assert process.returncode is None
        token = (home / "gateway" / "token").read_text(encoding="utf-8").strip()
        yield ["--server-url", url, "--transport", "http", "--header", f"Authorization: Bearer {token}"]
    finally:
        process.terminate()
        await process.wait()


async def _inspector(place: Path, *words: str) -> Any:
    """What the Inspector's command line prints, which is JSON."""
    process = await asyncio.create_subprocess_exec(
        node(),
        PEERS / "node" / "node_modules" / "@modelcontextprotocol" / "inspector" / CLI,
        *words,
        "--format",
        "json",
        "--quiet",
        cwd=place,
        env=environment(HOME=str(place)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, err.decode()
    said = json.loads(out)
    return said.get("result", said)


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


@pytest.mark.parametrize("peer", ["everything", "fastmcp"])
async def test_the_sdk_of_npm_has_its_call_as_a_task(tmp_path: Path, peer: str) -> None:
    """Its experimental tasks are those of 2025-11-25; of the servers one has these, one the newer ones."""
    if peer == "everything":
        (command, args), tool = everything_stdio(), "simulate-research-query"
        given: dict[str, Any] = {"topic": "python", "ambiguous": True}
    else:
        (command, args), tool, given = tasks_stdio(), "slow", {"seconds": 1}
    async with gateway(ServerSettings(peer, command=command, args=args)) as stage:
        await until(lambda: stage.door.gateway.known.has(peer, "tools"), 60)
        process = await asyncio.create_subprocess_exec(
            node(),
            Path(__file__).with_name("tasks_client.mjs"),
            PEERS / "node",
            stage.url(),
            f"{peer}__{tool}",
            json.dumps(given),
            stdout=asyncio.subprocess.PIPE,
            env=environment(HOME=str(tmp_path)),
        )
        out, _ = await asyncio.wait_for(process.communicate(), 120)
    said = [json.loads(line) for line in out.splitlines()]
    assert said[0] == {"support": "required" if peer == "everything" else "optional"}
    task = next(each["taskCreated"] for each in said if "taskCreated" in each)
    assert task["taskId"].startswith(f"{peer}__")
    assert not [each for each in said if "error" in each], said
    result = next(each["result"] for each in said if "result" in each)
    asked = [each["related"] for each in said if "asked" in each]
    if peer == "everything":
        assert asked == [task["taskId"]]
        assert "programming" in repr(result)
    else:
        assert "slept 1 s" in repr(result)
    (listed,) = said[-1]["listed"]
    assert (listed["taskId"], listed["status"]) == (task["taskId"], "completed")


async def test_a_newer_client_follows_a_task_of_the_reference_server() -> None:
    command, args = everything_stdio()
    async with gateway(ServerSettings("everything", command=command, args=args)) as stage:
        await until(lambda: stage.door.gateway.known.has("everything", "tools"), 60)
        given = {"topic": "python", "ambiguous": True}
        tool = "everything__simulate-research-query"
        made = await call(stage.url(), tool, TASKS | ASKABLE, arguments=given)
        assert made["resultType"] == "task"
        seen = made
        async with asyncio.timeout(60):
            while seen["status"] not in ("completed", "failed"):
                if wanted := seen.get("inputRequests"):
                    (request,) = wanted.values()
                    (name,) = request["params"]["requestedSchema"]["properties"]
                    told = answered(seen, **{name: "snake"})["inputResponses"]
                    about = {"taskId": made["taskId"], "inputResponses": told}
                    await asked(stage.url(), "tasks/update", TASKS | ASKABLE, **about)
                await asyncio.sleep(0.2)
                seen = await asked(stage.url(), "tasks/get", TASKS | ASKABLE, taskId=made["taskId"])
        assert "snake" in repr(seen["result"])
