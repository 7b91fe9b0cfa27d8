"""Everything that servers offer, through the gateway and in both eras, on either side."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING

import pytest
from mcp.shared.exceptions import MCPError

from services.settings import GatewaySettings
from tests.services.gateway.stage import ERAS, Person, client, gateway, text_of
from tests.support.servers import demo, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.services.gateway.stage import Stage

BOTH = pytest.mark.parametrize("era", list(ERAS), ids=list(ERAS.values()))


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def stage(anyio_backend: str) -> AsyncIterator[Stage]:
    groups = {"both": ("modern", "quick"), "one": ("quick",)}
    servers = (demo("modern"), demo("older", protocol="legacy"), quick())
    async with gateway(*servers, settings=GatewaySettings(groups=groups)) as opened:
        await opened.door.manager.settled(30)
        yield opened


@BOTH
async def test_all_servers_are_listed_as_one(stage: Stage, era: str) -> None:
    async with client(stage.url(), era) as caller:
        assert caller.protocol_version == ERAS[era]
        tools = {tool.name: tool for tool in (await caller.list_tools()).tools}
        assert {"modern__add", "older__add", "quick__echo"} <= set(tools)
        assert tools["modern__add"].output_schema == tools["older__add"].output_schema is not None
        uris = [str(one.uri) for one in (await caller.list_resources()).resources]
        assert len(uris) == len(set(uris))
        assert any(uri.startswith("older+demo://") for uri in uris)
        prompts = {prompt.name for prompt in (await caller.list_prompts()).prompts}
        assert any(name.startswith("modern__") for name in prompts)


@BOTH
@pytest.mark.parametrize("server", ["modern", "older"])
async def test_a_result_is_what_the_server_gave(stage: Stage, era: str, server: str) -> None:
    async with client(stage.url(), era) as caller, client(stage.url(server), era) as alone:
        summed = await caller.call_tool(f"{server}__add", {"a": 2, "b": 3})
        assert summed.structured_content == {"sum": 5}
        picture = await caller.call_tool(f"{server}__image_scenario", {"scenario": "image_only"})
        image = picture.content[0]
        assert image.type == "image"
        assert base64.b64decode(image.data).startswith(b"\x89PNG")
        same = await alone.call_tool("image_scenario", {"scenario": "image_only"})
        assert same.content == picture.content


@BOTH
@pytest.mark.parametrize("server", ["modern", "older"])
async def test_progress_comes_before_the_result(stage: Stage, era: str, server: str) -> None:
    person = Person()
    async with client(stage.url(), era, person) as caller:
        await caller.call_tool(f"{server}__countdown", {"seconds": 0.5}, progress_callback=person.told)
    assert len(person.progress) >= 5
    assert person.progress == sorted(person.progress)


@BOTH
@pytest.mark.parametrize("server", ["modern", "older"])
@pytest.mark.parametrize("action", ["accept", "decline"])
async def test_a_question_reaches_the_client_that_called(
    stage: Stage, era: str, server: str, action: str
) -> None:
    person = Person(action)
    async with client(stage.url(), era, person) as caller:
        result = await caller.call_tool(f"{server}__ask", {"form": "short"})
    assert len(person.asked) == 1
    assert action in text_of(result)
    assert ("Ada" in text_of(result)) is (action == "accept")


@BOTH
@pytest.mark.parametrize("server", ["modern", "older"])
async def test_a_model_and_directories_are_asked_of_the_client(stage: Stage, era: str, server: str) -> None:
    person = Person()
    async with client(stage.url(), era, person) as caller:
        await caller.list_tools()
        borrowed = await caller.call_tool(f"{server}__borrow_model", {"question": "What is six by seven?"})
        around = await caller.call_tool(f"{server}__look_around", {})
    assert "forty-two" in text_of(borrowed)
    assert "/srv" in text_of(around)
    assert person.asked == ["sampling", "roots"]


@BOTH
@pytest.mark.parametrize("server", ["modern", "older"])
async def test_a_client_that_cannot_answer_is_told_so(stage: Stage, era: str, server: str) -> None:
    async with client(stage.url(), era) as caller:
        result = await asyncio.wait_for(caller.call_tool(f"{server}__ask", {"form": "short"}), 20)
    said = text_of(result)
    assert "decline" in said or "not" in said or result.is_error


@BOTH
async def test_what_is_there_is_read_by_its_own_uri(stage: Stage, era: str) -> None:
    async with client(stage.url(), era) as caller:
        listed = (await caller.list_resources()).resources
        for resource in listed[:8]:
            assert (await caller.read_resource(str(resource.uri))).contents
        assert (await caller.read_resource("demo://sockets/A/1")).contents
        with pytest.raises(MCPError) as refused:
            await caller.read_resource("nowhere://at/all")
        assert "nowhere" in refused.value.error.message


@BOTH
async def test_prompts_and_completion(stage: Stage, era: str) -> None:
    from mcp_types import PromptReference

    async with client(stage.url("quick"), era) as caller:
        prompt = (await caller.list_prompts()).prompts[0]
        reference = PromptReference(type="ref/prompt", name=prompt.name)
        values = (await caller.complete(reference, {"name": "who", "value": "al"})).completion.values
        assert values == ["alpha"]
    async with client(stage.url(), era) as caller:
        given = {each.name: "x" for each in prompt.arguments or ()}
        assert (await caller.get_prompt(f"quick__{prompt.name}", given)).messages


@BOTH
async def test_errors_of_servers_keep_code_and_data(stage: Stage, era: str) -> None:
    async with client(stage.url(), era) as caller:
        with pytest.raises(MCPError) as refused:
            await caller.call_tool("quick__rpc_error", {"code": -32055, "message": "engaged"})
        assert (refused.value.error.code, refused.value.error.message) == (-32055, "engaged")
        for name in ("nothing", "modern__nothing", "quick__", "older_add"):
            with pytest.raises(MCPError, match="Unknown tool"):
                await caller.call_tool(name, {})


@BOTH
async def test_cancelling_ends_the_call_at_the_server(stage: Stage, era: str) -> None:
    async with client(stage.url(), era) as caller:
        call = asyncio.create_task(caller.call_tool("quick__sleep", {"seconds": 60}))
        await asyncio.sleep(0.3)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        log = stage.door.manager.log
        async with asyncio.timeout(10):
            while not any("cancelled sleep" in line.text for line in log("quick")):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


@BOTH
async def test_one_server_and_a_group_have_addresses_of_their_own(stage: Stage, era: str) -> None:
    async with client(stage.url("quick"), era) as caller:
        names = {tool.name for tool in (await caller.list_tools()).tools}
        assert "echo" in names
        assert text_of(await caller.call_tool("echo", {"text": "hello"})) == "hello"
    async with client(stage.url("group/one"), era) as caller:
        assert {tool.name.partition("__")[0] for tool in (await caller.list_tools()).tools} == {"quick"}
    with pytest.raises(BaseException):  # noqa: B017 - whatever a client makes of 404
        async with client(stage.url("group/none"), era) as caller:
            await caller.list_tools()
