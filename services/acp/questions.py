"""Questions of servers, and about calls of the model, as an editor is asked them.

Forms and pages go to editors that said they show them; a yes to a call, or to directories, is a permission.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from acp import schema
from pydantic import Field

from services.acp.blocks import text_block
from services.acp.dialect import ELICIT, ELICITED, PERMIT
from services.acp.updates import title_of
from services.approval import Allow, CancelTurn, Deny
from services.driving.driver import DriverFailed
from services.driving.open_questions import OpenQuestions
from services.driving.values import Value
from services.inbox.questions import (
    Answer,
    ApprovalAnswer,
    ApprovalQuestion,
    FormQuestion,
    LinkQuestion,
    RootsAnswer,
    RootsQuestion,
)
from services.text import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.acp.updates import Teller
    from services.approval import ApprovalRequest, Lasting
    from services.driving.driver import Driver
    from services.inbox.inbox import Inbox
    from services.inbox.questions import LinkFinished, Question
    from services.roots import Root

__all__ = ("CallApproval", "Questions")

_YES: Final[dict[Lasting, tuple[str, schema.PermissionOptionKind]]] = {
    "once": ("Allow once", "allow_once"),
    "session": ("Allow for this session", "allow_always"),
    "always": ("Always allow", "allow_always"),
}
_REJECT: Final = "reject"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CallApproval(ApprovalQuestion):
    """Approval of a call of a turn, and which item it is."""

    item: str


class _Elicitation(Value):
    """A form or a page; the schema of a form as the server sent it."""

    session_id: str
    mode: Literal["form", "url"]
    message: str
    requested_schema: dict[str, Any] | None = None
    url: str | None = None
    elicitation_id: str | None = None


class _Elicited(Value):
    action: Literal["accept", "decline", "cancel"]
    content: dict[str, Any] | None = None


class _Outcome(Value):
    outcome: Literal["selected", "cancelled"]
    option_id: str = ""


class _Permitted(Value):
    outcome: _Outcome = Field()


class Questions(OpenQuestions):
    """Puts the questions of one session to the editor."""

    def __init__(
        self,
        driver: Driver,
        inbox: Inbox,
        teller: Teller,
        shows: schema.ElicitationCapabilities | None,
        roots: Sequence[Root],
    ) -> None:
        """`shows`: what the editor shows of servers; `roots`: the directories it works in."""
        super().__init__(driver, inbox, teller.say)
        self._teller = teller
        self._forms = shows is not None and shows.form is not None
        self._pages = shows is not None and shows.url is not None
        self._roots = tuple(roots)

    def finished(self, event: LinkFinished) -> None:
        """A server says that a page is finished."""
        if self._pages:
            told = schema.CompleteElicitationNotification(elicitation_id=_elicitation(event.question))
            self.driver.notify(ELICITED, told)

    async def answer(self, question: Question) -> Answer:
        """What the person in the editor says."""
        match question:
            case FormQuestion() if self._forms:
                return await self._form(question)
            case LinkQuestion() if self._pages:
                return await self._page(question)
            case CallApproval():
                return ApprovalAnswer.of(await self._call(question))
            case RootsQuestion():
                return await self._directories(question)
            case FormQuestion():
                raise DriverFailed("this editor does not show forms of servers", refused=True)
            case LinkQuestion():
                raise DriverFailed("this editor does not open pages for servers", refused=True)
            case _:
                raise DriverFailed("editors cannot be asked this", refused=True)

    async def _form(self, question: FormQuestion) -> Answer:
        asked = _Elicitation(
            session_id=self._teller.session,
            mode="form",
            message=_from(question.server, question.message),
            requested_schema=dict(question.schema),
        )
        answer = await self.driver.ask(ELICIT, asked, _Elicited)
        return self.form_answer(question, answer.action, answer.content)

    async def _page(self, question: LinkQuestion) -> Answer:
        asked = _Elicitation(
            session_id=self._teller.session,
            mode="url",
            message=_from(question.server, question.message),
            url=question.url,
            elicitation_id=_elicitation(question),
        )
        answer = await self.driver.ask(ELICIT, asked, _Elicited)
        return Answer(answer.action)

    async def _call(self, question: CallApproval) -> Allow | Deny | CancelTurn:
        request = question.request
        call = schema.ToolCallUpdate(
            tool_call_id=question.item,
            title=title_of(request.call.server, request.call.tool),
            kind=self._teller.kind(request.call.server, request.call.tool),
            status="pending",
            raw_input=request.call.arguments,
            content=[_text(line) for line in _about(request)],
        )
        options = [_option(lasting, *_YES[lasting]) for lasting in request.lastings]
        chosen = await self._permitted(call, options)
        if chosen is None:
            return CancelTurn()
        for lasting in request.lastings:
            if chosen == lasting:
                return Allow(lasting)
        if chosen == _REJECT:
            return Deny()
        raise DriverFailed(f'the editor chose "{one_line(chosen, 80)}", which is not one of those there are')

    async def _directories(self, question: RootsQuestion) -> Answer:
        paths = "\n".join(one_line(str(root.path)) for root in self._roots)
        server = one_line(question.server, 80)
        call = schema.ToolCallUpdate(
            tool_call_id=f"{self._teller.session}-roots-{question.number}",
            title=f"{server} asks which directories it may work in",
            kind="other",
            status="pending",
            content=[_text(paths)],
        )
        options = [_option("once", *_YES["once"]), _option("session", *_YES["session"])]
        chosen = await self._permitted(call, options)
        if chosen == "once":
            return RootsAnswer("accept", roots=self._roots)
        if chosen == "session":
            return RootsAnswer("accept", lasting="session", roots=self._roots)
        return Answer("cancel" if chosen is None else "decline")

    async def _permitted(
        self, call: schema.ToolCallUpdate, options: list[schema.PermissionOption]
    ) -> str | None:
        """The option that the person chose; None where the turn was cancelled meanwhile."""
        options.append(_option(_REJECT, "Reject", "reject_once"))
        asked = schema.RequestPermissionRequest(
            session_id=self._teller.session, tool_call=call, options=options
        )
        answer = (await self.driver.ask(PERMIT, asked, _Permitted)).outcome
        return answer.option_id if answer.outcome == "selected" else None


def _about(request: ApprovalRequest) -> list[str]:
    """What the person should know before they say yes."""
    lines = [printable(request.description), f"It says of itself: {', '.join(request.declared)}."]
    if request.changed is not None:
        lines.append("You allowed it for good, and it has changed since.")
    return [line for line in lines if line]


def _option(id: str, name: str, kind: schema.PermissionOptionKind) -> schema.PermissionOption:
    return schema.PermissionOption(option_id=id, name=name, kind=kind)


def _text(text: str) -> Any:
    return schema.ContentToolCallContent(type="content", content=text_block(text))


def _from(server: str, message: str) -> str:
    """Who asks, and what; the protocol has no place of its own for the first."""
    return f"{one_line(server, 80)}: {printable(message)}"


def _elicitation(question: LinkQuestion) -> str:
    """A name for the page that no other server uses too."""
    return f"{question.number}-{question.elicitation}".rstrip("-")
