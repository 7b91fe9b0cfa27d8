"""`@modelcontextprotocol/server-everything` through the front door, over stdio and Streamable HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from services.errors import ServerError
from services.events import ServerState
from services.inbox.questions import Answer, FormQuestion, LinkQuestion, QuestionAsked
from services.results.content import ResourceLink, TextBlock
from tests.services.conftest import running
from tests.support.waiting import until

if TYPE_CHECKING:
    from services.connections.calls import Progress
    from services.results.content import ToolResult
    from services.settings import ServerSettings

pytestmark = pytest.mark.peer


def text(result: ToolResult) -> str:
    return "\n".join(block.text for block in result.blocks if isinstance(block, TextBlock))


async def test_it_becomes_ready_with_all_it_offers(everything: ServerSettings) -> None:
    async with running(everything) as (manager, _):
        status = manager.status("everything")
        assert status.state is ServerState.READY, status.cause
        assert status.protocol == "2025-11-25"
        assert status.identity.startswith(("Everything Reference Server", "mcp-servers/everything"))
        assert "Everything" in status.instructions
        catalog = manager.catalog("everything")
        # The tools that ask are there only for a client that says it takes both kinds of question.
        names = {tool.name for tool in catalog.tools}
        assert {"echo", "get-sum", "trigger-elicitation-request", "trigger-url-elicitation"} <= names
        assert (status.tools, status.resources, status.prompts) == (
            len(catalog.tools),
            len(catalog.resources),
            len(catalog.prompts),
        )
        assert catalog.resources
        assert {prompt.name for prompt in catalog.prompts} >= {"simple-prompt", "completable-prompt"}
        assert any("{resourceId}" in template.uri_template for template in catalog.templates)


async def test_tools_answer(everything: ServerSettings) -> None:
    async with running(everything) as (manager, _):
        assert "grüezi" in text(await manager.call_tool("everything", "echo", {"message": "grüezi"}))
        assert "5" in text(await manager.call_tool("everything", "get-sum", {"a": 2, "b": 3}))
        result = await manager.call_tool("everything", "get-structured-content", {"location": "New York"})
        assert result.structured is not None
        assert '"temperature"' in result.structured
        assert result.faults == ()


async def test_a_wrong_argument_is_told_by_the_server(everything: ServerSettings) -> None:
    async with running(everything) as (manager, _):
        try:
            result = await manager.call_tool("everything", "get-sum", {"a": "two", "b": 3})
        except ServerError as error:
            assert "number" in error.message
        else:
            assert result.is_error
            assert "number" in text(result)


async def test_its_picture_is_found_among_the_text(everything: ServerSettings) -> None:
    async with running(everything) as (manager, _):
        result = await manager.call_tool("everything", "get-tiny-image")
        (picture,) = result.pictures
        assert (picture.format, picture.block_index) == ("PNG", 1)


async def test_its_links_can_be_read(everything: ServerSettings) -> None:
    async with running(everything) as (manager, _):
        result = await manager.call_tool("everything", "get-resource-links", {"count": 2})
        links = [block for block in result.blocks if isinstance(block, ResourceLink)]
        assert [link.mime_type for link in links] == ["text/plain", "text/plain"]
        contents = [(await manager.read_resource("everything", link.uri)).contents[0] for link in links]
        assert all(content.text for content in contents)  # one of them is sent as base64


async def test_prompts_and_their_completion(everything: ServerSettings) -> None:
    async with running(everything) as (manager, _):
        arguments = {"department": "Engineering", "name": "Alice"}
        result = await manager.get_prompt("everything", "completable-prompt", arguments)
        (message,) = result.messages
        assert message.block == TextBlock("Please promote Alice to the head of the Engineering team.")
        prompt = next(
            prompt for prompt in manager.catalog("everything").prompts if prompt.name == "completable-prompt"
        )
        assert await manager.complete("everything", prompt, "department", "S") == ("Sales", "Support")
        context = {"department": "Sales"}
        assert await manager.complete("everything", prompt, "name", "E", context) == ("Eve",)


async def test_progress_comes(everything: ServerSettings) -> None:
    async with running(everything) as (manager, _):
        seen: list[Progress] = []
        arguments = {"duration": 0.3, "steps": 3}
        result = await manager.call_tool(
            "everything", "trigger-long-running-operation", arguments, on_progress=seen.append
        )
        assert "completed" in text(result)
        assert [(progress.progress, progress.total) for progress in seen] == [(1, 3), (2, 3), (3, 3)]


async def test_a_cancelled_call_ends_at_once_and_the_next_one_works(everything: ServerSettings) -> None:
    async with running(everything) as (manager, _):
        seen: list[Progress] = []
        call = asyncio.create_task(
            manager.call_tool(
                "everything",
                "trigger-long-running-operation",
                {"duration": 60, "steps": 600},
                on_progress=seen.append,
            )
        )
        await until(lambda: bool(seen))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert "still here" in text(await manager.call_tool("everything", "echo", {"message": "still here"}))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer("accept", {"name": "Bob", "integer": 7, "check": True}), "- Name: Bob"),
        (Answer("decline"), "User declined"),
        (Answer("cancel"), "User cancelled"),
    ],
)
async def test_its_form_is_answered(everything: ServerSettings, answer: Answer, said: str) -> None:
    async with running(everything) as (manager, recorder):
        call = asyncio.create_task(manager.call_tool("everything", "trigger-elicitation-request"))
        event = await recorder.wait_for(lambda event: isinstance(event, QuestionAsked))
        assert isinstance(event, QuestionAsked)
        assert isinstance(event.question, FormQuestion)
        assert event.question.schema["required"] == ["name"]
        manager.inbox.answer(event.question, answer)
        assert said in text(await call)


async def test_its_web_address_is_asked_about(everything: ServerSettings) -> None:
    async with running(everything) as (manager, recorder):
        arguments = {"url": "https://example.com/consent", "message": "Please agree"}
        call = asyncio.create_task(manager.call_tool("everything", "trigger-url-elicitation", arguments))
        event = await recorder.wait_for(lambda event: isinstance(event, QuestionAsked))
        assert isinstance(event, QuestionAsked)
        assert isinstance(event.question, LinkQuestion)
        assert event.question.url == "https://example.com/consent"
        assert event.question.message == "Please agree"
        manager.inbox.answer(event.question, Answer("accept"))
        assert "accept" in text(await call)


async def test_its_log_is_kept(everything: ServerSettings) -> None:
    async with running(everything) as (manager, _):
        await manager.call_tool("everything", "toggle-simulated-logging")
        await until(lambda: any(line.source == "server" for line in manager.log("everything")), 20)
