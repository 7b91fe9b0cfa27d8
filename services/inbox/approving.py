"""Approval of a model's calls through the inbox, where the person answers them like other questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.approval import Deny, Withdrawn
from services.inbox.questions import ApprovalAnswer, ApprovalQuestion

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.approval import ApprovalRequest, Decision
    from services.inbox.inbox import Inbox

__all__ = ("InboxApprover",)


class InboxApprover:
    """An approver that asks through an inbox; `question` makes what stands there of a request."""

    def __init__(
        self, inbox: Inbox, question: Callable[[ApprovalRequest], ApprovalQuestion] | None = None
    ) -> None:
        self._inbox = inbox
        self._question = question or _question

    async def approve(self, request: ApprovalRequest) -> Decision:
        """The decision of the person; `Withdrawn` where the server went meanwhile.

        Cancelled with the turn, which takes the question out of the inbox. Only an answer that carries a
        decision allows anything.
        """
        answer = await self._inbox.ask(self._question(request))
        if isinstance(answer, ApprovalAnswer):
            return answer.decision
        return Deny() if answer.action == "decline" else Withdrawn()


def _question(request: ApprovalRequest) -> ApprovalQuestion:
    return ApprovalQuestion(server=request.call.server, message="", request=request)
