"""Questions that a driver answers: whatever lands in the inbox is put to it as a request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from services.approval import Deny
from services.arguments.form_answer import misfit
from services.driving.driver import DriverFailed
from services.inbox.questions import (
    Answer,
    ApprovalAnswer,
    ApprovalQuestion,
    LinkFinished,
    QuestionAsked,
    QuestionClosed,
)
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Literal

    from services.driving.driver import Driver
    from services.inbox.inbox import Inbox
    from services.inbox.questions import FormQuestion, InboxEvent, Question

__all__ = ("OpenQuestions",)


class OpenQuestions:
    """One task for each open question; `answer` puts it to the driver."""

    def __init__(self, driver: Driver, inbox: Inbox, warn: Callable[[str], None]) -> None:
        self.driver = driver
        self._inbox = inbox
        self._warn = warn
        self._open: dict[Question, asyncio.Task[None]] = {}

    async def answer(self, question: Question) -> Answer:
        """What the driver says. Raises DriverFailed where it says nothing that can be used."""
        raise NotImplementedError

    def finished(self, event: LinkFinished) -> None:
        """A server says that a page is finished."""
        raise NotImplementedError

    def hear(self, event: InboxEvent) -> None:
        """A question opened, or left the inbox, or its page is finished."""
        match event:
            case QuestionAsked(question=question):
                self._asked(question)
            case QuestionClosed():
                self._closed(event)
            case LinkFinished():
                self.finished(event)

    def _asked(self, question: Question) -> None:
        self._open[question] = asyncio.create_task(self._put(question), name=f"question {question.number}")

    def _closed(self, event: QuestionClosed) -> None:
        """The driver hears why, unless it answered."""
        if (asking := self._open.pop(event.question, None)) is not None:
            asking.cancel(event.reason or "it is answered")

    def form_answer(
        self,
        question: FormQuestion,
        action: Literal["accept", "decline", "cancel"],
        content: Mapping[str, Any] | None,
    ) -> Answer:
        """The driver's answer to a form. Raises DriverFailed where it does not fit."""
        if action != "accept":
            return Answer(action)
        content = content or {}
        if reason := misfit(question.schema, content):
            raise DriverFailed(f"the {self.driver.name}'s answer does not fit the form: {reason}")
        return Answer("accept", content)

    async def _put(self, question: Question) -> None:
        try:
            answer, why = await self.answer(question), ""
        except DriverFailed as error:
            answer, why = _unanswered(question, error), str(error)
        if self._open.pop(question, None) is None:
            return
        if why:
            said = {"decline": "declined", "cancel": "cancelled"}[answer.action]
            self._warn(f"A question of {one_line(question.server, 80)} was {said}: {why}")
        self._inbox.answer(question, answer, why)


def _unanswered(question: Question, error: DriverFailed) -> Answer:
    """What is answered where the driver did not: an error of its declines, all else is taken back."""
    if isinstance(question, ApprovalQuestion):
        return ApprovalAnswer.of(Deny(f"Nobody allowed it: {error}"))
    return Answer("decline" if error.refused else "cancel")
