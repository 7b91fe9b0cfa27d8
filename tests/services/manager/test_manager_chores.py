"""What a connection does beside calls: the sandbox told, files watched, a sign of life, calls sent again."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from services.connection_manager import ConnectionManager
from services.connections.pulse import keep_pulse
from services.connections.reconnection import Retry
from services.connections.watching import wanted_path, watched_folders
from services.errors import TransportClosed
from services.events import CatalogChanged, ServerState
from services.logs.server_log import ServerLog
from services.settings import ServerSettings
from tests.servers.web import MODERN, REVISIONS, Web
from tests.services.conftest import Recorder, running
from tests.support.servers import quick
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path


def said(manager: ConnectionManager, server: str) -> list[str]:
    """What the server wrote on standard error."""
    return [line.text for line in manager.log(server) if line.source == "stderr"]


async def test_the_sandbox_is_told_before_any_call_and_again_when_it_changes() -> None:
    settings = quick("box", "--sandbox", sandbox={"sandbox_policy": "read-only", "sandbox_cwd": "/tmp"})
    async with running(settings, quick("plain", sandbox=settings.sandbox)) as (manager, _):
        assert manager.status("plain").state is ServerState.READY
        pid = manager.status("box").pid
        await manager.call_tool("box", "echo", {"text": "1"})
        wider = {"sandbox_policy": {"type": "workspace-write", "writable_roots": ["/tmp"]}}
        changing = asyncio.create_task(
            manager.apply([replace(settings, sandbox=wider), manager.settings("plain")])
        )
        await asyncio.sleep(0)
        await asyncio.sleep(0.02)  # the news is on its way: this call has to wait for the answer
        await manager.call_tool("box", "echo", {"text": "2"})
        await changing
        await until(lambda: len(said(manager, "box")) >= 4)
        first, call, second, again = said(manager, "box")
        assert json.loads(first.removeprefix("sandbox ")) == {
            "sandboxPolicy": {"type": "read-only"},
            "codexLinuxSandboxExe": None,
            "sandboxCwd": "/tmp",
        }
        assert (call, again) == ("call echo", "call echo")
        assert json.loads(second.removeprefix("sandbox "))["sandboxPolicy"] == wider["sandbox_policy"]
        assert manager.status("box").pid == pid


@pytest.mark.parametrize("speaks", [REVISIONS, (MODERN,)], ids=["handshake", "modern"])
async def test_a_refusal_to_hear_of_the_sandbox_is_noted_and_no_more(speaks: tuple[str, ...]) -> None:
    async with Web(speaks) as web:
        web.experimental = ("codex/sandbox-state",)
        box = ServerSettings(
            "box", transport="http", url=web.url, sandbox={"sandbox_policy": "danger-full-access"}
        )
        async with running(box) as (manager, _):
            assert not (await manager.call_tool("box", "echo", {"text": "x"})).is_error
            told = web.methods.index("codex/sandbox-state/update")
            assert told < web.methods.index("tools/list") < web.methods.index("tools/call")
            refused = next(line for line in manager.log("box") if "was refused" in line.text)
            assert refused.level == "warning"


async def test_a_server_starts_again_when_its_files_change_and_tells_the_difference(tmp_path: Path) -> None:
    (tmp_path / "src" / "deep").mkdir(parents=True)
    script = tmp_path / "src" / "deep" / "server.sh"

    def offers(tools: int) -> None:
        words = quick("x", "--tools", str(tools)).args
        script.write_text(f"exec {sys.executable} {' '.join(words)}\n", encoding="utf-8")

    offers(1)
    settings = ServerSettings(
        "dev", command="/bin/sh", args=(str(script),), cwd=str(tmp_path), watch=("src/**/*.sh",)
    )
    async with running(settings) as (manager, recorder):
        (tmp_path / "src" / "notes.txt").write_text("no reason to restart", encoding="utf-8")
        offers(2)
        async with asyncio.timeout(15):
            while not any(isinstance(event, CatalogChanged) and not event.first for event in recorder):
                script.touch()  # the watching begins a moment after the server
                await asyncio.sleep(0.15)
        event = next(e for e in recorder if isinstance(e, CatalogChanged) and not e.first)
        assert event.added == ("filler_2",)
        assert any("server.sh changed: starting again" in line.text for line in manager.log("dev"))
        await manager.disconnect("dev")
        script.touch()
        await asyncio.sleep(0.1)
        assert manager.status("dev").state is ServerState.STOPPED


def test_patterns_are_matched_as_globs(tmp_path: Path) -> None:
    wanted = wanted_path(("src/**/*.py", "server.[tj]s", "data/*"), tmp_path)
    assert wanted(str(tmp_path / "src" / "a.py"))
    assert wanted(str(tmp_path / "src" / "x" / "y" / "a.py"))
    assert wanted(str(tmp_path / "server.ts"))
    assert wanted(str(tmp_path / "data" / "x"))
    assert not wanted(str(tmp_path / "data" / "x" / "y"))
    assert not wanted(str(tmp_path / "src" / "a.pyc"))
    assert watched_folders(("src/**/*.py", "src/deep/*.py", "server.ts"), tmp_path) == (tmp_path,)
    assert watched_folders(("src/**/*.py", "lib/*.py"), tmp_path) == (tmp_path / "lib", tmp_path / "src")


async def test_a_call_is_sent_again_only_when_asked_and_harmless(tmp_path: Path) -> None:
    marker = tmp_path / "died"
    settings = (
        quick("may", "--dies-once", str(marker)),
        quick("asked", "--dies-once", str(tmp_path / "again"), resend=True),
        quick("never", resend=True),
    )
    async with ConnectionManager(settings, retry=Retry(first=0.02)) as manager:
        await manager.settled(20)
        result = await manager.call_tool("may", "die", {"status": 3}, resend=True)
        assert result.blocks[0].text == "alive"  # type: ignore[union-attr]
        result = await manager.call_tool("asked", "die", {"status": 3})
        assert result.blocks[0].text == "alive"  # type: ignore[union-attr]
        marker.unlink()
        with pytest.raises(TransportClosed, match="exit status 3"):
            await manager.call_tool("may", "die", {"status": 3})
        with pytest.raises(TransportClosed, match="exit status 3"):
            await manager.call_tool("never", "die", {"status": 3})


async def test_a_quiet_server_is_asked_for_a_sign_of_life() -> None:
    class Session:
        modern = False
        pings = 0

        async def ping(self) -> None:
            self.pings += 1

    session, recorder = Session(), Recorder()
    log = ServerLog("x", recorder)
    asking = asyncio.create_task(keep_pulse(session, lambda: 99.0, log, quiet=0.01))  # type: ignore[arg-type]
    await until(lambda: session.pings >= 2)
    asking.cancel()
    busy = asyncio.create_task(keep_pulse(session, lambda: 0.0, log, quiet=0.01))  # type: ignore[arg-type]
    asked = session.pings
    await asyncio.sleep(0.05)
    busy.cancel()
    assert session.pings == asked
    session.modern = True  # that revision has no ping, and nothing is sent in its place
    async with asyncio.timeout(5):
        await keep_pulse(session, lambda: 99.0, log, quiet=0.01)  # type: ignore[arg-type]
    assert session.pings == asked


async def test_the_ping_is_answered_by_a_real_server() -> None:
    async with running(quick("one")) as (manager, _):
        session = manager._connection("one").session
        assert session is not None
        assert not session.modern
        await session.ping()
