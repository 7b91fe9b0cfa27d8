"""Three tools in the place of many."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError

from services.settings import GatewaySettings
from tests.services.gateway.stage import ERAS, Person, client, gateway, text_of
from tests.support.servers import demo, quick

BOTH = pytest.mark.parametrize("era", list(ERAS), ids=list(ERAS.values()))
SEARCH = GatewaySettings(search=True, pinned=("quick__echo", "quick__nothing"))


@BOTH
async def test_tools_are_found_described_and_called(era: str) -> None:
    person = Person()
    async with (
        gateway(demo(), quick("quick", "--tools", "300"), settings=SEARCH) as stage,
        client(stage.url(), era, person) as caller,
    ):
        await stage.door.manager.settled(30)
        names = [tool.name for tool in (await caller.list_tools()).tools]
        assert names == ["search_tools", "describe_tool", "call_tool", "quick__echo"]
        found = await ours(caller, "search_tools", query="add numbers", limit=3)
        assert found["tools"][0]["name"] == "demo__add"
        assert len(found["tools"]) <= 3
        filler = await ours(caller, "search_tools", query="filler 217")
        assert filler["tools"][0]["name"] == "quick__filler_217"
        told = await ours(caller, "describe_tool", name="demo__add")
        assert told["tool"]["inputSchema"]["properties"].keys() == {"a", "b"}
        called = await caller.call_tool("call_tool", {"name": "demo__add", "arguments": {"a": 2, "b": 3}})
        assert called.structured_content == {"sum": 5}
        asked = await caller.call_tool("call_tool", {"name": "quick__ask"})
        assert "Ada" in text_of(asked)
        assert text_of(await caller.call_tool("quick__echo", {"text": "pinned"})) == "pinned"


async def ours(caller: Any, tool: str, /, **arguments: Any) -> dict[str, Any]:
    """The structured content of a call; its text is the same."""
    result = await caller.call_tool(tool, arguments)
    assert json.loads(text_of(result)) == result.structured_content
    content: dict[str, Any] = result.structured_content
    return content


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("search_tools", {}, "query"),
        ("search_tools", {"query": 3}, "query"),
        ("search_tools", {"query": "x", "limit": True}, "limit"),
        ("describe_tool", {}, "Unknown tool"),
        ("describe_tool", {"name": "quick__ecko"}, "quick__echo"),
        ("call_tool", {"name": "call_tool"}, "Unknown tool"),
        ("call_tool", {"name": ["quick__echo"]}, "Unknown tool"),
    ],
)
async def test_wrong_arguments_are_named(name: str, arguments: dict[str, Any], said: str) -> None:
    async with gateway(quick(), settings=SEARCH) as stage, client(stage.url(), "auto") as caller:
        await caller.list_tools()
        with pytest.raises(MCPError, match=said):
            await caller.call_tool(name, arguments)


async def test_only_tools_that_say_they_change_nothing() -> None:
    async with gateway(demo(), quick(), read_only=True) as stage, client(stage.url(), "auto") as caller:
        await stage.door.manager.settled(30)
        names = {tool.name for tool in (await caller.list_tools()).tools}
        assert "demo__add" in names
        assert not any(name.startswith("quick__") for name in names)  # it declares nothing
        with pytest.raises(MCPError, match="Unknown tool"):
            await caller.call_tool("quick__echo", {"text": "x"})


async def test_the_filters_of_a_server_hold() -> None:
    server = quick(enabled_tools=("echo", "sleep"), disabled_tools=("sleep",))
    async with gateway(server) as stage, client(stage.url("quick"), "auto") as caller:
        await stage.door.manager.settled(30)
        assert [tool.name for tool in (await caller.list_tools()).tools] == ["echo"]
        for name in ("sleep", "big"):
            with pytest.raises(MCPError, match="Unknown tool"):
                await caller.call_tool(name, {})
