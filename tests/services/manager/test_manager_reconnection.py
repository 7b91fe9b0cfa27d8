"""How lost servers come back, through the front door."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from services.connection_manager import ConnectionManager
from services.connections.reconnection import Attempts, Retry
from services.errors import ConnectionFailed, NotReady, TransportClosed
from services.events import CatalogChanged, ServerState, StatusChanged
from services.settings import ServerSettings
from tests.services.conftest import Recorder
from tests.support.servers import quick
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

FAST = Retry(first=0.02, longest=0.2, tries=5)


@asynccontextmanager
async def reconnecting(
    *servers: ServerSettings, retry: Retry = FAST
) -> AsyncIterator[tuple[ConnectionManager, Recorder]]:
    recorder = Recorder()
    async with ConnectionManager(servers, listener=recorder, retry=retry) as manager:
        await manager.settled(20)
        yield manager, recorder


def states(recorder: Recorder) -> list[ServerState]:
    """The states a server went through, each once in a row."""
    told = [event.status.state for event in recorder if isinstance(event, StatusChanged)]
    return [state for before, state in zip([None, *told], told, strict=False) if state is not before]


async def test_a_server_that_dies_is_back_by_itself_and_its_calls_ended_at_once() -> None:
    async with reconnecting(quick("phoenix")) as (manager, recorder):
        sleeping = asyncio.create_task(manager.call_tool("phoenix", "sleep", {"seconds": 30}))
        with pytest.raises(TransportClosed, match="exit status 7"):
            await manager.call_tool("phoenix", "die", {"status": 7})
        with pytest.raises(TransportClosed, match="exit status 7"):
            await sleeping
        await until(lambda: manager.status("phoenix").restarts == 1)
        await manager.settled(20)
        assert manager.status("phoenix").state is ServerState.READY
        result = await manager.call_tool("phoenix", "echo", {"text": "again"})
        assert not result.is_error
        assert states(recorder) == ["starting", "ready", "reconnecting", "starting", "ready"]
        lost = next(
            event.status
            for event in recorder
            if isinstance(event, StatusChanged) and event.status.state is ServerState.RECONNECTING
        )
        assert lost.cause.startswith("exit status 7")
        assert lost.reason == "exit"
        assert lost.attempt == 1
        assert lost.retry_at is not None


async def test_a_server_that_crashes_at_every_start_is_given_up_after_five_tries() -> None:
    async with reconnecting(quick("broken", "--exit-at-start", "3")) as (manager, _):
        await until(lambda: manager.status("broken").state is ServerState.FAILED, timeout=20)
        status = manager.status("broken")
        assert status.cause == 'exit status 3: "boom" (given up after 5 tries)'
        assert status.restarts == 4
        assert status.reason == "exit"


async def test_what_cannot_pass_is_not_tried_again() -> None:
    async with reconnecting(quick("ghost", startup_timeout_sec=5)) as (manager, _):
        await manager.apply([quick("ghost", env={"X": "1"}, cwd="/no/such/folder")])
        await manager.settled(5)
        assert manager.status("ghost").state is ServerState.FAILED
        assert "does not exist" in manager.status("ghost").cause


async def test_the_person_need_not_wait_for_the_pause() -> None:
    async with reconnecting(quick("slow"), retry=Retry(first=60, longest=60)) as (manager, _):
        with pytest.raises(TransportClosed):
            await manager.call_tool("slow", "die", {"status": 1})
        await until(lambda: manager.status("slow").state is ServerState.RECONNECTING)
        with pytest.raises(NotReady, match="slow is reconnecting: exit status 1"):
            await manager.call_tool("slow", "echo", {"text": "x"})
        await manager.reconnect("slow")
        await manager.settled(20)
        assert manager.status("slow").state is ServerState.READY
        await manager.disconnect("slow")
        assert manager.status("slow").state is ServerState.STOPPED


async def test_disabling_ends_the_waiting() -> None:
    async with reconnecting(quick("off"), retry=Retry(first=60, longest=60)) as (manager, _):
        with pytest.raises(TransportClosed):
            await manager.call_tool("off", "die", {"status": 1})
        await until(lambda: manager.status("off").state is ServerState.RECONNECTING)
        async with asyncio.timeout(5):
            await manager.disable("off")
        assert manager.status("off").state is ServerState.DISABLED


async def test_what_came_and_went_while_it_was_away_is_told(tmp_path: Path) -> None:
    """The server is a script that is edited between its two lives."""
    script = tmp_path / "server.sh"

    def offers(*options: str) -> None:
        server = quick("x", *options)
        script.write_text(f"exec {sys.executable} {' '.join(server.args)}\n", encoding="utf-8")

    offers("--tools", "2")
    settings = ServerSettings("edited", command="/bin/sh", args=(str(script),))
    async with reconnecting(settings) as (manager, recorder):
        offers("--tools", "3", "--strict")
        with pytest.raises(TransportClosed):
            await manager.call_tool("edited", "die", {"status": 1})
        event = await recorder.wait_for(lambda e: isinstance(e, CatalogChanged) and not e.first)
        assert isinstance(event, CatalogChanged)
        assert (event.kind, event.added, event.removed) == ("tools", ("filler_3",), ())
        assert (event.changed, event.what) == (("echo",), ("arguments",))
        offers("--tools", "1", "--strict")
        recorder.clear()
        with pytest.raises(TransportClosed):
            await manager.call_tool("edited", "die", {"status": 1})
        event = await recorder.wait_for(lambda e: isinstance(e, CatalogChanged) and not e.first)
        assert isinstance(event, CatalogChanged)
        assert (event.added, event.removed, event.changed) == ((), ("filler_2", "filler_3"), ())


async def test_only_servers_whose_table_changed_restart() -> None:
    async with reconnecting(quick("same"), quick("other"), quick("gone")) as (manager, _):
        pid = manager.status("same").pid
        applied = await manager.apply([quick("same"), quick("new"), quick("other", "--tools", "9")])
        assert (applied.added, applied.removed, applied.changed) == (("new",), ("gone",), ("other",))
        await manager.settled(20)
        assert manager.servers == ("same", "new", "other")
        assert manager.status("same").pid == pid
        assert manager.status("same").restarts == 0
        assert manager.status("other").restarts == 1
        assert manager.status("other").tools >= 9
        assert not await manager.apply([manager.settings(name) for name in manager.servers])


async def test_another_choice_of_tools_needs_no_new_connection() -> None:
    async with reconnecting(quick("one")) as (manager, recorder):
        pid = manager.status("one").pid
        call = asyncio.create_task(manager.call_tool("one", "sleep", {"seconds": 1}))
        await manager.apply([quick("one", enabled_tools=("echo", "sleep"), disabled_tools=("sleep",))])
        await until(lambda: [tool.name for tool in manager.catalog("one").tools] == ["echo"])
        assert any(isinstance(event, CatalogChanged) and "sleep" in event.removed for event in recorder)
        await call
        await manager.apply([quick("one")])
        await until(lambda: len(manager.catalog("one").tools) > 1)
        assert (manager.status("one").pid, manager.status("one").restarts) == (pid, 0)


async def test_removing_a_server_ends_its_calls() -> None:
    async with reconnecting(quick("short")) as (manager, _):
        calling = asyncio.create_task(manager.call_tool("short", "sleep", {"seconds": 30}))
        await until(lambda: manager.status("short").latency is not None)
        await asyncio.sleep(0.05)
        await manager.remove("short")
        with pytest.raises(TransportClosed, match="disconnected"):
            await calling
        assert manager.servers == ()


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_pauses_double_to_half_a_minute_and_a_minute_of_health_begins_anew(chance: float) -> None:
    attempts = Attempts(Retry(), chance=lambda: chance)
    error = ConnectionFailed("cannot connect", reason="network")
    part = 1 - 0.2 * chance
    pauses = [attempts.pause(error, endless=True) for _ in range(8)]
    assert pauses == [pytest.approx(seconds * part) for seconds in (0.5, 1, 2, 4, 8, 16, 30, 30)]
    attempts.held(59)
    assert attempts.pause(error, endless=True) == pytest.approx(30 * part)
    attempts.held(60)
    assert attempts.pause(error, endless=True) == pytest.approx(0.5 * part)


def test_retry_after_is_obeyed_within_reason() -> None:
    error = ConnectionFailed("HTTP 429", reason="rate_limited")
    error.retry_after = 17.0
    assert Attempts(Retry()).pause(error, endless=False) == 17.0
    error.retry_after = 1e9
    assert Attempts(Retry()).pause(error, endless=False) == 3600.0
    error.retry_after = 0.0
    assert 0.4 <= (Attempts(Retry()).pause(error, endless=False) or 0) <= 0.5
