"""Questions of servers that wait for the person.

A question carries its own future. Whoever takes it out settles it, on every road:
accepted, declined, cancelled, its call ended, its server gone, the program ending.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from services.inbox.questions import Answer, LinkFinished, LinkQuestion, QuestionAsked, QuestionClosed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.inbox.questions import InboxEvent, Question

__all__ = ("Inbox",)


class Inbox:
    """The open questions, oldest first."""

    def __init__(self, report: Callable[[InboxEvent], None]) -> None:
        self._report = report
        self._waiting: dict[Question, asyncio.Future[Answer]] = {}
        self._deputed: dict[Question, asyncio.Future[Answer | None]] = {}
        self._opened: set[Question] = set()
        """Questions whose pages the person opened, or took the addresses of."""
        self.deputy: Callable[[Question], Awaitable[Answer | None]] | None = None
        """Asked before the person: None leaves the question to them."""

    @property
    def questions(self) -> tuple[Question, ...]:
        """The open questions, oldest first."""
        return tuple(self._waiting)

    async def ask(self, question: Question) -> Answer:
        """Put a question to the person and wait for the answer, without a time limit.

        A cancelled wait (the call ended, the server went) withdraws the question.
        """
        if (answer := await self._of_deputy(question)) is not None:
            return answer
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[question] = future
        self._report(QuestionAsked(question))
        try:
            return await future
        finally:
            self._opened.discard(question)
            if self._waiting.pop(question, None) is not None:
                self._report(QuestionClosed(question, "withdrawn", "the call it belonged to ended"))

    async def _of_deputy(self, question: Question) -> Answer | None:
        """What the deputy answers; *cancel* where the question was taken back meanwhile."""
        if self.deputy is None:
            return None
        self._deputed[question] = working = asyncio.ensure_future(self.deputy(question))
        try:
            await asyncio.wait([working])
        finally:
            self._deputed.pop(question, None)
            working.cancel()
        return Answer("cancel") if working.cancelled() else working.result()

    def opened(self, question: Question) -> None:
        """The person opened the page of a question: from now on its end answers it."""
        if question in self._waiting:
            self._opened.add(question)

    def finished(self, elicitation: str, server: str) -> None:
        """A server says that a page is finished (`notifications/elicitation/complete`).

        That accepts its question where the person opened the page. Accepting means that they agreed to
        visit it, which no server says in their place. One that is not known is ignored.
        """
        for question in self.questions:
            if not isinstance(question, LinkQuestion) or not _is_of(question, server):
                continue
            if not elicitation or question.elicitation != elicitation:
                continue
            if question in self._opened:
                self.answer(question, Answer("accept"), "the server says that the page is finished")
            else:
                self._report(LinkFinished(question))

    def answer(self, question: Question, answer: Answer, reason: str = "") -> bool:
        """Settle a question; False when it is no longer open."""
        future = self._waiting.pop(question, None)
        if future is None:
            return False
        if not future.done():
            future.set_result(answer)
        self._report(QuestionClosed(question, answer.action, reason, answer))
        return True

    def withdraw(self, question: Question, reason: str) -> None:
        """Take back a question nobody waits for any more, saying why; its asker hears *cancel*."""
        if (working := self._deputed.pop(question, None)) is not None:
            working.cancel()
        future = self._waiting.pop(question, None)
        if future is None:
            return
        if not future.done():
            future.set_result(Answer("cancel"))
        self._report(QuestionClosed(question, "withdrawn", reason))

    def withdraw_all(self, server: str | None, reason: str) -> None:
        """Take back the open questions of a server, or of everybody."""
        for question in (*self._deputed, *self._waiting):
            if server is None or _is_of(question, server):
                self.withdraw(question, reason)


def _is_of(question: Question, server: str) -> bool:
    """Whether a server of ours asks it, and not one of another program that is called the same."""
    return question.server == server and not question.elsewhere
