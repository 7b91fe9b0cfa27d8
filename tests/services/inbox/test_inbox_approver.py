"""Approval through the inbox: each decision, and every way in which nobody decides."""

from __future__ import annotations

import asyncio

import pytest

from services.approval import Allow, ApprovalRequest, CancelTurn, Decision, Deny, ToolCall, Withdrawn
from services.inbox.approving import InboxApprover
from services.inbox.inbox import Inbox
from services.inbox.questions import (
    Answer,
    ApprovalAnswer,
    ApprovalQuestion,
    InboxEvent,
    QuestionAsked,
    QuestionClosed,
)
from tests.support.work import PATIENCE

REQUEST = ApprovalRequest(ToolCall("1", "mcp__demo__add", "demo", "add", {"a": 1}), "Adds.", ("only reads",))


class Asking:
    """One request that waits in an inbox."""

    def __init__(self) -> None:
        self.told: list[InboxEvent] = []
        self.inbox = Inbox(self.told.append)
        self.task = asyncio.create_task(InboxApprover(self.inbox).approve(REQUEST))

    async def question(self) -> ApprovalQuestion:
        await asyncio.sleep(0)
        (question,) = self.inbox.questions
        assert isinstance(question, ApprovalQuestion)
        return question

    async def decision(self) -> Decision:
        async with asyncio.timeout(5):
            return await self.task


@pytest.mark.parametrize(
    ("decision", "outcome"),
    [
        (Allow(), "accept"),
        (Allow("session"), "accept"),
        (Allow("always"), "accept"),
        (Allow(arguments={"a": 2}), "accept"),
        (Deny("not now"), "decline"),
        (CancelTurn(), "cancel"),
    ],
)
async def test_each_decision_comes_through(decision: Decision, outcome: str) -> None:
    asking = Asking()
    question = await asking.question()
    assert (question.server, question.request) == ("demo", REQUEST)
    assert asking.inbox.answer(question, ApprovalAnswer.of(decision))
    assert await asking.decision() == decision
    assert asking.told == [QuestionAsked(question), QuestionClosed(question, outcome)]  # type: ignore[arg-type]
    assert not asking.inbox.answer(question, ApprovalAnswer.of(Allow()))


@pytest.mark.parametrize(
    ("answer", "decision"),
    [(Answer("accept", {}), Withdrawn()), (Answer("decline"), Deny()), (Answer("cancel"), Withdrawn())],
)
async def test_an_answer_without_a_decision_allows_nothing(answer: Answer, decision: Decision) -> None:
    asking = Asking()
    asking.inbox.answer(await asking.question(), answer)
    assert await asking.decision() == decision


@pytest.mark.parametrize("server", ["demo", None])
async def test_a_server_that_goes_leaves_nobody_to_decide(server: str | None) -> None:
    asking = Asking()
    question = await asking.question()
    asking.inbox.withdraw_all("another", "gone")
    assert asking.inbox.questions == (question,)
    asking.inbox.withdraw_all(server, "the server is gone")
    assert await asking.decision() == Withdrawn()
    assert asking.told[-1] == QuestionClosed(question, "withdrawn", "the server is gone")


async def test_a_cancelled_turn_takes_its_question_along() -> None:
    asking = Asking()
    question = await asking.question()
    asking.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking.task
    assert asking.inbox.questions == ()
    assert isinstance(closed := asking.told[-1], QuestionClosed)
    assert (closed.question, closed.outcome) == (question, "withdrawn")


async def test_several_wait_beside_each_other() -> None:
    told: list[InboxEvent] = []
    inbox = Inbox(told.append)
    approver = InboxApprover(inbox)
    tasks = [asyncio.create_task(approver.approve(REQUEST)) for _ in range(3)]
    await asyncio.sleep(0)
    first, second, third = inbox.questions
    inbox.answer(second, ApprovalAnswer.of(Deny()))
    inbox.answer(third, ApprovalAnswer.of(Allow()))
    inbox.answer(first, ApprovalAnswer.of(Allow("session")))
    assert await asyncio.gather(*tasks) == [Allow("session"), Deny(), Allow()]


async def test_a_question_the_deputy_works_on_can_be_taken_back() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()
    asking = Asking()

    async def deputy(_: object) -> Answer | None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return None

    asking.inbox.deputy = deputy
    async with asyncio.timeout(PATIENCE):
        await begun.wait()
        asking.inbox.withdraw_all("demo", "the server went")
        decision = await asking.decision()
    assert isinstance(decision, CancelTurn | Withdrawn)
    assert ended.is_set()
    assert asking.inbox.questions == ()
