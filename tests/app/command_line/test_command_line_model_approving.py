"""Approving a model's calls on a command line, beside servers that ask something themselves."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.command_line.model.approving import Approving
from app.command_line.terminal.line import WaitingLine
from app.command_line.terminal.questions import Questions
from services.approval import Allow, ApprovalRequest, CancelTurn, Deny, ToolCall, ToolChange
from services.inbox.inbox import Inbox
from services.inbox.questions import FormQuestion, QuestionAsked
from tests.app.command_line.terminal_stage import Hand, terminal

if TYPE_CHECKING:
    from services.approval import Decision
    from services.inbox.questions import InboxEvent

SCHEMA = {"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]}
CALL = ToolCall("1", "mcp__demo__add", "demo", "add", {"a": 1})
REQUEST = ApprovalRequest(CALL, "", ("only reads",), schema=SCHEMA)


async def decided(*lines: str) -> Decision:
    return await Approving("none", WaitingLine(), Hand(*lines)).approve(REQUEST)


@pytest.mark.parametrize(
    ("lines", "decision"),
    [
        (("a",), Allow()),
        (("what?", "", "allow"), Allow()),
        (("d", "not now"), Deny("not now")),
        (("c", "no json", "c", '{"a": 2}'), Allow(arguments={"a": 2})),
        (("c", '{"a": "x"}', "c", "{}", "c", '{"a": 3}'), Allow(arguments={"a": 3})),
        (("e",), CancelTurn()),
        ((), CancelTurn()),
    ],
)
async def test_what_is_typed_decides(
    monkeypatch: pytest.MonkeyPatch, lines: tuple[str, ...], decision: Decision
) -> None:
    shown = terminal(monkeypatch)
    assert await decided(*lines) == decision
    assert "demo.add" in shown.getvalue() and "a: 1" in shown.getvalue()


BEFORE = ToolChange("Adds.\nTwo numbers.", "Adds.\nTwo numbers.", SCHEMA, SCHEMA)
SENDS = {**SCHEMA, "properties": {"a": {"type": "number"}, "to": {"type": "string"}}}


@pytest.mark.parametrize(
    ("change", "says", "keeps_quiet"),
    [
        (
            replace(BEFORE, description_now="Adds.\nSends them\u200b away."),
            ("  - Two numbers.\n", "  + Sends them\\u200b away.\n", "  Adds.\n"),
            "properties",
        ),
        (
            replace(BEFORE, schema_now=SENDS),
            ('  +     "to": {\n', '  +       "type": "string"\n'),
            "Two numbers",
        ),
        (BEFORE, ("its title or its annotations",), "Two numbers"),
    ],
)
async def test_what_changed_since_it_was_allowed_for_good_is_shown(
    monkeypatch: pytest.MonkeyPatch, change: ToolChange, says: tuple[str, ...], keeps_quiet: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    shown = terminal(monkeypatch)
    request = replace(REQUEST, changed=change, lastings=("once", "always"))
    hand = Hand("s", "g")
    assert await Approving("all", WaitingLine(), hand).approve(request) == Allow("always")
    said = shown.getvalue()
    assert "always allow (g)" in said and "(s)ession" not in said
    assert all(each in said for each in says) and keeps_quiet not in said, said


async def test_who_asks_at_the_same_time_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal(monkeypatch)
    hand, line = Hand("a", "a"), WaitingLine()  # accept, allow: whoever comes first

    def hear(event: InboxEvent) -> None:
        if isinstance(event, QuestionAsked):
            questions.asked(event.question)

    inbox = Inbox(hear)
    questions = Questions(inbox, line, hand)
    questions.begin()
    asked = inbox.ask(FormQuestion(server="demo", message="Really?", schema={"type": "object"}))
    approving = Approving("none", line, hand)
    async with asyncio.timeout(5):
        answer, decision = await asyncio.gather(asked, approving.approve(REQUEST))
    await questions.end()
    assert hand.most == 1
    assert (answer.action, decision) == ("accept", Allow())
