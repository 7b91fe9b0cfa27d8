"""Questions with an empty or odd schema: asked where they can be answered, else refused with the reason."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from services.errors import JackfieldError
from services.events import LogLine
from services.inbox.questions import Answer, FormQuestion, QuestionAsked
from tests.servers import web as web_server
from tests.servers.web import MODERN, Web
from tests.services.conftest import running
from tests.services.connections.session.test_eras_revisions import at, said

BOTH = pytest.mark.parametrize("speaks", [("2025-11-25",), (MODERN,)], ids=["older", "modern"])


def odd(monkeypatch: pytest.MonkeyPatch, **schema: Any) -> None:
    monkeypatch.setattr(web_server, "QUESTION", {"message": "Well?", **schema})


@BOTH
@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object"},
        {"properties": {}},
        {"type": "object", "properties": None},
        {"type": "object", "properties": {"a": {"type": "hologram"}, "b": True, "c": None}},
        {"type": "object", "properties": {"a": {"type": "object", "properties": {"b": {}}}}},
        {"type": "object", "properties": {"\x1b]52;c;aGk=\x07": {"type": "string"}}},
        {"type": "object", "properties": {f"f{n}": {"type": "string"} for n in range(1_000)}},
    ],
)
async def test_a_schema_that_says_little_is_asked_all_the_same(
    speaks: tuple[str, ...], schema: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd(monkeypatch, requestedSchema=schema)
    async with Web(speaks) as web, running(at(web)) as (manager, told):
        going = asyncio.create_task(manager.call_tool("web", "ask", {}))
        event = await told.wait_for(lambda one: isinstance(one, QuestionAsked))
        assert isinstance(event, QuestionAsked)
        assert isinstance(event.question, FormQuestion)
        manager.inbox.answer(event.question, Answer("accept", {}))
        assert json.loads(said(await going))["action"] == "accept"


@BOTH
@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"requestedSchema": None}, "requestedSchema"),
        ({"requestedSchema": True}, "requestedSchema"),
        ({"requestedSchema": []}, "requestedSchema"),
        ({}, "requestedSchema"),
        ({"requestedSchema": {"type": "array"}}, "requestedSchema.type"),
        ({"mode": "url", "elicitationId": "1"}, "url"),
    ],
)
async def test_what_cannot_be_answered_is_refused_and_said(
    speaks: tuple[str, ...], given: Any, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd(monkeypatch, **given)
    async with Web(speaks) as web, running(at(web)) as (manager, told):
        try:
            result = await manager.call_tool("web", "ask", {})
        except JackfieldError as error:
            assert place in error.message
        else:
            if speaks != (MODERN,):
                refused = json.loads(said(result))
                assert refused["code"] == -32602
                assert place in refused["message"]
        assert not manager.inbox.questions
        lines = [line.text for line in told if isinstance(line, LogLine) and line.level == "warning"]
        assert any(place in line for line in lines)
