"""A request to a model as JSON that a person edits: nothing is lost, faults are named with their place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.errors import InvalidArguments
from services.sampling import (
    SampledText,
    SamplingMedia,
    SamplingMessage,
    SamplingRequest,
    SamplingTool,
    ToolOutput,
    ToolUse,
)
from services.sampling_json import edited_request, request_json

REQUEST = SamplingRequest(
    messages=(
        SamplingMessage("user", (SampledText("tab\there\nü"), SamplingMedia("image", "image/png", b"x" * 9))),
        SamplingMessage("assistant", (ToolUse("1", "look", {"a": [1, None]}),)),
        SamplingMessage("user", (ToolOutput("1", "seen", is_error=True),)),
        SamplingMessage("user", (SamplingMedia("audio", "audio/wav", b"x" * 9),)),
    ),
    max_tokens=100,
    system_prompt="Be short.",
    temperature=0.5,
    stop_sequences=("END",),
    tools=(SamplingTool("look"),),
    tool_choice="required",
    hints=("small",),
)


def edited(**changes: Any) -> SamplingRequest:
    return edited_request(REQUEST, json.dumps(json.loads(request_json(REQUEST)) | changes))


def test_what_is_not_changed_stays() -> None:
    assert edited_request(REQUEST, request_json(REQUEST)) == REQUEST


def test_pictures_are_named_by_kind_and_size_and_kept_by_number() -> None:
    text = request_json(REQUEST)
    assert '"about": "image/png, 9 bytes"' in text or '"about": "image/png, 9 B"' in text
    message = {"role": "user", "content": [{"type": "audio", "number": 2}, {"type": "image", "number": 1}]}
    (one,) = edited(messages=[message]).messages
    assert [part.kind for part in one.parts if isinstance(part, SamplingMedia)] == ["audio", "image"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"maxTokens": 0}, "maxTokens must be"),
        ({"maxTokens": 101}, "from 1 to 100"),
        ({"maxTokens": True}, "maxTokens must be"),
        ({"messages": []}, "messages must not be empty"),
        ({"messages": [{"role": "system", "content": []}]}, r"messages\[0\].role"),
        ({"messages": [{"role": "user", "content": []}]}, r"messages\[0\].content must not be empty"),
        ({"messages": [{"role": "user", "content": [{"type": "image", "number": 2}]}]}, "is of no image"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
            r"content\[0\].text must be a text",
        ),
        ({"temperature": "hot"}, "temperature must be"),
        ({"stopSequences": [1]}, r"stopSequences\[0\] must be a text"),
        ({"tools": []}, "tools is none of"),
    ],
)
def test_a_fault_is_named_with_its_place(changes: Any, why: str) -> None:
    with pytest.raises(InvalidArguments, match=why):
        edited(**changes)


@pytest.mark.parametrize("text", ["", "{", "[]", "1", "[" * 100_000])
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(InvalidArguments):
        edited_request(REQUEST, text)
