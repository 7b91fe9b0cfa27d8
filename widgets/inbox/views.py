"""Which view draws a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.inbox.questions import ApprovalQuestion, FormQuestion, LinkQuestion
from widgets.inbox.approval_view import ApprovalQuestionView
from widgets.inbox.question_view import FormQuestionView, LinkQuestionView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.forms.fields import Entry
    from services.inbox.questions import Question
    from widgets.inbox.question_view import QuestionView

__all__ = ("view_of",)


def view_of(question: Question, entries: Mapping[str, Entry] | None = None) -> QuestionView:
    """The view of a question; `entries` is what was typed into it before."""
    match question:
        case FormQuestion():
            return FormQuestionView(question, entries)
        case LinkQuestion():
            return LinkQuestionView(question)
        case ApprovalQuestion():
            return ApprovalQuestionView(question)
