"""`sampling/createMessage` in both eras: what is asked, answered and refused."""

from __future__ import annotations

import asyncio
import base64
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from services.connection_manager import ConnectionManager
from services.errors import JackfieldError
from services.inbox.questions import Answer, SamplingAnswer, SamplingQuestion, SamplingRefusal
from services.sampling import SampledText, SamplingMedia, SamplingReply, ToolOutput, ToolUse
from tests.servers.web import MODERN, Web
from tests.services.connections.session.test_eras_revisions import at, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from services.inbox.questions import Question
    from services.sampling import SamplingRequest

OLD = ("2025-11-25",)
BOTH = pytest.mark.parametrize("speaks", [OLD, (MODERN,)], ids=["older", "modern"])
HELLO = {"messages": [{"role": "user", "content": {"type": "text", "text": "Hello"}}], "maxTokens": 50}
TOOL = {"name": "add", "description": "Adds.", "inputSchema": {"type": "object"}}


def answering(reply: SamplingReply) -> tuple[list[SamplingRequest], Callable[[Question], Any]]:
    """A deputy that gives one reply, and the requests that it met."""
    met: list[SamplingRequest] = []

    async def deputy(question: Question) -> Answer:
        assert isinstance(question, SamplingQuestion)
        met.append(question.request)
        return SamplingAnswer("accept", reply=reply)

    return met, deputy


@asynccontextmanager
async def asking(web: Web, *, samples: bool = True, **settings: Any) -> AsyncIterator[ConnectionManager]:
    async with ConnectionManager((at(web, **settings),), samples=samples) as manager:
        await manager.settled(30)
        yield manager


async def sample(manager: ConnectionManager, **params: Any) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(said(await manager.call_tool("web", "sample", {**HELLO, **params})))
    return answer


def declared(web: Web) -> list[dict[str, Any]]:
    """What was said of sampling, each time capabilities were told."""
    params = [request.message.get("params") or {} for request in web.requests if request.method == "POST"]
    key = "io.modelcontextprotocol/clientCapabilities"
    told = [one["capabilities"] for one in params if "capabilities" in one]
    told += [one["_meta"][key] for one in params if key in (one.get("_meta") or {})]
    return [one["sampling"] for one in told if "sampling" in one]


@BOTH
async def test_a_server_is_answered_as_the_specification_has_it(speaks: tuple[str, ...]) -> None:
    met, deputy = answering(SamplingReply("Hi!", "teller"))
    async with Web(speaks) as web, asking(web) as manager:
        manager.inbox.deputy = deputy
        answer = await sample(manager, systemPrompt="Be short.", temperature=0.5, stopSequences=["END"])
        assert {"tools": {}} in declared(web)
    assert answer == {
        "role": "assistant",
        "content": {"type": "text", "text": "Hi!"},
        "model": "teller",
        "stopReason": "endTurn",
    }
    (request,) = met
    assert (request.system_prompt, request.max_tokens, request.temperature) == ("Be short.", 50, 0.5)
    assert request.stop_sequences == ("END",)
    assert request.messages[0].parts == (SampledText("Hello"),)


@BOTH
async def test_tools_their_results_and_pictures_are_carried(speaks: tuple[str, ...]) -> None:
    use = {"type": "tool_use", "id": "1", "name": "add", "input": {"a": 2**53 + 1}}
    result = {"type": "tool_result", "toolUseId": "1", "content": [{"type": "text", "text": "3"}]}
    picture = {"type": "image", "mimeType": "image/png", "data": base64.b64encode(b"png").decode()}
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "See"}, picture]},
        {"role": "assistant", "content": use},
        {"role": "user", "content": [result]},
    ]
    met, deputy = answering(SamplingReply("", "teller", (ToolUse("2", "add", {"b": 1}),), "toolUse"))
    async with Web(speaks) as web, asking(web) as manager:
        manager.inbox.deputy = deputy
        answer = await sample(manager, messages=messages, tools=[TOOL], toolChoice={"mode": "required"})
    assert answer["content"] == {"type": "tool_use", "id": "2", "name": "add", "input": {"b": 1}}
    assert answer["stopReason"] == "toolUse"
    (request,) = met
    parts = [part for message in request.messages for part in message.parts]
    assert parts == [
        SampledText("See"),
        SamplingMedia("image", "image/png", b"png"),
        ToolUse("1", "add", {"a": 2**53 + 1}),
        ToolOutput("1", "3"),
    ]
    assert (request.tools[0].name, request.tool_choice) == ("add", "required")


@pytest.mark.parametrize("action", ["decline", "cancel"])
async def test_a_no_is_the_specifications_code(action: Any) -> None:
    async def deputy(_: Question) -> Answer:
        return Answer(action)

    async with Web(OLD) as web, asking(web) as manager:
        manager.inbox.deputy = deputy
        assert await sample(manager) == {"code": -1, "message": "User rejected sampling request"}
    async with Web((MODERN,)) as web, asking(web) as manager:
        manager.inbox.deputy = deputy
        with pytest.raises(JackfieldError, match="User rejected sampling request"):
            await sample(manager)


@pytest.mark.parametrize(("words", "said"), [("", ""), ("not\nof mine\x07", ": not of mine")])
async def test_a_no_carries_the_words_of_the_person(words: str, said: str) -> None:
    async def deputy(_: Question) -> Answer:
        return SamplingRefusal("decline", words=words)

    async with Web(OLD) as web, asking(web) as manager:
        manager.inbox.deputy = deputy
        assert await sample(manager) == {"code": -1, "message": f"User rejected sampling request{said}"}


@pytest.mark.parametrize("off", [{"sampling": "off"}, {"samples": False}])
@BOTH
async def test_what_is_not_offered_is_neither_declared_nor_answered(
    speaks: tuple[str, ...], off: dict[str, Any]
) -> None:
    async with Web(speaks) as web, asking(web, **off) as manager:
        assert declared(web) == []
        if speaks == OLD:
            assert await sample(manager) == {"code": -32601, "message": "Sampling not supported"}
        else:
            with pytest.raises(JackfieldError, match="Sampling not supported"):
                await sample(manager)


CALL = {"type": "tool_use", "id": "1", "name": "add", "input": {}}
DONE = {"type": "tool_result", "toolUseId": "1", "content": []}
TEXT = {"type": "text", "text": "x"}
BROKEN = {"type": "image", "mimeType": "image/png", "data": "?"}


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"messages": []}, "no messages"),
        ({"maxTokens": 0}, "maxTokens must be at least 1"),
        ({"messages": [{"role": "user", "content": [DONE, TEXT]}]}, "mixed with other content"),
        ({"messages": [{"role": "user", "content": [DONE]}]}, "do not match"),
        ({"messages": [{"role": "assistant", "content": CALL}]}, "is missing"),
        (
            {"messages": [{"role": "assistant", "content": CALL}, {"role": "user", "content": TEXT}]},
            "do not match",
        ),
        ({"messages": [{"role": "user", "content": TEXT}] * 201}, "at most 200 messages"),
        ({"messages": [{"role": "user", "content": {"type": "text", "text": "x" * (9 << 20)}}]}, "8 MiB"),
        (
            {
                "messages": [
                    {"role": "user", "content": {**TEXT, "type": "image", "mimeType": "a", "data": "?"}}
                ]
            },
            "not base64",
        ),
    ],
)
async def test_what_no_model_can_be_asked_is_refused(params: dict[str, Any], says: str) -> None:
    met, deputy = answering(SamplingReply("", "teller"))
    async with Web(OLD) as web, asking(web) as manager:
        manager.inbox.deputy = deputy
        refused = await sample(manager, **params)
    assert refused["code"] == -32602
    assert says in refused["message"]
    assert met == []


async def test_an_answer_that_json_cannot_carry_is_not_sent() -> None:
    _, deputy = answering(SamplingReply("\ud800", "human"))
    async with Web(OLD) as web, asking(web) as manager:
        manager.inbox.deputy = deputy
        assert (await sample(manager))["code"] == -1
        assert any("not sent" in line.text for line in manager.log("web"))


async def test_a_request_waits_for_the_person_as_other_questions_do() -> None:
    async with Web(OLD) as web, asking(web) as manager:
        call = asyncio.create_task(sample(manager))
        async with asyncio.timeout(10):
            while not manager.inbox.questions:  # noqa: ASYNC110 - nothing tells of it here
                await asyncio.sleep(0.01)
        (question,) = manager.inbox.questions
        manager.inbox.answer(question, SamplingAnswer("accept", reply=SamplingReply("By hand", "human")))
        assert (await call)["content"]["text"] == "By hand"
