"""How servers come up, go down and say why, through the front door."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from services.connection_manager import ConnectionManager
from services.errors import NotReady, TransportClosed, UnknownServer, UnknownTool
from services.events import CatalogChanged, LogLine, ServerState, StatusChanged
from services.remedies import LengthenStart
from services.settings import ServerSettings
from tests.services.conftest import running
from tests.support.servers import demo, quick
from tests.support.waiting import until
from tests.support.work import PATIENCE


async def test_a_server_becomes_ready_with_its_catalog_counted() -> None:
    async with running(quick("one", "--tools", "7", "--page-size", "3")) as (manager, events):
        status = manager.status("one")
        assert status.state is ServerState.READY
        assert status.tools == len(manager.catalog("one").tools) >= 7
        assert status.protocol.startswith("2025-")
        assert status.latency is not None
        assert status.bytes_in > status.bytes_out > 0
        assert status.pid is not None
        states = [e.status.state for e in events if isinstance(e, StatusChanged)]
        assert states[0] is ServerState.STARTING
        first = [e for e in events if isinstance(e, CatalogChanged) and e.kind == "tools"]
        assert len(first) == 1
        assert first[0].first


async def test_both_eras_are_negotiated_with_the_same_server() -> None:
    async with running(demo("auto"), demo("old", protocol="legacy"), demo("new", protocol="2026-07-28")) as (
        m,
        _,
    ):
        assert m.status("auto").protocol == "2026-07-28"
        assert m.status("old").protocol == "2025-11-25"
        assert m.status("new").protocol == "2026-07-28"


async def test_one_slow_server_keeps_nobody_waiting() -> None:
    slow = quick("slow", "--slow-start", "300")
    async with ConnectionManager([slow, quick("fast")]) as manager:
        await until(lambda: manager.status("fast").state is ServerState.READY)
        assert manager.status("slow").state is ServerState.STARTING
        async with asyncio.timeout(PATIENCE):
            await manager.disconnect("slow")
        assert manager.status("slow").state is ServerState.STOPPED


async def test_the_exit_status_and_the_last_line_of_stderr_are_the_cause() -> None:
    async with running(quick("broken", "--exit-at-start", "3")) as (manager, _):
        status = manager.status("broken")
        assert status.state is ServerState.FAILED
        assert status.cause == 'exit status 3: "boom"'
        assert any(line.source == "stderr" and line.text == "boom" for line in manager.log("broken"))


async def test_a_command_that_does_not_exist_says_so() -> None:
    async with running(ServerSettings("ghost", command="no-such-command-here")) as (manager, _):
        status = manager.status("ghost")
        assert status.state is ServerState.FAILED
        assert "no-such-command-here" in status.cause
        assert "not found" in status.cause


async def test_a_silent_server_fails_with_the_key_that_lengthens_the_wait() -> None:
    async with running(quick("mute", "--silent", startup_timeout_sec=0.8)) as (manager, _):
        status = manager.status("mute")
        assert status.state is ServerState.FAILED
        assert status.cause.startswith("no answer within 0.8 s")
        assert status.remedy == LengthenStart("mute")


async def test_a_missing_token_variable_is_named() -> None:
    settings = ServerSettings(
        "web", transport="http", url="http://127.0.0.1:9/mcp", bearer_token_env_var="NO_TOKEN"
    )
    async with running(settings, environ={"PATH": os.environ["PATH"]}) as (manager, _):
        status = manager.status("web")
        assert status.state is ServerState.FAILED
        assert "Environment variable NO_TOKEN for MCP server 'web' is not set" in status.cause


async def test_a_refused_connection_names_host_and_port() -> None:
    async with running(ServerSettings("web", transport="http", url="http://127.0.0.1:9/mcp")) as (manager, _):
        assert manager.status("web").cause.startswith("cannot connect to 127.0.0.1:9")


async def test_junk_on_standard_output_is_shown_and_does_no_harm() -> None:
    async with running(quick("noisy", "--junk")) as (manager, _):
        assert manager.status("noisy").state is ServerState.READY
        assert any(
            line.source == "stdout" and "not a JSON-RPC message" in line.text for line in manager.log("noisy")
        )


async def test_a_server_that_dies_ends_its_calls_at_once_with_the_cause() -> None:
    async with running(quick("mortal")) as (manager, _):
        sleeping = asyncio.create_task(manager.call_tool("mortal", "sleep", {"seconds": 30}))
        dying = asyncio.create_task(manager.call_tool("mortal", "die", {"status": 7}))
        with pytest.raises(TransportClosed, match="exit status 7"):
            await dying
        with pytest.raises(TransportClosed, match="exit status 7"):
            await sleeping
        await until(lambda: manager.status("mortal").state is ServerState.FAILED)
        assert manager.status("mortal").cause.startswith("exit status 7")
        with pytest.raises(NotReady, match="mortal is failed"):
            await manager.call_tool("mortal", "echo", {})
        await manager.reconnect("mortal")
        await manager.settled(10)
        assert manager.status("mortal").state is ServerState.READY
        assert manager.status("mortal").restarts == 1


async def test_disable_and_enable() -> None:
    async with running(quick("one"), quick("off", enabled=False)) as (manager, _):
        assert manager.status("off").state is ServerState.DISABLED
        await manager.enable("off")
        await manager.disable("one")
        await manager.settled(10)
        assert manager.status("off").state is ServerState.READY
        assert manager.status("one").state is ServerState.DISABLED
        assert manager.catalog("one").tools == ()


async def test_an_invalid_table_is_shown_and_never_started() -> None:
    bad = ServerSettings("bad", invalid="url is not supported for stdio", hint="remove url")
    async with running(bad, quick("good")) as (manager, _):
        await manager.connect("bad")
        assert manager.status("bad").state is ServerState.INVALID
        assert manager.status("bad").cause == "url is not supported for stdio"
        assert manager.status("good").state is ServerState.READY


async def test_unknown_names_come_with_the_nearest_known() -> None:
    async with running(quick("everything")) as (manager, _):
        with pytest.raises(UnknownServer, match="did you mean everything"):
            await manager.call_tool("everthing", "echo", {})
        with pytest.raises(UnknownTool, match="did you mean echo"):
            await manager.call_tool("everything", "ecko", {})


async def test_allow_list_first_then_deny_list() -> None:
    settings = quick("few", enabled_tools=("echo", "sleep", "nonsense"), disabled_tools=("sleep",))
    async with running(settings) as (manager, _):
        assert [tool.name for tool in manager.catalog("few").tools] == ["echo"]
        with pytest.raises(UnknownTool):
            await manager.call_tool("few", "sleep", {"seconds": 0})


async def test_a_repeated_cursor_ends_the_list_and_is_noted() -> None:
    async with running(quick("loop", "--tools", "6", "--page-size", "3", "--repeat-cursor")) as (manager, _):
        assert manager.status("loop").state is ServerState.READY
        assert any("repeated its cursor" in line.text for line in manager.log("loop"))


async def test_an_announced_tool_appears_and_is_reported() -> None:
    for protocol in ("legacy", "2026-07-28"):
        async with running(demo("demo", protocol=protocol)) as (manager, events):
            await manager.call_tool("demo", "grow", {})
            event = await events.wait_for(lambda e: isinstance(e, CatalogChanged) and not e.first)
            assert isinstance(event, CatalogChanged)
            assert event.added[0].startswith("grown_")
            assert event.added[0] in [tool.name for tool in manager.catalog("demo").tools]


async def test_the_last_200_lines_of_stderr_are_kept() -> None:
    async with running(quick("loud")) as (manager, _):
        await manager.call_tool("loud", "flood_stderr", {"lines": 5_000})

        def stderr() -> list[LogLine]:
            return [line for line in manager.log("loud") if line.source == "stderr"]

        await until(lambda: len(stderr()) >= 200 and "4999" in stderr()[-1].text)
        assert len(manager.log("loud")) <= 2_300


async def test_fifty_servers_start_at_once() -> None:
    servers = [quick(f"s{n}") for n in range(50)]
    async with ConnectionManager(servers) as manager:
        await manager.settled(60)
        assert {status.state for status in manager.statuses} == {ServerState.READY}


def test_the_layer_works_without_a_screen() -> None:
    assert "services" in sys.modules
