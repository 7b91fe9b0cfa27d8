"""Questions that the driver answers: whatever lands in the inbox is put to it as a request."""

from __future__ import annotations

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
from services.driving.driver import DriverFailed
from services.driving.open_questions import OpenQuestions
from services.inbox.questions import (
    Answer,
    ApprovalAnswer,
    ApprovalQuestion,
    FormQuestion,
    LinkQuestion,
    RootsQuestion,
    SamplingQuestion,
)

if TYPE_CHECKING:
    from services.app_server.question_values import Decision
    from services.approval import Lasting
    from services.inbox.questions import LinkFinished, Question

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


class Questions(OpenQuestions):
    """Puts questions of servers, and of turns, to the driver."""

    def finished(self, event: LinkFinished) -> None:
        """A server says that a page is finished."""
        question = event.question
        told = ElicitationFinished(server_name=question.server, elicitation_id=question.elicitation)
        self.driver.notify(methods.ELICITATION_FINISHED.name, told)

    async def answer(self, question: Question) -> Answer:
        """What the driver says."""
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
                answer = await self.driver.ask(methods.ELICITATION.name, told, ElicitationResponse)
                return Answer(answer.action)
            case SamplingQuestion():
                return await sampled(self.driver, question)
            case RootsQuestion():
                return await roots_told(self.driver, question)
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
        answer = await self.driver.ask(methods.ELICITATION.name, told, ElicitationResponse)
        return self.form_answer(question, answer.action, answer.content)

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
        answer = await self.driver.ask(methods.APPROVAL.name, told, ApprovalResponse, question.thread)
        if answer.decision == "decline":
            return Deny(answer.words or "")
        if answer.decision == "cancel":
            return CancelTurn()
        lasting = _LASTINGS[answer.decision]
        if lasting not in request.lastings:
            raise DriverFailed(f'the driver\'s decision "{answer.decision}" is not one of those there are')
        return Allow(lasting, answer.arguments)
