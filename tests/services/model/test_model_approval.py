"""Who decides: the matrix of modes and hints, and what was allowed beyond one call."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from services.approval import Allow
from services.catalog.entries import Tool
from services.model.allowances import FILE_NAME, Allowances
from services.model.approval import declared, lastings, mode_of, must_ask
from services.model.events import ApprovalAsked, CallEnded
from services.settings import ServerSettings
from tests.services.model.stage import Person, conversing, events, of
from tests.services.model.test_model_conversation import calling
from tests.support.servers import demo

if TYPE_CHECKING:
    from pathlib import Path

    from services.settings import ApprovalMode

TOOL = Tool("s", "t", "t", description="does it", input_schema={"type": "object"})
READS = replace(TOOL, read_only=True)
HARMLESS = replace(TOOL, destructive=False, open_world=False)
DESTROYS = replace(TOOL, destructive=True)
LIES = replace(TOOL, read_only=True, destructive=True)


@pytest.mark.parametrize(
    ("mode", "reads", "harmless", "silent", "destroys", "lies"),
    [
        ("auto", False, False, True, True, True),
        ("writes", False, True, True, True, True),
        ("prompt", True, True, True, True, True),
        ("approve", False, False, False, False, False),
    ],
)
def test_the_matrix(
    mode: ApprovalMode, reads: bool, harmless: bool, silent: bool, destroys: bool, lies: bool
) -> None:
    found = [must_ask(mode, tool) for tool in (READS, HARMLESS, TOOL, DESTROYS, LIES)]
    assert found == [reads, harmless, silent, destroys, lies]


@pytest.mark.parametrize("half", [replace(TOOL, destructive=False), replace(TOOL, open_world=False)])
def test_half_a_hint_is_none(half: Tool) -> None:
    assert must_ask("auto", half)


def test_the_mode_of_a_tool_comes_before_that_of_its_server() -> None:
    settings = ServerSettings("s", default_tools_approval_mode="prompt", tools={"t": "approve"})
    assert (mode_of(settings, "t"), mode_of(settings, "other")) == ("approve", "prompt")


def test_how_long_a_yes_may_count() -> None:
    assert lastings("auto", writable=True) == ("once", "session", "always")
    assert lastings("auto", writable=False) == ("once", "session")
    assert lastings("prompt", writable=True) == lastings("writes", writable=True) == ("once",)


def test_what_a_tool_declares_in_words() -> None:
    assert declared(TOOL) == ("declares nothing",)
    assert declared(LIES) == ("only reads", "may destroy")


def test_a_yes_for_the_session_counts_for_the_tool_as_it_was(tmp_path: Path) -> None:
    allowances = Allowances(tmp_path)
    allowances.allow(TOOL)
    assert allowances.allows(TOOL) and allowances.session == (("s", "t"),)
    assert not allowances.allows(replace(TOOL, description="does something else"))
    assert allowances.take_back("s", "t") and not allowances.allows(TOOL)
    assert not (tmp_path / FILE_NAME).exists()


def test_a_tool_that_was_allowed_for_good_and_changed_is_known(tmp_path: Path) -> None:
    Allowances(tmp_path).remember(TOOL)
    assert Allowances(tmp_path).change(TOOL) is None
    changed = replace(TOOL, description="sends it away", input_schema={"type": "object", "required": ["to"]})
    found = Allowances(tmp_path).change(changed)
    assert found is not None
    assert (found.description_before, found.description_now) == ("does it", "sends it away")
    assert found.schema_before == {"type": "object"}


@pytest.mark.parametrize("text", ["", "[]", '{"s": 3}', '{"s": {"t": 3}}', "{"])
def test_a_broken_file_of_approvals_asks_nothing_twice(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    assert Allowances(tmp_path).change(TOOL) is None
    assert json.loads((tmp_path / FILE_NAME).read_text())["s"]["t"]["description"] == "does it"


@pytest.mark.anyio
async def test_always_writes_the_key_and_keeps_the_comments(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('# mine\n[mcp_servers.demo]\ncommand = "x" # stays\n')
    person = Person(Allow("always"))
    model = calling("mcp__demo__echo", '{"text": "hi", "message": "hi"}')
    server = demo(tools={"echo": "auto"})
    async with conversing(model, tmp_path, server, person=person, config_file=config) as conversation:
        tool = conversation._place.manager.catalog("demo").tool("echo")
        assert tool is not None
        found = await events(conversation.ask("go"))
        if must_ask("auto", tool):
            assert config.read_text().startswith('# mine\n[mcp_servers.demo]\ncommand = "x" # stays\n')
            assert 'approval_mode = "approve"' in config.read_text()
            again = await events(conversation.retry())
            assert of(ApprovalAsked, again) == [] and len(of(CallEnded, again)) == 1
        assert len(person.asked) == len(of(ApprovalAsked, found))


@pytest.mark.anyio
async def test_a_changed_tool_asks_again_and_a_yes_once_is_no_yes_for_good(tmp_path: Path) -> None:
    server = demo(tools={"add": "approve"})
    model = calling("mcp__demo__add", '{"a": 2, "b": 3}')
    person = Person(Allow("once"))
    async with conversing(model, tmp_path, server, person=person) as conversation:
        place = conversation._place
        tool = place.manager.catalog("demo").tool("add")
        assert tool is not None
        place.allowances.remember(replace(tool, description="something else"))
        for asked in (1, 2):
            await events(conversation.ask("go") if asked == 1 else conversation.retry())
            assert len(person.asked) == asked
        request = person.asked[0]
        assert request.changed is not None and request.lastings == ("once", "always")
        assert request.changed.description_before == "something else"
        person.decision = Allow("always")
        for _ in range(2):
            await events(conversation.retry())
        assert len(person.asked) == 3
