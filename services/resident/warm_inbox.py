"""The inbox of a command that a resident does: its questions wait in another process."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from services.errors import ConnectionFailed
from services.inbox.inbox import Inbox
from services.inbox.questions import LinkFinished, LinkQuestion, QuestionAsked, QuestionClosed
from services.resident.messages import Answered, PageOpened

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.inbox.questions import Answer, Question

__all__ = ("WarmInbox",)


class WarmInbox(Inbox):
    """The questions that the resident has put to this command."""

    def __init__(self, report: Callable[[Any], None], say: Callable[[object], None]) -> None:
        super().__init__(report)
        self._say = say
        self._open: dict[int, Question] = {}

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(self._open.values())

    def asked(self, question: Question) -> None:
        """A question came."""
        self._open[question.number] = question
        self._report(QuestionAsked(question))

    def page_finished(self, question: Question) -> None:
        """The server says that a page is finished which nobody opened from here."""
        ours = self._open.get(question.number)
        if isinstance(ours, LinkQuestion):
            self._report(LinkFinished(ours))

    def closed(self, question: Question, outcome: Any, reason: str) -> None:
        """A question was taken back, or its page is finished."""
        ours = self._open.pop(question.number, None)
        if ours is not None:
            self._report(QuestionClosed(ours, outcome, reason))

    def answer(self, question: Question, answer: Answer, reason: str = "") -> bool:
        if self._open.pop(question.number, None) is None:
            return False
        with suppress(ConnectionFailed):  # whoever asked hears of that
            self._say(Answered(question.number, answer))
        self._report(QuestionClosed(question, answer.action, reason, answer))
        return True

    def opened(self, question: Question) -> None:
        with suppress(ConnectionFailed):
            self._say(PageOpened(question.number))
