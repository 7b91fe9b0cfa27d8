"""Conversations over the real wire formats: Responses, Chat Completions, Anthropic Messages."""

from __future__ import annotations

import asyncio
import base64
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from services.errors import ModelFailed
from services.model.allowances import Allowances
from services.model.conversation import Conversation
from services.model.events import CallBegun, CallEnded, Cancelled, Ended, Failed, Noticed, Retrying, TextDelta
from services.model.keys import ModelKeys
from services.model.place import Place
from services.settings import ModelSettings
from tests.peers.model_wire import model_at
from tests.services.conftest import running
from tests.services.model.stage import Person, events, of
from tests.support.servers import demo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from services.settings import ServerSettings
    from tests.peers.model_wire import Relay

pytestmark = [pytest.mark.anyio, pytest.mark.peer]

KEY = "sk-very-secret-0123456789"
APIS = {"openai": "gpt-5.2", "openai-chat": "gpt-4o", "anthropic": "claude-sonnet-4-5"}


def calls(text: str, tool: str, arguments: dict[str, Any], then: str) -> list[dict[str, Any]]:
    """A model that calls a tool when it is asked for something, then says that."""
    wanted = {"toolCalls": [{"name": tool, "arguments": arguments}]}
    return [
        {"match": {"userMessage": text, "hasToolResult": False}, "response": wanted},
        {"match": {"userMessage": text, "hasToolResult": True}, "response": {"content": then}},
    ]


FIXTURES: list[dict[str, Any]] = [
    # The picture of a tool follows in a message of its own where the interface has none in results.
    {"match": {"userMessage": "tool_result"}, "response": {"content": "A picture it is."}},
    *calls(
        "picture",
        "mcp__demo__image_scenario",
        {"scenario": "invalid_image_bytes_then_image"},
        "A picture it is.",
    ),
    *calls("add", "mcp__demo__add", {"a": 2, "b": 3}, "It is five."),
    {"match": {"userMessage": "long"}, "response": {"content": "word " * 2_000}},
    {"match": {"userMessage": "one word"}, "response": {"content": "ready"}},
    {"match": {"userMessage": "hello"}, "response": {"content": "Hello, *you*!"}},
]


@pytest.fixture(scope="module")
def stage(peers_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with model_at(FIXTURES, tmp_path_factory.mktemp("aimock")) as relay:
        yield relay


@pytest.fixture
def relay(stage: Relay) -> Relay:
    stage.forget()
    return stage


@pytest.fixture(params=list(APIS))
def model(request: pytest.FixtureRequest, relay: Relay) -> ModelSettings:
    url = relay.url if request.param == "anthropic" else f"{relay.url}/v1"
    return ModelSettings("", request.param, APIS[request.param], base_url=url, api_key_env_var="KEY")


@asynccontextmanager
async def conversing(
    model: ModelSettings, folder: Path, *servers: ServerSettings
) -> AsyncIterator[Conversation]:
    async with running(*servers) as (manager, _):
        place = Place(manager, Person(), Allowances(folder), folder / "files")
        conversation = Conversation(place, model, ModelKeys(None, {"KEY": KEY}), {})
        try:
            yield conversation
        finally:
            await conversation.close()


async def test_an_answer_streams(model: ModelSettings, relay: Relay, tmp_path: Path) -> None:
    async with conversing(model, tmp_path) as conversation:
        found = await events(conversation.ask("hello"))
        assert conversation.window is not None
        traced = "\n".join(conversation.trace.lines())
    assert isinstance(found[-1], Ended) and found[-1].text == "Hello, *you*!", found
    assert "".join(event.text for event in of(TextDelta, found)) == "Hello, *you*!"
    (body,), (headers,) = relay.bodies, relay.headers
    assert body["stream"] is True and KEY in json.dumps(headers)
    assert KEY not in json.dumps(body)
    assert '"status": 200' in traced and "hello" in traced and KEY not in traced, traced


async def test_a_call_goes_round(model: ModelSettings, relay: Relay, tmp_path: Path) -> None:
    async with conversing(model, tmp_path, demo()) as conversation:
        found = await events(conversation.ask("add"))
        assert isinstance(found[-1], Ended) and found[-1].text == "It is five.", found
        assert of(CallBegun, found)[0].call.arguments == {"a": 2, "b": 3}
        assert of(CallEnded, found)[0].outcome == "ok"
        (*_, last) = await events(conversation.ask("hello"))
        assert isinstance(last, Ended)
    assert len(relay.bodies) == 3
    offered = json.dumps(relay.bodies[0]["tools"])
    assert "mcp__demo__add" in offered and "read_mcp_resource" in offered


async def test_a_picture_is_sent_as_its_bytes(model: ModelSettings, relay: Relay, tmp_path: Path) -> None:
    async with conversing(model, tmp_path, demo()) as conversation:
        found = await events(conversation.ask("picture"))
        (ended,) = of(CallEnded, found)
        assert ended.result is not None and ended.result.pictures, ended
    data = base64.b64encode(ended.result.pictures[0].data).decode()
    assert data in json.dumps(relay.bodies[1])
    assert data not in json.dumps(relay.bodies[0])
    assert isinstance(found[-1], Ended) and found[-1].text == "A picture it is."
    broken = base64.b64encode(b"\x89PNG\r\n\x1a\nbut no picture follows").decode()
    assert broken not in json.dumps(relay.bodies[1])


async def test_leaving_closes_the_stream(relay: Relay, tmp_path: Path) -> None:
    model = ModelSettings("", "openai-chat", "gpt-4o", base_url=f"{relay.url}/v1", api_key_env_var="KEY")
    async with conversing(model, tmp_path) as conversation:
        async with asyncio.timeout(10), conversation.ask("long") as turn:
            found = []
            async for event in turn:
                found.append(event)
                if isinstance(event, TextDelta):
                    turn.cancel()
        assert isinstance(found[-1], Cancelled)
        (*_, last) = await events(conversation.ask("hello"))
        assert isinstance(last, Ended)
    assert "word" in json.dumps(relay.bodies[-1])


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, {"error": {"message": f"Incorrect key {KEY}", "type": "authentication_error"}}, "key"),
        (
            404,
            {"error": {"message": "gone", "type": "not_found_error", "code": "model_not_found"}},
            "unknown_model",
        ),
        (
            400,
            {
                "error": {
                    "message": "prompt is too long: 300000 tokens > 200000 maximum",
                    "type": "invalid_request_error",
                    "code": "context_length_exceeded",
                }
            },
            "context",
        ),
        (400, {"error": {"message": f"bad thing {KEY}", "type": "invalid_request_error"}}, "refused"),
    ],
)
async def test_what_is_refused_is_said_plainly(
    model: ModelSettings, relay: Relay, tmp_path: Path, status: int, body: dict[str, Any], reason: str
) -> None:
    relay.answer = (status, body, {})
    async with conversing(model, tmp_path) as conversation:
        (*_, last) = await events(conversation.ask("hello"))
        assert isinstance(last, Failed) and isinstance(last.error, ModelFailed)
        assert last.error.reason == reason, str(last.error)
        assert KEY not in repr(last.error) + str(last.error) + last.error.detail
        relay.answer = None
        (*_, last) = await events(conversation.retry())
        assert isinstance(last, Ended) and last.text == "Hello, *you*!"


async def test_a_rate_limit_is_waited_out(model: ModelSettings, relay: Relay, tmp_path: Path) -> None:
    limited = {"error": {"message": "slow down", "type": "rate_limit_error"}}
    relay.answer, relay.times = (429, limited, {"Retry-After": "0"}), 2
    async with conversing(model, tmp_path) as conversation:
        found = await events(conversation.ask("hello"))
    assert len(of(Retrying, found)) == 2 and isinstance(found[-1], Ended)


async def test_no_connection_names_the_address(tmp_path: Path) -> None:
    model = ModelSettings("", "openai", "m", base_url="http://127.0.0.1:9/v1", api_key_env_var="KEY")
    async with conversing(model, tmp_path) as conversation:
        async with asyncio.timeout(20), conversation.ask("hello") as turn:
            found = []
            async for event in turn:
                found.append(event)
                if isinstance(event, Retrying):
                    assert event.error.message == "cannot connect to 127.0.0.1:9: connection refused"
                    turn.cancel()
        assert isinstance(found[-1], Cancelled)


@pytest.mark.timeout(180)
async def test_a_cut_stream_never_loses_the_conversation(
    model: ModelSettings, relay: Relay, tmp_path: Path
) -> None:
    async with conversing(model, tmp_path) as conversation:
        await events(conversation.ask("hello"))
        for size in range(0, 1_500, 100):
            relay.cut_after = size
            async with asyncio.timeout(20), conversation.ask("hello") as turn:
                found = []
                async for event in turn:
                    found.append(event)
                    if isinstance(event, Retrying):
                        turn.cancel()
            assert isinstance(found[-1], Ended | Failed | Cancelled), (size, found)
            relay.cut_after = None
            (*_, last) = await events(conversation.retry())
            assert isinstance(last, Ended) and last.text == "Hello, *you*!", (size, last)
            conversation.undo()


async def test_many_tools_are_found_by_search(model: ModelSettings, relay: Relay, tmp_path: Path) -> None:
    small = replace(model, context_window=4_000)
    async with conversing(small, tmp_path, demo()) as conversation:
        found = await events(conversation.ask("hello"))
    assert isinstance(found[-1], Ended)
    assert any("found by search" in event.text for event in of(Noticed, found))
    offered = relay.bodies[0]["tools"]
    plain = [
        tool for tool in offered if "mcp__demo__add" in json.dumps(tool) and not tool.get("defer_loading")
    ]
    assert plain == []
    assert any("search" in json.dumps(tool) for tool in offered)


async def test_another_model_goes_on_from_what_was_said(relay: Relay, tmp_path: Path) -> None:
    one, *others = [
        ModelSettings(
            "",
            provider,
            name,
            base_url=relay.url if provider == "anthropic" else f"{relay.url}/v1",
            api_key_env_var="KEY",
        )
        for provider, name in APIS.items()
    ]
    async with conversing(one, tmp_path, demo()) as conversation:
        await events(conversation.ask("picture"))
        for other in (*others, one):
            await conversation.switch(other)
            (*_, last) = await events(conversation.ask("hello"))
            assert isinstance(last, Ended) and last.text == "Hello, *you*!", (other.provider, last)
            assert "A picture it is." in json.dumps(relay.bodies[-1])
