"""`mcp-server-time` and `mcp-server-git` through the front door."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from services.events import ServerState
from services.results.content import TextBlock
from tests.services.conftest import running

if TYPE_CHECKING:
    from pathlib import Path

    from services.results.content import ToolResult
    from services.settings import ServerSettings

pytestmark = pytest.mark.peer


def text(result: ToolResult) -> str:
    return "\n".join(block.text for block in result.blocks if isinstance(block, TextBlock))


async def test_both_come_up_side_by_side(clock: ServerSettings, git: ServerSettings) -> None:
    async with running(clock, git) as (manager, _):
        assert [status.state for status in manager.statuses] == [ServerState.READY] * 2
        assert {tool.name for tool in manager.catalog("time").tools} == {"get_current_time", "convert_time"}
        assert "git_status" in {tool.name for tool in manager.catalog("git").tools}


async def test_a_time_is_converted(clock: ServerSettings) -> None:
    async with running(clock) as (manager, _):
        arguments = {"source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Kolkata"}
        result = await manager.call_tool("time", "convert_time", arguments)
        assert not result.is_error
        assert json.loads(text(result))["time_difference"] == "+5.5h"


async def test_a_wrong_time_zone_is_an_error_of_the_tool(clock: ServerSettings) -> None:
    async with running(clock) as (manager, _):
        result = await manager.call_tool("time", "get_current_time", {"timezone": "Moon/Copernicus"})
        assert result.is_error
        assert "Moon/Copernicus" in text(result)


async def test_a_repository_is_read_and_committed_to(git: ServerSettings, repository: Path) -> None:
    where = {"repo_path": str(repository)}
    async with running(git) as (manager, _):
        assert "later" in text(await manager.call_tool("git", "git_status", where))
        assert "the first commit" in text(await manager.call_tool("git", "git_log", where))
        await manager.call_tool("git", "git_add", {**where, "files": ["later"]})
        assert "+Not yet." in text(await manager.call_tool("git", "git_diff_staged", where))
