"""Approving a model's calls on a command line, beside servers that ask something themselves."""

from __future__ import annotations

import asyncio
import sys
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from app.command_line.model.approving import Approving
from app.command_line.terminal.line import WaitingLine
from app.command_line.terminal.questions import Questions
from app.command_line.terminal.typed import Typed
from services.inbox.inbox import Inbox
from services.inbox.questions import FormQuestion, QuestionAsked
from services.model.approval import Allow, ApprovalRequest, CancelTurn, Deny
from services.model.tool_call import ToolCall

if TYPE_CHECKING:
    from services.inbox.questions import QuestionClosed
    from services.model.approval import Decision

SCHEMA = {"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]}
CALL = ToolCall("1", "mcp__demo__add", "demo", "add", {"a": 1})
REQUEST = ApprovalRequest(CALL, "", ("only reads",), schema=SCHEMA)


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


class Hand(Typed):
    """A person who types the next line when they are asked, and notices who asks meanwhile."""

    def __init__(self, *lines: str) -> None:
        super().__init__()
        self._given = list(lines)
        self.most = self._now = 0

    async def line(self) -> str | None:
        self._now += 1
        self.most = max(self.most, self._now)
        await asyncio.sleep(0.01)
        self._now -= 1
        return self._given.pop(0) if self._given else None


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Somebody sits there from now on: called in the test itself, as pytest puts its own streams back."""
    shown = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stderr", shown)
    return shown


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


async def test_who_asks_at_the_same_time_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal(monkeypatch)
    hand, line = Hand("a", "a"), WaitingLine()  # accept, allow: whoever comes first

    def hear(event: QuestionAsked | QuestionClosed) -> None:
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
