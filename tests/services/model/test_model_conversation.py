"""A conversation with a model that is a function: its events, its end, and what stays of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from pydantic_ai.exceptions import ModelRateLimitError
from pydantic_ai.messages import ModelRequest, ToolReturnPart, UserPromptPart
from pydantic_ai.models.function import DeltaThinkingPart, DeltaToolCall

from services.approval import Allow, CancelTurn, Deny
from services.errors import ModelFailed
from services.model.events import (
    ApprovalAsked,
    CallBegun,
    CallEnded,
    CallProgressed,
    CallWanted,
    Cancelled,
    Ended,
    Failed,
    Retrying,
    TextDelta,
    ThinkingDelta,
    UsageReported,
)
from tests.services.model.stage import MODEL, Person, conversing, events, of
from tests.support.servers import demo, quick
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from pydantic_ai.messages import ModelMessage
    from pydantic_ai.models.function import AgentInfo

pytestmark = pytest.mark.anyio


def prompts(messages: list[ModelMessage]) -> list[str]:
    return [str(p.content) for m in messages for p in m.parts if isinstance(p, UserPromptPart)]


def returns(messages: list[ModelMessage]) -> list[ToolReturnPart[Any]]:
    last = messages[-1]
    assert isinstance(last, ModelRequest)
    return [part for part in last.parts if isinstance(part, ToolReturnPart)]


async def echo(messages: list[ModelMessage], _info: AgentInfo) -> AsyncIterator[Any]:
    yield {0: DeltaThinkingPart(content="hm")}
    yield "You said: "
    yield " / ".join(prompts(messages))


def calling(name: str, arguments: str) -> Any:
    """A model that calls one tool, then says what came of it."""

    async def stream(messages: list[ModelMessage], _info: AgentInfo) -> AsyncIterator[Any]:
        done = returns(messages)
        if done:
            yield f"It says {done[0].content}"
        else:
            yield {0: DeltaToolCall(name=name, json_args=arguments, tool_call_id="c1")}

    return stream


async def test_text_and_thinking_stream_and_the_next_turn_goes_on(tmp_path: Path) -> None:
    async with conversing(echo, tmp_path) as conversation:
        first = await events(conversation.ask("one"))
        assert "".join(e.text for e in of(ThinkingDelta, first)) == "hm"
        assert "".join(e.text for e in of(TextDelta, first)) == "You said: one"
        assert len(of(UsageReported, first)) == 1
        assert isinstance(first[-1], Ended) and first[-1].text == "You said: one"
        second = await events(conversation.ask("two"))
        assert isinstance(second[-1], Ended) and second[-1].text == "You said: one / two"
        assert conversation.usage.requests == 2 and second[-1].usage.requests == 1
        assert conversation.usage.share is not None


async def test_undo_retry_and_clear(tmp_path: Path) -> None:
    async with conversing(echo, tmp_path) as conversation:
        for text in ("one", "two"):
            await events(conversation.ask(text))
        (*_, last) = await events(conversation.retry())
        assert isinstance(last, Ended) and last.text == "You said: one / two"
        assert conversation.undo() == "two"
        (*_, last) = await events(conversation.ask("three"))
        assert isinstance(last, Ended) and last.text == "You said: one / three"
        conversation.clear()
        assert conversation.turns == 0 and conversation.undo() is None
        with pytest.raises(ModelFailed):
            conversation.retry()


async def test_a_conversation_goes_into_a_file_and_back(tmp_path: Path) -> None:
    async with conversing(echo, tmp_path) as conversation:
        assert conversation.dump() == b""
        await events(conversation.ask("one"))
        data = conversation.dump()
    async with conversing(echo, tmp_path) as conversation:
        conversation.restore(data)
        (*_, last) = await events(conversation.ask("two"))
        assert isinstance(last, Ended) and last.text == "You said: one / two"


async def test_compacting_leaves_a_summary_to_go_on_from(tmp_path: Path) -> None:
    async with conversing(echo, tmp_path) as conversation:
        await events(conversation.ask("one"))
        (*_, last) = await events(conversation.compact())
        assert isinstance(last, Ended) and "PERSON: one" in last.text
        (*_, last) = await events(conversation.ask("two"))
        assert isinstance(last, Ended) and "summary of our conversation" in last.text


async def test_a_call_is_made_and_answered(tmp_path: Path) -> None:
    person = Person()
    model = calling("mcp__demo__add", '{"a": 2, "b": 3}')
    async with conversing(model, tmp_path, demo(), person=person) as conversation:
        found = await events(conversation.ask("add"))
    (wanted,), (begun,), (ended,) = of(CallWanted, found), of(CallBegun, found), of(CallEnded, found)
    assert (
        wanted.call.server == "demo"
        and wanted.call.tool == "add"
        and wanted.call.arguments == {"a": 2, "b": 3}
    )
    assert begun.call == wanted.call and ended.outcome == "ok" and ended.result is not None
    assert isinstance(found[-1], Ended) and "5" in found[-1].text
    kinds = [type(event) for event in found]
    assert kinds.index(CallWanted) < kinds.index(CallBegun) < kinds.index(CallEnded) < kinds.index(Ended)


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("mcp__demo__add", '{"a": "x"}', "do not fit the schema"),
        ("mcp__demo__add", '{"a": 2,', ""),
        ("mcp__demo__nothing", "{}", ""),
        ("read_mcp_resource", "{}", "needs server"),
    ],
)
async def test_what_cannot_be_called_goes_back_to_the_model(
    tmp_path: Path, name: str, arguments: str, says: str
) -> None:
    async with conversing(calling(name, arguments), tmp_path, demo()) as conversation:
        found = await events(conversation.ask("go"))
    (ended,) = of(CallEnded, found)
    assert ended.outcome in ("refused", "failed") and says in ended.answer
    assert isinstance(found[-1], Ended)


async def test_the_resource_tools_are_ours(tmp_path: Path) -> None:
    async with conversing(calling("list_mcp_resources", "{}"), tmp_path, demo()) as conversation:
        found = await events(conversation.ask("list"))
    (ended,) = of(CallEnded, found)
    assert ended.outcome == "ok" and '"server": "demo"' in ended.answer


async def test_denied_with_words_the_model_goes_on(tmp_path: Path) -> None:
    person = Person(Deny("use another"))
    server = demo(default_tools_approval_mode="prompt")
    model = calling("mcp__demo__add", '{"a": 2, "b": 3}')
    async with conversing(model, tmp_path, server, person=person) as conversation:
        found = await events(conversation.ask("add"))
    (asked,) = of(ApprovalAsked, found)
    assert asked.request.lastings == ("once",) and of(CallBegun, found) == []
    assert of(CallEnded, found)[0].outcome == "denied"
    assert isinstance(found[-1], Ended) and "use another" in found[-1].text


async def test_edited_arguments_are_those_that_are_sent(tmp_path: Path) -> None:
    person = Person(Allow(arguments={"a": 20, "b": 30}))
    server = demo(default_tools_approval_mode="prompt")
    model = calling("mcp__demo__add", '{"a": 2, "b": 3}')
    async with conversing(model, tmp_path, server, person=person) as conversation:
        found = await events(conversation.ask("add"))
    assert of(CallBegun, found)[0].call.arguments == {"a": 20, "b": 30}
    assert isinstance(found[-1], Ended) and "50" in found[-1].text


async def test_the_person_may_end_the_turn_at_a_question(tmp_path: Path) -> None:
    server = demo(default_tools_approval_mode="prompt")
    model = calling("mcp__demo__add", '{"a": 2, "b": 3}')
    async with conversing(model, tmp_path, server, person=Person(CancelTurn())) as conversation:
        found = await events(conversation.ask("add"))
        assert isinstance(found[-1], Cancelled)
        (*_, last) = await events(conversation.ask("and now?"))
        assert isinstance(last, Ended | Cancelled)


async def test_cancelling_keeps_what_came(tmp_path: Path) -> None:
    async def slow(messages: list[ModelMessage], _info: AgentInfo) -> AsyncIterator[Any]:
        if len(prompts(messages)) > 1:
            said = [p.content for m in messages for p in m.parts if p.part_kind == "text"]
            yield f"before: {said}"
            return
        yield "half "
        await asyncio.sleep(30)
        yield "whole"

    async with conversing(slow, tmp_path) as conversation:
        async with asyncio.timeout(5), conversation.ask("one") as turn:
            found = []
            async for event in turn:
                found.append(event)
                if isinstance(event, TextDelta):
                    turn.cancel()
        assert isinstance(found[-1], Cancelled)
        (*_, last) = await events(conversation.ask("two"))
        assert isinstance(last, Ended) and "half" in last.text


async def test_leaving_the_block_ends_the_call_at_the_server(tmp_path: Path) -> None:
    model = calling("mcp__demo__countdown", '{"seconds": 30}')
    async with conversing(model, tmp_path, demo()) as conversation:
        async with asyncio.timeout(10), conversation.ask("wait") as turn:
            async for event in turn:
                if isinstance(event, CallProgressed):
                    break
        assert not conversation.busy
        manager = conversation._place.manager
        await until(lambda: any("countdown: cancelled" in line.text for line in manager.log("demo")))


async def test_a_request_that_may_pass_is_made_again(tmp_path: Path) -> None:
    tries = []

    async def limited(_messages: list[ModelMessage], _info: AgentInfo) -> AsyncIterator[Any]:
        tries.append(1)
        if len(tries) < 3:
            raise ModelRateLimitError("m", "slow down", retry_after=0.01)
        yield "at last"

    async with conversing(limited, tmp_path) as conversation:
        found = await events(conversation.ask("go"))
        assert [event.attempt for event in of(Retrying, found)] == [1, 2]
        assert isinstance(found[-1], Ended) and found[-1].text == "at last"


async def test_a_failure_leaves_the_conversation_as_it_was(tmp_path: Path) -> None:
    broken = True

    async def breaks(messages: list[ModelMessage], _info: AgentInfo) -> AsyncIterator[Any]:
        if broken:
            yield "half"
            raise ModelRateLimitError("m", "slow down", retry_after=3600)
        yield " / ".join(prompts(messages))

    async with conversing(breaks, tmp_path) as conversation:
        found = await events(conversation.ask("one"))
        assert isinstance(found[-1], Failed)
        assert isinstance(found[-1].error, ModelFailed) and found[-1].error.reason == "rate_limit"
        broken = False
        (*_, last) = await events(conversation.retry())
        assert isinstance(last, Ended) and last.text == "one"


async def test_a_model_that_only_calls_is_stopped(tmp_path: Path) -> None:
    async def calls(_messages: list[ModelMessage], _info: AgentInfo) -> AsyncIterator[Any]:
        yield {0: DeltaToolCall(name="list_mcp_resources", json_args="{}")}

    async with conversing(calls, tmp_path, max_requests=3) as conversation:
        (*_, last) = await events(conversation.ask("go"))
        assert isinstance(last, Failed) and isinstance(last.error, ModelFailed)
        assert last.error.reason == "turns"


async def test_many_tools_are_not_sent_each_time(tmp_path: Path) -> None:
    seen: list[list[str]] = []

    async def look(_messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Any]:
        seen.append([tool.name for tool in info.function_tools])
        yield "ok"

    small = MODEL.__class__("", "ollama", "function", context_window=2_000)
    async with conversing(look, tmp_path, demo(), model=small) as conversation:
        assert conversation.offer().deferred
        await events(conversation.ask("go"))
    assert "mcp__demo__add" not in seen[0] and "read_mcp_resource" in seen[0]


async def test_one_turn_at_a_time(tmp_path: Path) -> None:
    async def slow(_messages: list[ModelMessage], _info: AgentInfo) -> AsyncIterator[Any]:
        yield "a"
        await asyncio.sleep(30)

    async with conversing(slow, tmp_path) as conversation, conversation.ask("one"):
        with pytest.raises(ModelFailed, match="still answering"):
            conversation.ask("two")


async def test_a_server_that_is_gone_takes_its_tools_with_it(tmp_path: Path) -> None:
    async with conversing(echo, tmp_path, quick(), demo()) as conversation:
        assert {tool.tool.server for tool in conversation.offer().tools if tool.tool} >= {"demo"}
        await conversation._place.manager.disconnect("demo")
        assert "demo" not in {tool.tool.server for tool in conversation.offer().tools if tool.tool}
