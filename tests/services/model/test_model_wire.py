"""Conversations on the wire of all three interfaces: calls, pictures of resources, traces, cut streams."""

from __future__ import annotations

import asyncio
import base64
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from services.errors import ModelFailed
from services.model.allowances import Allowances
from services.model.conversation import Conversation
from services.model.events import (
    CallBegun,
    CallEnded,
    Cancelled,
    Ended,
    Failed,
    Noticed,
    Retrying,
    TextDelta,
    UsageReported,
)
from services.model.keys import ModelKeys
from services.model.place import Place
from tests.services.conftest import running
from tests.services.model.stage import Person, events, of
from tests.services.model.wire import APIS, KEY, TEXT, Provider, provider
from tests.support.servers import demo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from pathlib import Path

    from services.model.events import ModelEvent
    from services.settings import ModelSettings, ServerSettings

ADD = ("mcp__demo__add", {"a": 2, "b": 3})


@pytest.fixture
def there() -> Iterator[Provider]:
    with provider() as found:
        yield found


@asynccontextmanager
async def conversing(
    model: ModelSettings, folder: Path, *servers: ServerSettings, environ: Mapping[str, str] | None = None
) -> AsyncIterator[Conversation]:
    async with running(*servers) as (manager, _):
        place = Place(manager, Person(), Allowances(folder), folder / "files")
        conversation = Conversation(place, model, ModelKeys(None, {"KEY": KEY}), environ or {})
        try:
            yield conversation
        finally:
            await conversation.close()


@pytest.mark.parametrize("api", APIS)
async def test_a_call_and_its_answer(api: str, there: Provider, tmp_path: Path) -> None:
    there.call = ADD
    async with conversing(there.model(api), tmp_path, demo()) as conversation:
        found = await events(conversation.ask("add"))
    last = found[-1]
    assert isinstance(last, Ended) and last.text == TEXT
    assert "".join(event.text for event in of(TextDelta, found)) == TEXT
    assert of(CallBegun, found)[0].call.arguments == {"a": 2, "b": 3}
    assert (last.usage.requests, last.usage.input_tokens, last.usage.cached_tokens) == (2, 200, 120)
    assert last.usage.output_tokens == 14 and last.usage.cost
    assert len(of(UsageReported, found)) == 2
    assert "5" in of(CallEnded, found)[0].answer


@pytest.mark.parametrize("api", APIS)
async def test_a_picture_that_is_read_goes_as_a_picture(api: str, there: Provider, tmp_path: Path) -> None:
    async with conversing(there.model(api), tmp_path, demo()) as conversation:
        uri = next(
            resource.raw_uri
            for resource in conversation._place.manager.catalog("demo").resources
            if resource.mime_type == "image/png"
        )
        there.call = ("read_mcp_resource", {"server": "demo", "uri": uri})
        found = await events(conversation.ask("look"))
    (ended,) = of(CallEnded, found)
    assert ended.outcome == "ok" and ended.result.pictures
    data = base64.b64encode(ended.result.pictures[0].data).decode()
    assert data not in ended.answer
    assert data in json.dumps(there.bodies[1])


@pytest.mark.parametrize("api", APIS)
async def test_the_trace_has_every_exchange_and_no_key(api: str, there: Provider, tmp_path: Path) -> None:
    async with conversing(there.model(api), tmp_path) as conversation:
        await events(conversation.ask("hello there"))
    trace = conversation.trace
    frames = trace.frames()
    assert [frame.kind for frame in frames].count("http") == 1
    http = next(frame for frame in frames if frame.kind == "http")
    assert http.status == "200" and http.size > len(TEXT) and http.latency is not None
    lines = "\n".join(trace.lines())
    assert KEY not in lines
    assert "hello there" in lines
    assert all(json.dumps(piece) in lines.replace('\\"', '"') for piece in (TEXT[:4], TEXT[4:8]))
    assert len(frames) == 3, "the request, its HTTP exchange, and the answer in one piece"


@pytest.mark.parametrize("api", APIS)
async def test_an_answer_that_ends_at_the_limit_says_so(api: str, there: Provider, tmp_path: Path) -> None:
    there.finish = "length"
    async with conversing(there.model(api), tmp_path) as conversation:
        found = await events(conversation.ask("hello"))
    assert isinstance(found[-1], Ended) and found[-1].text == TEXT
    (noticed,) = of(Noticed, found)
    assert "max_output_tokens" in noticed.text


@pytest.mark.timeout(300)
@pytest.mark.parametrize("api", APIS)
async def test_a_stream_cut_anywhere_loses_nothing(api: str, there: Provider, tmp_path: Path) -> None:
    there.call = ADD
    path = {"openai": "/responses", "openai-chat": "/chat/completions", "anthropic": "/messages"}[api]
    size = len(there.answer(path, {}))
    async with conversing(there.model(api), tmp_path, demo()) as conversation:
        for cut in range(0, size + 100, 100):
            there.cut_at = cut
            found = await _ended_soon(conversation)
            assert isinstance(found[-1], Ended | Failed), (cut, found)
            if isinstance(found[-1], Failed):
                assert "\n" not in found[-1].error.message and found[-1].error.reason
            wanted = [event.call.arguments for event in of(CallBegun, found)]
            assert wanted in ([], [{"a": 2, "b": 3}]), (cut, wanted)
            there.cut_at = None
            (*_, last) = await events(conversation.retry())
            assert isinstance(last, Ended) and last.text == TEXT, (cut, last)
            (*_, last) = await events(conversation.ask("and again"))
            assert isinstance(last, Ended), (cut, last)
            conversation.clear()


async def _ended_soon(conversation: Conversation) -> list[Any]:
    """The events of a turn; a request that is to be made again is made after no pause."""
    engine = await conversation._opened()
    engine.pauses = (0.0, 0.0, 0.0)
    async with asyncio.timeout(30):
        found = await events(conversation.ask("add"))
    assert len(of(Retrying, found)) <= 3
    return found


async def test_another_key_counts_after_one_was_refused(there: Provider, tmp_path: Path) -> None:
    environ = {"KEY": "sk-wrong"}
    there.key = KEY
    async with running() as (manager, _):
        place = Place(manager, Person(), Allowances(tmp_path), tmp_path)
        conversation = Conversation(place, there.model("openai-chat"), ModelKeys(None, environ), {})
        (*_, last) = await events(conversation.ask("hello"))
        assert isinstance(last, Failed) and last.error.reason == "key"
        environ["KEY"] = KEY
        (*_, last) = await events(conversation.retry())
        assert isinstance(last, Ended) and last.text == TEXT
        await conversation.close()


async def test_what_is_prepared_ahead_is_opened_once(there: Provider, tmp_path: Path) -> None:
    async with conversing(there.model("openai-chat"), tmp_path) as conversation:
        await asyncio.gather(conversation.prepare(), conversation.prepare())
        engine = conversation._engine
        (*_, last) = await events(conversation.ask("hello"))
        assert isinstance(last, Ended) and conversation._engine is engine
    async with conversing(there.model("openai-chat", api_key_env_var="MISSING"), tmp_path) as conversation:
        with pytest.raises(ModelFailed, match="MISSING is not set"):
            await conversation.prepare()
        (*_, last) = await events(conversation.ask("hello"))
        assert isinstance(last, Failed)


def _ids(body: Any, kinds: tuple[str, ...], key: str) -> list[str]:
    """The ids of calls, or of answers to them, in a request, whatever its interface."""
    if isinstance(body, list):
        return [found for each in body for found in _ids(each, kinds, key)]
    if not isinstance(body, dict):
        return []
    own = [body[key]] if key in body and (body.get("type") in kinds or body.get("role") in kinds) else []
    return own + [found for each in body.values() for found in _ids(each, kinds, key)]


@pytest.mark.parametrize("api", APIS)
async def test_a_call_that_was_stopped_has_an_answer_all_the_same(
    api: str, there: Provider, tmp_path: Path
) -> None:
    # Each of these interfaces refuses a conversation with a call that nothing answers.
    there.call = ("mcp__demo__countdown", {"seconds": 30})
    calls = {
        "openai": ("function_call", "call_id"),
        "openai-chat": ("function", "id"),
        "anthropic": ("tool_use", "id"),
    }
    answers = {
        "openai": ("function_call_output", "call_id"),
        "openai-chat": ("tool", "tool_call_id"),
        "anthropic": ("tool_result", "tool_use_id"),
    }
    async with conversing(there.model(api), tmp_path, demo()) as conversation:
        last: ModelEvent | None = None
        async with asyncio.timeout(20), conversation.ask("count") as turn:
            async for event in turn:
                last = event
                if isinstance(event, CallBegun):
                    turn.cancel()
        assert isinstance(last, Cancelled)
        there.call = None
        (*_, last) = await events(conversation.ask("and now?"))
        assert isinstance(last, Ended) and last.text == TEXT
    body = there.bodies[-1]
    said = body.get("input", body.get("messages"))
    made, answered = calls[api], answers[api]
    assert _ids(said, made[:1], made[1]) == ["call_1"] == _ids(said, answered[:1], answered[1]), said
