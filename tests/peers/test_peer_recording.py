"""`@modelcontextprotocol/server-everything` recorded, and the recording in its place."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from services.errors import ServerError
from services.events import ServerState
from services.results.content import TextBlock
from services.settings import ServerSettings
from tests.app.command_line.recording_stage import serving
from tests.peers.oidc_stage import echo, stage
from tests.peers.person import Person
from tests.peers.servers import everything_stdio
from tests.services.conftest import running
from tests.support.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from services.connection_manager import ConnectionManager
    from services.connections.calls import Progress
    from services.results.content import ToolResult

pytestmark = pytest.mark.peer


async def use(manager: ConnectionManager) -> tuple[list[ToolResult], list[Progress], tuple[str, ...]]:
    """What a client does with it, and what comes back."""
    assert manager.status("everything").state is ServerState.READY, manager.status("everything").cause
    told: list[Progress] = []
    results = [
        await manager.call_tool("everything", "echo", {"message": "grüezi"}),
        await manager.call_tool("everything", "get-tiny-image"),
        await manager.call_tool("everything", "get-structured-content", {"location": "New York"}),
        await manager.call_tool(
            *("everything", "trigger-long-running-operation", {"duration": 0.3, "steps": 3}),
            on_progress=told.append,
        ),
    ]
    return results, told, tuple(tool.name for tool in manager.catalog("everything").tools)


async def test_a_recording_takes_the_place_of_the_server(tmp_path: Path) -> None:
    file = str(tmp_path / "r.jsonl")
    command, args = everything_stdio()
    between = ("-m", "app", "record", file, "--", command, *args)
    recorded = ServerSettings("everything", command=sys.executable, args=between, cwd=str(ROOT))
    async with running(recorded) as (manager, _):
        results, told, tools = await use(manager)
    replayed = replace(recorded, args=("-m", "app", "replay", file))
    async with running(replayed) as (manager, _):
        again, told_again, tools_again = await use(manager)
        with pytest.raises(ServerError, match="the recording has no answer to tools/call of get-sum"):
            await manager.call_tool("everything", "get-sum", {"a": 1, "b": 2})
    assert tools_again == tools
    assert told_again == told
    assert len(told) >= 3
    assert [replace(result, duration=0) for result in again] == [replace(one, duration=0) for one in results]
    assert isinstance(results[0].blocks[0], TextBlock)


async def test_a_client_logs_in_behind_a_recorder(tmp_path: Path) -> None:
    async with stage(tmp_path) as here, Person() as person:
        file = tmp_path / "r.jsonl"
        with serving("record", str(file), "--url", here.settings.url, home=tmp_path) as ours:
            behind = replace(here, settings=replace(here.settings, url=ours))
            async with behind.manager() as manager:
                await behind.log_in(manager, person)
                assert person.pages == ["sign in", "consent"]
                assert "hello" in await echo(manager, "hello")
            known = here.provider.about(behind.kept.access_token)
            assert (known["sub"], known["aud"]) == ("bob", here.settings.url)
            text = file.read_text("utf-8")
            assert "hello" in text
            assert behind.kept.access_token not in text
            assert behind.kept.refresh_token is None or behind.kept.refresh_token not in text
