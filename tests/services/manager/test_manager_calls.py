"""Calls through the front door: results, progress, cancelling, timeouts, questions."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from services.errors import CallTimeout, ServerError
from services.inbox.questions import Answer, FormQuestion, LinkQuestion, QuestionAsked, QuestionClosed
from services.results.content import TextBlock, UnknownBlock
from tests.services.conftest import running
from tests.support.servers import demo, quick
from tests.support.waiting import until

if TYPE_CHECKING:
    from services.connections.calls import Progress

ERAS = pytest.mark.parametrize("protocol", ["legacy", "2026-07-28"])


@ERAS
async def test_text_and_structured_content_are_both_there(protocol: str) -> None:
    async with running(demo(protocol=protocol)) as (manager, _):
        result = await manager.call_tool("demo", "add", {"a": 2, "b": 3})
        assert result.structured is not None
        assert 5 in json.loads(result.structured).values()
        assert any(isinstance(block, TextBlock) and "5" in block.text for block in result.blocks)
        assert result.faults == ()
        assert result.duration > 0


SCENARIOS = {
    "image_only": 1,
    "text_then_image": 1,
    "invalid_base64_then_image": 1,
    "invalid_image_bytes_then_image": 1,
    "multiple_valid_images": 2,
    "image_then_text": 1,
    "text_only": 0,
}


async def test_the_first_block_that_decodes_is_the_picture() -> None:
    async with running(demo()) as (manager, _):
        for scenario, pictures in SCENARIOS.items():
            result = await manager.call_tool("demo", "image_scenario", {"scenario": scenario})
            assert len(result.pictures) >= pictures if pictures > 1 else len(result.pictures) == pictures, (
                scenario
            )
        result = await manager.call_tool("demo", "image_scenario", {"scenario": "invalid_base64_then_image"})
        assert result.pictures[0].block_index == 1


@ERAS
async def test_progress_comes_with_messages(protocol: str) -> None:
    async with running(demo(protocol=protocol)) as (manager, _):
        seen: list[Progress] = []
        await manager.call_tool("demo", "countdown", {"seconds": 1}, on_progress=seen.append)
        assert seen
        assert seen[-1].message


@ERAS
async def test_cancelling_the_task_cancels_the_call_at_once(protocol: str) -> None:
    async with running(demo(protocol=protocol)) as (manager, _):
        started = asyncio.Event()
        call = asyncio.create_task(
            manager.call_tool("demo", "countdown", {"seconds": 60}, on_progress=lambda _: started.set())
        )
        await asyncio.wait_for(started.wait(), 10)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(call, 2)
        assert (await manager.call_tool("demo", "echo", {"text": "still here"})).is_error is False


async def test_the_timeout_names_the_key_and_starts_again_with_progress() -> None:
    async with running(quick(tool_timeout_sec=0.6)) as (manager, _):
        with pytest.raises(CallTimeout, match="tool_timeout_sec"):
            await manager.call_tool("quick", "sleep", {"seconds": 30})
        await manager.call_tool("quick", "progress", {"steps": 6, "delay": 0.25})


@ERAS
@pytest.mark.parametrize("action", ["accept", "decline", "cancel"])
async def test_the_three_answers_reach_the_server_as_such(protocol: str, action: str) -> None:
    async with running(demo(protocol=protocol, tool_timeout_sec=1.0)) as (manager, events):
        call = asyncio.create_task(manager.call_tool("demo", "ask", {"form": "short"}))
        asked = await events.wait_for(lambda e: isinstance(e, QuestionAsked))
        assert isinstance(asked, QuestionAsked)
        assert isinstance(asked.question, FormQuestion)
        content = {name: prop.get("default") for name, prop in asked.question.schema["properties"].items()}
        content = {name: value for name, value in content.items() if value is not None}
        for name in asked.question.schema.get("required", ()):
            content.setdefault(name, "Alice")
        await asyncio.sleep(0.1)
        manager.inbox.answer(asked.question, Answer(action, content if action == "accept" else None))  # type: ignore[arg-type]
        result = await asyncio.wait_for(call, 10)
        text = "".join(block.text for block in result.blocks if isinstance(block, TextBlock))
        assert action in text
        assert manager.inbox.questions == ()


async def test_the_tool_timeout_stands_still_while_a_question_is_open() -> None:
    async with running(quick(tool_timeout_sec=0.5)) as (manager, events):
        call = asyncio.create_task(manager.call_tool("quick", "ask", {}))
        asked = await events.wait_for(lambda e: isinstance(e, QuestionAsked))
        assert isinstance(asked, QuestionAsked)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(call), 1.0)
        manager.inbox.answer(asked.question, Answer("decline"))
        result = await asyncio.wait_for(call, 5)
        assert "decline" in json.dumps(result.raw)


async def test_a_timeout_is_told_to_the_server_as_one_and_a_cancel_as_one() -> None:
    async with running(quick(tool_timeout_sec=0.5)) as (manager, _):
        with pytest.raises(CallTimeout):
            await manager.call_tool("quick", "sleep", {"seconds": 30})
        await until(lambda: "no result within 0.5 s" in "".join(manager.trace("quick").lines()))
        assert "caller cancelled" not in "".join(manager.trace("quick").lines())
        call = asyncio.create_task(manager.call_tool("quick", "sleep", {"seconds": 30}))
        await asyncio.sleep(0.1)
        call.cancel()
        await until(lambda: "caller cancelled" in "".join(manager.trace("quick").lines()))


async def test_the_latency_leaves_out_what_the_person_thought() -> None:
    async with running(quick()) as (manager, events):
        call = asyncio.create_task(manager.call_tool("quick", "ask", {}))
        asked = await events.wait_for(lambda e: isinstance(e, QuestionAsked))
        assert isinstance(asked, QuestionAsked)
        await asyncio.sleep(1.5)
        manager.inbox.answer(asked.question, Answer("decline"))
        await asyncio.wait_for(call, 5)
        latency = manager.status("quick").latency
        assert latency is not None
        assert latency < 1


@ERAS
async def test_a_question_whose_call_was_cancelled_is_withdrawn(protocol: str) -> None:
    async with running(demo(protocol=protocol)) as (manager, events):
        call = asyncio.create_task(manager.call_tool("demo", "ask", {}))
        await events.wait_for(lambda e: isinstance(e, QuestionAsked))
        call.cancel()
        closed = await events.wait_for(lambda e: isinstance(e, QuestionClosed))
        assert isinstance(closed, QuestionClosed)
        assert closed.outcome == "withdrawn"
        assert manager.inbox.questions == ()


async def test_a_question_whose_server_dies_is_withdrawn() -> None:
    async with running(quick()) as (manager, events):
        asking = asyncio.create_task(manager.call_tool("quick", "ask", {}))
        await events.wait_for(lambda e: isinstance(e, QuestionAsked))
        with pytest.raises(Exception, match="exit status 4"):
            await manager.call_tool("quick", "die", {"status": 4})
        await events.wait_for(lambda e: isinstance(e, QuestionClosed) and e.outcome == "withdrawn")
        with pytest.raises(Exception, match="exit status 4"):
            await asking


async def test_several_questions_queue_oldest_first() -> None:
    async with running(demo()) as (manager, _):
        calls = [asyncio.create_task(manager.call_tool("demo", "ask", {})) for _ in range(3)]
        await until(lambda: len(manager.inbox.questions) == 3)
        numbers = [question.number for question in manager.inbox.questions]
        assert numbers == sorted(numbers)
        for question in manager.inbox.questions:
            manager.inbox.answer(question, Answer("decline"))
        results = await asyncio.gather(*calls)
        assert all("decline" in json.dumps(result.raw) for result in results)


async def test_url_mode_shows_the_url_and_opens_nothing() -> None:
    async with running(demo()) as (manager, events):
        call = asyncio.create_task(manager.call_tool("demo", "ask_url", {}))
        asked = await events.wait_for(lambda e: isinstance(e, QuestionAsked))
        assert isinstance(asked, QuestionAsked)
        assert isinstance(asked.question, LinkQuestion)
        assert asked.question.url.startswith("http")
        manager.inbox.answer(asked.question, Answer("accept"))
        assert "accept" in json.dumps((await asyncio.wait_for(call, 10)).raw)


async def test_a_tool_error_is_a_result_and_a_protocol_error_is_an_error() -> None:
    async with running(demo(), quick()) as (manager, _):
        assert (await manager.call_tool("demo", "fail", {})).is_error
        with pytest.raises(ServerError) as caught:
            await manager.call_tool("quick", "rpc_error", {})
        assert caught.value.code


async def test_a_result_that_is_not_valid_mcp_is_shown_with_what_is_wrong() -> None:
    async with running(quick()) as (manager, _):
        for kind in ("string", "unknown", "missing_text", "no_content", "null_content", "bad_structured"):
            result = await manager.call_tool("quick", "bad_result", {"kind": kind})
            assert result.faults, kind
            assert result.raw or kind == "no_content"
        result = await manager.call_tool("quick", "bad_result", {"kind": "surrogate"})
        assert any(isinstance(block, TextBlock) and "half a pair" in block.text for block in result.blocks)
        with pytest.raises(ServerError, match="not valid JSON-RPC") as caught:
            await manager.call_tool("quick", "bad_result", {"kind": "list"})
        assert caught.value.data == []
        result = await manager.call_tool("quick", "bad_result", {"kind": "unknown"})
        assert any(isinstance(block, UnknownBlock) for block in result.blocks)


async def test_structured_content_that_contradicts_its_schema_is_shown_with_the_reason() -> None:
    async with running(quick()) as (manager, _):
        result = await manager.call_tool("quick", "structured", {})
        assert result.structured is not None
        assert any("output schema" in fault for fault in result.faults)


async def test_resources_prompts_and_completion() -> None:
    async with running(demo()) as (manager, _):
        catalog = manager.catalog("demo")
        texts = [await manager.read_resource("demo", resource.raw_uri) for resource in catalog.resources]
        assert any(result.pictures for result in texts)
        assert any(content.text for result in texts for content in result.contents)
        plain = next(prompt for prompt in catalog.prompts if not any(a.required for a in prompt.arguments))
        assert (await manager.get_prompt("demo", plain.name)).messages
        template = catalog.templates[0]
        variable = template.raw_uri_template.partition("{")[2].partition("}")[0]
        assert await manager.complete("demo", template, variable, "")
