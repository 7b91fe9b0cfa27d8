"""The three resource tools: pages with a server, everything without one."""

from __future__ import annotations

import pytest

from services.errors import InvalidArguments, UnknownServer
from services.resource_tools import TOOLS, ResourceTools
from tests.services.conftest import running
from tests.support.servers import demo, quick


def test_the_schemas_are_closed() -> None:
    assert [tool.name for tool in TOOLS] == [
        "list_mcp_resources",
        "list_mcp_resource_templates",
        "read_mcp_resource",
    ]
    assert all(tool.input_schema["additionalProperties"] is False for tool in TOOLS)


async def test_without_a_server_everything_of_all_ready_servers_sorted() -> None:
    async with running(quick("zeta"), demo("alpha"), quick("none", "--no-resources")) as (manager, _):
        tools = ResourceTools(manager)
        everything = await tools.call("list_mcp_resources", {})
        servers = [item["server"] for item in everything["resources"]]
        assert servers == sorted(servers)
        assert set(servers) == {"alpha", "zeta"}
        assert "failures" not in everything
        templates = await tools.call("list_mcp_resource_templates", {"server": None})
        assert any(item["server"] == "alpha" for item in templates["resourceTemplates"])


async def test_with_a_server_one_page_and_its_cursor() -> None:
    async with running(quick("paged", "--page-size", "1")) as (manager, _):
        tools = ResourceTools(manager)
        first = await tools.call("list_mcp_resources", {"server": "paged"})
        assert len(first["resources"]) == 1
        second = await tools.call("list_mcp_resources", {"server": "paged", "cursor": first["nextCursor"]})
        assert second["resources"] != first["resources"]


async def test_a_repeated_cursor_ends_the_loop() -> None:
    async with running(quick("loop", "--page-size", "1", "--repeat-cursor")) as (manager, _):
        everything = await ResourceTools(manager).call("list_mcp_resources", {})
        assert everything["resources"]
        assert "repeated its cursor" in everything["failures"]["loop"]


async def test_a_template_is_not_read_and_says_what_is_missing() -> None:
    async with running(demo()) as (manager, _):
        for text in ("demo://sockets/{row}/{number}", "demo://sockets{/row,number}{?x}"):
            given = {"server": "demo", "uri": text}
            with pytest.raises(InvalidArguments, match=r"row, number.* are missing"):
                await ResourceTools(manager).call("read_mcp_resource", given)
        with pytest.raises(InvalidArguments, match="is not a URI template"):
            await manager.follow_resource("demo", "demo://sockets/}")


async def test_errors_in_plain_words() -> None:
    async with running(demo()) as (manager, _):
        tools = ResourceTools(manager)
        with pytest.raises(InvalidArguments, match="cursor can only be used when a server is specified"):
            await tools.call("list_mcp_resources", {"cursor": "x"})
        with pytest.raises(UnknownServer, match="unknown MCP server 'nope'"):
            await tools.call("read_mcp_resource", {"server": "nope", "uri": "demo://x"})
        with pytest.raises(InvalidArguments, match="did you mean server"):
            await tools.call("list_mcp_resources", {"servr": "demo"})
        with pytest.raises(InvalidArguments, match="needs uri"):
            await tools.call("read_mcp_resource", {"server": "demo"})


async def test_reading_gives_the_contents() -> None:
    async with running(demo()) as (manager, _):
        tools = ResourceTools(manager)
        uri = manager.catalog("demo").resources[0].raw_uri
        answer = await tools.call("read_mcp_resource", {"server": "demo", "uri": uri})
        assert answer["server"] == "demo"
        assert answer["contents"]
