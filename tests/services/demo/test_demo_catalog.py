"""The demo server's resources, templates, prompts, completions and instructions."""

from __future__ import annotations

import json
from base64 import b64decode
from hashlib import sha256
from typing import TYPE_CHECKING

import mcp_types as types
import pytest
from mcp import MCPError

if TYPE_CHECKING:
    from tests.services.demo.demo_peer import Peer

SOCKET = types.ResourceTemplateReference(uri="demo://sockets/{row}/{number}")
EXPLAIN = types.PromptReference(name="explain_tool")


async def test_introduces_itself(peer: Peer) -> None:
    assert peer.client.protocol_version in ("2025-11-25", "2026-07-28")
    assert peer.client.server_info
    assert peer.client.server_info.name == "jackfield-demo"
    assert peer.client.instructions
    capabilities = peer.client.server_capabilities
    assert capabilities.tools
    assert capabilities.tools.list_changed
    assert capabilities.resources
    assert capabilities.prompts
    assert capabilities.completions is not None
    assert capabilities.logging is not None


async def test_resources_are_text_json_and_a_picture(peer: Peer) -> None:
    resources = (await peer.client.list_resources()).resources
    contents = [(await peer.client.read_resource(resource.uri)).contents[0] for resource in resources]
    assert [resource.name for resource in resources] == ["welcome", "cables", "jackfield"]
    assert [content.mime_type for content in contents] == [resource.mime_type for resource in resources]
    welcome, cables, picture = contents
    assert isinstance(welcome, types.TextResourceContents)
    assert resources[0].size == len(welcome.text.encode())
    assert isinstance(cables, types.TextResourceContents)
    assert len(json.loads(cables.text)["cables"]) == 4
    assert isinstance(picture, types.BlobResourceContents)
    assert b64decode(picture.blob).startswith(b"\x89PNG")


async def test_the_template_reads_a_socket(peer: Peer) -> None:
    templates = (await peer.client.list_resource_templates()).resource_templates
    assert [template.uri_template for template in templates] == [SOCKET.uri]
    for uri, words in {
        "demo://sockets/A/2": "Socket A2: the red cable, to B4.",
        "demo://sockets/A/1": "Socket A1 is free.",
    }.items():
        content = (await peer.client.read_resource(uri)).contents[0]
        assert isinstance(content, types.TextResourceContents)
        assert content.text == words


async def test_an_unknown_resource_is_an_error(peer: Peer) -> None:
    with pytest.raises(MCPError, match="Unknown resource: demo://nowhere") as raised:
        await peer.client.read_resource("demo://nowhere")
    assert raised.value.error.code == (-32602 if peer.modern else -32002)


async def test_completes_the_template(peer: Peer) -> None:
    async def values(name: str, value: str, context: dict[str, str] | None = None) -> list[str]:
        argument = {"name": name, "value": value}
        completed = await peer.client.complete(SOCKET, argument, context)
        return completed.completion.values

    assert await values("row", "") == ["A", "B", "C", "D"]
    assert await values("row", "c") == ["C"]
    assert await values("number", "") == [str(number) for number in range(1, 9)]
    assert await values("number", "", {"row": "B"}) == ["1", "4", "6"]


async def test_prompts(peer: Peer) -> None:
    prompts = (await peer.client.list_prompts()).prompts
    assert [prompt.name for prompt in prompts] == ["tour", "explain_tool"]
    assert [(argument.name, argument.required) for argument in prompts[1].arguments or []] == [
        ("tool", True),
        ("audience", False),
    ]
    tour = await peer.client.get_prompt("tour")
    assert [message.role for message in tour.messages] == ["user", "assistant"]
    explained = await peer.client.get_prompt("explain_tool", {"tool": "add"})
    assert isinstance(explained.messages[0].content, types.TextContent)
    assert explained.messages[0].content.text == "Explain the tool `add` of the demo server to a beginner."


async def test_a_missing_prompt_argument_is_an_error(peer: Peer) -> None:
    with pytest.raises(MCPError, match="needs the argument 'tool'"):
        await peer.client.get_prompt("explain_tool")


async def test_completes_prompt_arguments(peer: Peer) -> None:
    tools = await peer.client.complete(EXPLAIN, {"name": "tool", "value": "ask"})
    assert tools.completion.values == ["ask", "ask_url"]
    audience = await peer.client.complete(EXPLAIN, {"name": "audience", "value": "an op"})
    assert audience.completion.values == ["an operator"]


async def test_an_unknown_tool_is_an_error(peer: Peer) -> None:
    with pytest.raises(MCPError, match="Unknown tool: nothing"):
        await peer.client.call_tool("nothing", {})


async def test_skills_are_listed_with_their_files_where_the_revision_declares_extensions(peer: Peer) -> None:
    declared = peer.client.server_capabilities.extensions or {}
    known = {"io.modelcontextprotocol/skills": {"directoryRead": True}, "io.modelcontextprotocol/tasks": {}}
    assert declared == (known if peer.modern else {})
    listed = await peer.raw("skills/list")
    assert [skill["frontmatter"]["name"] for skill in listed["skills"]] == ["first-steps", "patching"]
    assert ("ttlMs" in listed) is peer.modern
    for skill in listed["skills"]:
        assert (await peer.raw("skills/get", uri=skill["uri"]))["skill"] == skill
        for file in skill["resources"]:
            content = (await peer.client.read_resource(file["uri"])).contents[0]
            assert isinstance(content, types.TextResourceContents)
            data = content.text.encode()
            assert (len(data), f"sha256:{sha256(data).hexdigest()}") == (file["size"], file["digest"])
    below = await peer.raw("resources/directory/read", uri="skill://patching")
    assert [child["name"] for child in below["resources"]] == ["SKILL.md", "references", "templates"]
    for method, uri in (("skills/get", "skill://no/SKILL.md"), ("resources/directory/read", "skill://no")):
        with pytest.raises(MCPError) as raised:
            await peer.raw(method, uri=uri)
        assert raised.value.error.code == -32602


async def test_a_tool_has_the_page_of_an_app(peer: Peer) -> None:
    tools = (await peer.client.list_tools()).tools
    (page,) = [tool.meta["ui"]["resourceUri"] for tool in tools if tool.meta]
    assert (await peer.client.read_resource(page)).contents[0].mime_type == "text/html;profile=mcp-app"
    assert "A1 A2 A3" in str((await peer.client.call_tool("panel", {})).content)
