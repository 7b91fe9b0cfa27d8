"""The question whether a server may be told of directories: which they are, and how long a yes holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widgets import Static

from services.inbox.questions import RootsAnswer
from services.text import one_line
from widgets.inbox.keys_line import AnswerKey
from widgets.inbox.question_view import QuestionView

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from services.approval import Lasting
    from services.inbox.questions import Answer, RootsQuestion
    from widgets.inbox.keys_line import KeyGroups

__all__ = ("RootsQuestionView",)

_KEYS: Final = (
    (
        AnswerKey("^s", "accept", ("allow once", "once")),
        AnswerKey("^t", "allow_session", ("for this session", "session")),
    ),
    (AnswerKey("^n", "decline", ("no",)), AnswerKey("esc", "drop", ("not now",))),
)


class RootsQuestionView(QuestionView):
    """The directories that a server asks for; it hears only of their names and places."""

    DEFAULT_CSS = """
    RootsQuestionView {
        & > .roots--paths { height: auto; text-style: bold; }
        & > .roots--about { height: auto; color: $text-muted; }
    }
    """

    careful = True

    def __init__(self, question: RootsQuestion) -> None:
        super().__init__(question)
        self._roots = question.roots

    def asked(self) -> Iterable[Widget]:
        paths = "\n".join(one_line(str(root.path), 1_000) for root in self._roots)
        yield Static(Content(paths), classes="roots--paths", markup=False)
        about = "The server is told this path. To answer for good, set `roots` in its table."
        yield Static(Content(about), classes="roots--about", markup=False)

    def head(self, room: int) -> Content:
        name = (one_line(self.question.server, 80), "bold")
        return Content.assemble(name, " asks which directory it may work in")

    @property
    def key_groups(self) -> KeyGroups:
        return _KEYS

    def takes(self, action: str) -> bool:
        return action == "allow_session" or super().takes(action)

    def accepted(self, lasting: Lasting = "once") -> Answer | None:
        return RootsAnswer("accept", lasting="session" if lasting == "session" else "once")
