"""The question whether a model may call a tool: the whole request, and a line for words to the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from services.approval import Allow, CancelTurn, Deny
from services.inbox.questions import ApprovalAnswer
from services.schemas.shapes import Shapes
from widgets.inbox.approval_text import approval_lines, call_name
from widgets.inbox.keys_line import AnswerKey
from widgets.inbox.question_view import QuestionView
from widgets.inbox.words_line import WordsLine
from widgets.views.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from services.approval import Lasting
    from services.inbox.questions import Answer, ApprovalQuestion
    from widgets.inbox.keys_line import KeyGroups

__all__ = ("ApprovalQuestionView", "RequestLines")

_ASKS: Final = "The model wants to call"
_ALLOWING: Final = (
    ("once", AnswerKey("^s", "accept", ("allow once", "allow once", "once"))),
    ("session", AnswerKey("^t", "allow_session", ("for this session", "session"))),
    ("always", AnswerKey("^a", "allow_always", ("always",))),
)
_EDIT: Final = AnswerKey("^e", "edit_arguments", ("edit arguments", "edit"))
_DENY: Final = AnswerKey("^n", "decline", ("deny",))
_CANCEL: Final = AnswerKey("esc", "drop", ("cancel the turn", "cancel turn", "stop"))
_DENYING: Final = (
    AnswerKey("Enter", "decline", ("deny with these words", "deny")),
    AnswerKey("^n", "decline", ("deny",)),
    AnswerKey("esc", "cancel", ("back to the question", "back")),
)


class RequestLines(LineView, can_focus=False):
    """The request, as high as it is: the view around it scrolls."""

    DEFAULT_CSS = """
    RequestLines { height: auto; min-height: 1; overflow-y: hidden; scrollbar-gutter: auto; }
    """


class ApprovalQuestionView(QuestionView):
    """What a model wants to call, and the answers to it.

    Denying takes a line of words for the model first; while it is there nothing allows.
    """

    DEFAULT_CSS = """
    ApprovalQuestionView {
        & > .approval--name { height: auto; text-style: bold; display: none; }
        &.-named-below > .approval--name { display: block; }
    }
    """

    careful = True

    foot: WordsLine

    def __init__(self, question: ApprovalQuestion) -> None:
        super().__init__(question)
        self.request = question.request
        self._called = call_name(question.request)
        self._editable = bool(Shapes(question.request.schema).properties()[0])
        self.foot = WordsLine("Tell the model:", "why not, or what to do instead; may stay empty", self)
        self.foot.display = False

    def asked(self) -> Iterable[Widget]:
        yield Static(Content(self._called), classes="approval--name", markup=False)
        yield RequestLines(approval_lines(self.request))

    def head(self, room: int) -> Content:
        beside = len(_ASKS) + 1 + cell_len(self._called) <= room
        self.set_class(not beside, "-named-below")
        if beside:
            return Content.assemble(_ASKS, " ", (self._called, "bold"))
        return Content(_ASKS if len(_ASKS) <= room else "Model wants to call")

    # The answers.

    @property
    def denying(self) -> bool:
        """Whether words for the model are being typed."""
        return self.has_fields

    @property
    def key_groups(self) -> KeyGroups:
        if self.denying:
            return (_DENYING,)
        allowing = tuple(key for lasting, key in _ALLOWING if lasting in self.request.lastings)
        return allowing, (*((_EDIT,) if self._editable else ()), _DENY, _CANCEL)

    def takes(self, action: str) -> bool:
        match action:
            case "allow_session" | "allow_always":
                return not self.denying and action.removeprefix("allow_") in self.request.lastings
            case "edit_arguments":
                return self._editable and not self.denying
            case "accept":
                return not self.denying
            case _:
                return super().takes(action)

    def accepted(self, lasting: Lasting = "once") -> Answer | None:
        return ApprovalAnswer.of(Allow(lasting))

    def declined(self) -> Answer | None:
        if self.denying:
            return ApprovalAnswer.of(Deny(self.foot.words))
        self._ask_for_words(True)
        self.foot.focus_entry()
        return None

    def cancelled(self) -> Answer:
        return ApprovalAnswer.of(CancelTurn())

    def left(self) -> bool:
        if not self.denying:
            return False
        self.focus()
        self._ask_for_words(False)
        return True

    def _ask_for_words(self, asked: bool) -> None:
        self.has_fields = asked
        self.foot.display = asked

    def enter(self) -> None:
        if self.denying:
            self.foot.focus_entry()
        else:
            self.focus()
