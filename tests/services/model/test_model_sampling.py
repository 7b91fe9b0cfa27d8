"""A server's request put to a model: what the model is told, within which bounds, and what comes back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pydantic_ai.messages import BinaryContent, ModelMessage, ModelRequest, ModelResponse
from pydantic_ai.models.function import AgentInfo, DeltaToolCall

from services.errors import ModelFailed
from services.inbox.questions import SamplingAnswer, SamplingQuestion
from services.model import sampling
from services.model.sampling import Sampler
from services.sampling import (
    SampledText,
    SamplingMedia,
    SamplingMessage,
    SamplingRequest,
    SamplingTool,
    ToolOutput,
    ToolUse,
)
from tests.services.model.stage import MODEL, conversing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from services.model.conversation import Conversation

HELLO = SamplingRequest((SamplingMessage("user", (SampledText("Hello"),)),), 50)


class Model:
    """Says `Hi!`, or calls what it must; keeps what it was told."""

    def __init__(self) -> None:
        self.messages: list[ModelMessage] = []
        self.info: AgentInfo | None = None
        self.fails = False

    async def stream(self, messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Any]:
        self.messages, self.info = messages, info
        if self.fails:
            raise ModelFailed("the model is out", reason="broken")
        if info.function_tools:
            yield {0: DeltaToolCall(name=info.function_tools[0].name, json_args='{"a": 1}', tool_call_id="7")}
        else:
            yield "Hi!"


def sampler_of(conversation: Conversation) -> tuple[Sampler, list[str]]:
    told: list[str] = []

    async def given() -> Conversation:
        return conversation

    return Sampler(given, lambda server, text: told.append(f"{server} {text}")), told


def settings(model: Model) -> dict[str, Any]:
    assert model.info is not None
    return dict(model.info.model_settings or {})


async def test_the_model_is_told_everything_once_and_answers(tmp_path: Path) -> None:
    picture = SamplingMedia("image", "image/png", b"png")
    request = SamplingRequest(
        (
            SamplingMessage("user", (SampledText("See\u200b"), picture)),
            SamplingMessage("assistant", (ToolUse("1", "add", {"a": 1}),)),
            SamplingMessage("user", (ToolOutput("1", "no", is_error=True),)),
        ),
        50,
        system_prompt="Be short.",
        temperature=0.5,
        stop_sequences=("END",),
    )
    model = Model()
    async with conversing(model.stream, tmp_path) as conversation:
        reply = await sampler_of(conversation)[0].sample(request)
        assert conversation.usage.requests == 1
        assert conversation.turns == 0
    assert (reply.text, reply.model, reply.stop_reason, reply.uses) == ("Hi!", "function", "endTurn", ())
    kinds = [(type(message), [part.part_kind for part in message.parts]) for message in model.messages]
    assert kinds == [
        (ModelRequest, ["system-prompt"]),
        (ModelRequest, ["user-prompt"]),
        (ModelResponse, ["tool-call"]),
        (ModelRequest, ["tool-return"]),
    ]
    content: Any = model.messages[1].parts[0]
    assert content.content == ["See", BinaryContent(b"png", media_type="image/png")]
    returned: Any = model.messages[3].parts[0]
    assert (returned.tool_name, returned.content) == ("add", "The tool failed: no")
    told = settings(model)
    assert (told["max_tokens"], told["temperature"], told["stop_sequences"]) == (50, 0.5, ["END"])


async def test_tools_of_a_request_are_called_by_the_server_not_by_us(tmp_path: Path) -> None:
    tools = (SamplingTool("add", "Adds.", {"type": "object", "properties": {"a": {"type": "number"}}}),)
    model = Model()
    async with conversing(model.stream, tmp_path) as conversation:
        sampler, _ = sampler_of(conversation)
        reply = await sampler.sample(replace(HELLO, tools=tools, tool_choice="required"))
    assert reply.uses == (ToolUse("7", "add", {"a": 1}),)
    assert reply.stop_reason == "toolUse"
    assert model.info is not None
    assert [tool.name for tool in model.info.function_tools] == ["add"]
    assert not model.info.allow_text_output
    assert settings(model)["tool_choice"] == "required"


@pytest.mark.parametrize(("asked", "ours", "wanted"), [(50, 20, 20), (50, 100, 50), (50, None, 50)])
async def test_the_smaller_limit_of_tokens_counts(
    tmp_path: Path, asked: int, ours: int | None, wanted: int
) -> None:
    model = Model()
    mine = replace(MODEL, max_output_tokens=ours)
    async with conversing(model.stream, tmp_path, model=mine) as conversation:
        await sampler_of(conversation)[0].sample(replace(HELLO, max_tokens=asked))
    assert settings(model)["max_tokens"] == wanted


async def test_a_yes_for_the_session_names_one_server_and_has_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "MOST_ANSWERS", 2)
    ours = SamplingQuestion(server="a", message="", request=HELLO)
    model = Model()
    async with conversing(model.stream, tmp_path) as conversation:
        sampler, told = sampler_of(conversation)
        assert await sampler.deputy(ours) is None
        sampler.allow("a")
        assert await sampler.deputy(SamplingQuestion(server="b", message="", request=HELLO)) is None
        for count in (1, 2):
            assert isinstance(await sampler.deputy(ours), SamplingAnswer)
            assert f"{count} without a question this session" in told[-1]
        assert await sampler.deputy(ours) is None
        assert "used what a yes for the session allows: 2 answers" in told[-1]
        assert await sampler.deputy(ours) is None
        assert len(told) == 3
        sampler.allow("a")
        large = SamplingQuestion(server="a", message="", request=replace(HELLO, max_tokens=10**6))
        assert await sampler.deputy(large) is None


async def test_where_the_model_fails_the_person_is_asked(tmp_path: Path) -> None:
    model = Model()
    model.fails = True
    async with conversing(model.stream, tmp_path) as conversation:
        sampler, told = sampler_of(conversation)
        sampler.allow("a")
        assert await sampler.deputy(SamplingQuestion(server="a", message="", request=HELLO)) is None
        assert "could not be answered by the model" in told[-1]
        model.fails = False
        assert await sampler.deputy(SamplingQuestion(server="a", message="", request=HELLO)) is not None
        assert "1 without a question" in told[-1]
        model.fails = True
        with pytest.raises(ModelFailed):
            await sampler.sample(HELLO)
