"""What tools mean on the real wire: found by search, large results, pictures, limits, latency."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from services.errors import ModelFailed
from services.model.answers import Image
from services.model.events import CallBegun, CallEnded, Cancelled, Ended, Failed, Noticed, Retrying, TextDelta
from services.settings import ModelSettings
from tests.peers.model_wire import model_at
from tests.peers.test_peer_model import APIS, calls, conversing
from tests.services.model.stage import events, of
from tests.support.places import ROOT
from tests.support.servers import demo, quick

if TYPE_CHECKING:
    from pathlib import Path

    from tests.peers.model_wire import Relay

pytestmark = [pytest.mark.anyio, pytest.mark.peer]

SEARCHING = {"openai": "gpt-5.2", "openai-chat": "gpt-4o", "anthropic": "claude-opus-4-1"}
"""Models whose provider does not search itself."""


def wants(name: str, **arguments: Any) -> dict[str, Any]:
    return {"toolCalls": [{"name": name, "arguments": arguments}]}


FIXTURES: list[dict[str, Any]] = [
    *(
        {"match": {"userMessage": "find", "turnIndex": index}, "response": response}
        for index, response in enumerate(
            (
                wants("search_tools", queries=["filler_42"]),
                wants("mcp__quick__filler_42"),
                {"content": "It did nothing."},
            )
        )
    ),
    *calls("big", "mcp__demo__big", {"bytes": 5_000_000}, "It is big."),
    *calls("add", "mcp__demo__add", {"a": 2, "b": 3}, "It is five."),
    {
        "match": {"userMessage": "slowly"},
        "response": {"content": "word " * 20},
        "latency": 40,
        "chunkSize": 5,
    },
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


def model_of(relay: Relay, provider: str, name: str = "", **settings: Any) -> ModelSettings:
    url = relay.url if provider == "anthropic" else f"{relay.url}/v1"
    named = {"base_url": url, "api_key_env_var": "KEY", **settings}
    return ModelSettings("", provider, name or APIS[provider], **named)


@pytest.fixture(params=list(APIS))
def model(request: pytest.FixtureRequest, relay: Relay) -> ModelSettings:
    return model_of(relay, request.param)


def fillers(body: Any) -> set[str]:
    """The tools of the many that a request defines whole, wherever its interface has them."""
    if isinstance(body, list):
        return set().union(*map(fillers, body))
    if not isinstance(body, dict):
        return set()
    whole = body.keys() & {"parameters", "input_schema"} and not body.get("defer_loading")
    name = str(body.get("name", "")).removeprefix("mcp__quick__")
    own = {name} if whole and name.startswith("filler_") else set()
    return own.union(*map(fillers, body.values()))


@pytest.mark.parametrize("provider", list(APIS))
async def test_one_of_sixty_tools_is_found_and_called(provider: str, relay: Relay, tmp_path: Path) -> None:
    model = model_of(relay, provider, SEARCHING[provider], context_window=20_000)
    async with conversing(model, tmp_path, quick("quick", "--tools", "60")) as conversation:
        found = await events(conversation.ask("find"))
        assert isinstance(found[-1], Ended) and found[-1].text == "It did nothing.", found
        assert any("found by search" in event.text for event in of(Noticed, found))
        assert [event.call.tool for event in of(CallBegun, found)] == ["filler_42"]
        (*_, last) = await events(conversation.ask("hello"))
        assert isinstance(last, Ended)
    first, *others = map(fillers, relay.bodies)
    assert first == set() and all("filler_42" in each and len(each) <= 10 for each in others), others
    assert "filler_42 did nothing" in json.dumps(relay.bodies[2])


async def test_what_a_provider_searches_itself_is_sent_deferred(relay: Relay, tmp_path: Path) -> None:
    for provider, name in (("openai", "gpt-5.4"), ("anthropic", "claude-sonnet-4-5")):
        relay.forget()
        model = model_of(relay, provider, name, context_window=20_000)
        async with conversing(model, tmp_path, quick("quick", "--tools", "60")) as conversation:
            (*_, last) = await events(conversation.ask("hello"))
            assert isinstance(last, Ended)
        (body,) = relay.bodies
        said = json.dumps(body["tools"])
        assert said.count('"defer_loading": true') >= 60 and "tool_search" in said and fillers(body) == set()


async def test_a_result_of_five_megabytes_is_a_file_and_its_ends(
    model: ModelSettings, relay: Relay, tmp_path: Path
) -> None:
    async with conversing(model, tmp_path, demo()) as conversation:
        found = await events(conversation.ask("big"))
        window = conversation.window
    assert isinstance(found[-1], Ended) and found[-1].text == "It is big.", found
    (ended,) = of(CallEnded, found)
    assert ended.files[0].stat().st_size >= 5_000_000 and window is not None
    sent = json.dumps(relay.bodies[1])
    assert str(ended.files[0]) in sent and len(sent) < window // 10 * 4 + 40_000


async def test_a_picture_of_the_person_is_sent_as_its_bytes(
    model: ModelSettings, relay: Relay, tmp_path: Path
) -> None:
    data = (ROOT / "assets" / "demo" / "jackfield.png").read_bytes()
    async with conversing(model, tmp_path) as conversation:
        (*_, last) = await events(conversation.ask(["hello", Image("image/png", data)]))
    assert isinstance(last, Ended)
    assert base64.b64encode(data).decode() in json.dumps(relay.bodies[0])


async def test_a_limit_in_the_middle_makes_no_call_twice(
    model: ModelSettings, relay: Relay, tmp_path: Path
) -> None:
    limited = {"error": {"message": "slow down", "type": "rate_limit_error"}}
    relay.answer, relay.times, relay.after = (429, limited, {"Retry-After": "0"}), 1, 1
    async with conversing(model, tmp_path, demo()) as conversation:
        found = await events(conversation.ask("add"))
    assert isinstance(found[-1], Ended) and found[-1].text == "It is five.", found
    assert len(of(Retrying, found)) == 1 and len(of(CallBegun, found)) == 1 and len(relay.bodies) == 3


async def test_a_limit_that_lasts_is_a_plain_line(model: ModelSettings, relay: Relay, tmp_path: Path) -> None:
    limited = {"error": {"message": "slow down", "type": "rate_limit_error"}}
    relay.answer = (429, limited, {"Retry-After": "3600"})
    async with conversing(model, tmp_path) as conversation:
        found = await events(conversation.ask("hello"))
        last = found[-1]
        assert isinstance(last, Failed) and isinstance(last.error, ModelFailed) and not of(Retrying, found)
        assert last.error.reason == "rate_limit" and last.error.retry_after == 3600
        assert "too many requests" in last.error.message and "\n" not in last.error.message
        relay.answer = None
        (*_, last) = await events(conversation.retry())
        assert isinstance(last, Ended)


async def test_a_slow_answer_is_told_as_it_comes(model: ModelSettings, relay: Relay, tmp_path: Path) -> None:
    moments = []
    async with conversing(model, tmp_path) as conversation:
        await events(conversation.ask("hello"))
        began = time.monotonic()
        async with asyncio.timeout(20), conversation.ask("slowly") as turn:
            async for event in turn:
                if isinstance(event, TextDelta):
                    moments.append(time.monotonic() - began)
        assert isinstance(event, Ended) and event.text.split() == ["word"] * 20
        assert len(moments) >= 15 and moments[0] < moments[-1] / 2, moments
        began = time.monotonic()
        async with asyncio.timeout(20), conversation.ask("slowly") as turn:
            async for event in turn:
                if isinstance(event, TextDelta):
                    turn.cancel()
        assert isinstance(event, Cancelled) and time.monotonic() - began < moments[-1]


async def test_another_model_goes_on_in_the_middle_of_calls(relay: Relay, tmp_path: Path) -> None:
    first, *others = (model_of(relay, provider) for provider in APIS)
    async with conversing(first, tmp_path, demo()) as conversation:
        for model in (first, *others, first):
            if model is not first or relay.bodies:
                await conversation.switch(model)
            found = await events(conversation.ask("add"))
            assert isinstance(found[-1], Ended) and found[-1].text == "It is five.", (model.provider, found)
            assert of(CallEnded, found)[0].outcome == "ok"
        assert conversation.turns == 4
        for _ in range(3):
            conversation.undo()
        (*_, last) = await events(conversation.retry())
        assert isinstance(last, Ended) and len(json.dumps(relay.bodies[-1])) < len(
            json.dumps(relay.bodies[6])
        )
