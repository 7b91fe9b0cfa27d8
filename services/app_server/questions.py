"""Questions that the driver answers: whatever lands in the inbox is put to it as a request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.app_server import methods
from services.app_server.borrowing import roots_told, sampled
from services.app_server.question_values import (
    ApprovalRequestParams,
    ApprovalResponse,
    ElicitationFinished,
    ElicitationParams,
    ElicitationResponse,
)
from services.approval import Allow, CancelTurn, Deny
from services.arguments.form_answer import misfit
from services.driving.driver import DriverFailed
from services.inbox.questions import (
    Answer,
    ApprovalAnswer,
    ApprovalQuestion,
    FormQuestion,
    LinkQuestion,
    RootsQuestion,
    SamplingQuestion,
)
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.app_server.question_values import Decision
    from services.approval import Lasting
    from services.driving.driver import Driver
    from services.inbox.inbox import Inbox
    from services.inbox.questions import LinkFinished, Question, QuestionClosed

__all__ = ("Questions", "TurnApproval")

_DECISIONS: Final[dict[Lasting, Decision]] = {
    "once": "accept",
    "session": "acceptForSession",
    "always": "acceptAlways",
}
_LASTINGS: Final = {decision: lasting for lasting, decision in _DECISIONS.items()}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TurnApproval(ApprovalQuestion):
    """Approval of a call of a turn: whose, and which item it is."""

    thread: str
    turn: str
    item: str


class Questions:
    """One task for each open question."""

    def __init__(self, driver: Driver, inbox: Inbox, warn: Callable[[str], None]) -> None:
        self._driver = driver
        self._inbox = inbox
        self._warn = warn
        self._open: dict[Question, asyncio.Task[None]] = {}

    def asked(self, question: Question) -> None:
        """A question opened."""
        self._open[question] = asyncio.create_task(self._put(question), name=f"question {question.number}")

    def closed(self, event: QuestionClosed) -> None:
        """A question left the inbox; the driver hears why, unless it answered."""
        if (asking := self._open.pop(event.question, None)) is not None:
            asking.cancel(event.reason or "it is answered")

    def finished(self, event: LinkFinished) -> None:
        """A server says that a page is finished."""
        question = event.question
        told = ElicitationFinished(server_name=question.server, elicitation_id=question.elicitation)
        self._driver.notify(methods.ELICITATION_FINISHED.name, told)

    async def _put(self, question: Question) -> None:
        try:
            answer, why = await self._answer(question), ""
        except DriverFailed as error:
            answer, why = _unanswered(question, error), str(error)
        if self._open.pop(question, None) is None:
            return
        if why:
            said = {"decline": "declined", "cancel": "cancelled"}[answer.action]
            self._warn(f"A question of {one_line(question.server, 80)} was {said}: {why}")
        self._inbox.answer(question, answer, why)

    async def _answer(self, question: Question) -> Answer:
        match question:
            case FormQuestion():
                return await self._form(question)
            case LinkQuestion():
                told = ElicitationParams(
                    server_name=question.server,
                    mode="url",
                    message=question.message,
                    url=question.url,
                    elicitation_id=question.elicitation or None,
                )
                answer = await self._driver.ask(methods.ELICITATION.name, told, ElicitationResponse)
                return Answer(answer.action)
            case SamplingQuestion():
                return await sampled(self._driver, question)
            case RootsQuestion():
                return await roots_told(self._driver, question)
            case TurnApproval():
                return ApprovalAnswer.of(await self._approved(question))
            case _:
                raise DriverFailed("drivers are not asked such questions", refused=True)

    async def _form(self, question: FormQuestion) -> Answer:
        told = ElicitationParams(
            server_name=question.server,
            mode="form",
            message=question.message,
            requested_schema=dict(question.schema),
        )
        answer = await self._driver.ask(methods.ELICITATION.name, told, ElicitationResponse)
        if answer.action != "accept":
            return Answer(answer.action)
        content = answer.content or {}
        if reason := misfit(question.schema, content):
            raise DriverFailed(f"the driver's answer does not fit the form: {reason}")
        return Answer("accept", content)

    async def _approved(self, question: TurnApproval) -> Allow | Deny | CancelTurn:
        request = question.request
        told = ApprovalRequestParams(
            thread_id=question.thread,
            turn_id=question.turn,
            item_id=question.item,
            server=request.call.server,
            tool=request.call.tool,
            arguments=request.call.arguments,
            description=request.description,
            declared=list(request.declared),
            read_only=request.reads,
            changed=request.changed is not None,
            available_decisions=[*(_DECISIONS[one] for one in request.lastings), "decline", "cancel"],
        )
        answer = await self._driver.ask(methods.APPROVAL.name, told, ApprovalResponse, question.thread)
        if answer.decision == "decline":
            return Deny(answer.words or "")
        if answer.decision == "cancel":
            return CancelTurn()
        lasting = _LASTINGS[answer.decision]
        if lasting not in request.lastings:
            raise DriverFailed(f'the driver\'s decision "{answer.decision}" is not one of those there are')
        return Allow(lasting, answer.arguments)


def _unanswered(question: Question, error: DriverFailed) -> Answer:
    """What is answered where the driver did not: an error of its declines, all else is taken back."""
    if isinstance(question, ApprovalQuestion):
        return ApprovalAnswer.of(Deny(f"Nobody allowed it: {error}"))
    return Answer("decline" if error.refused else "cancel")
