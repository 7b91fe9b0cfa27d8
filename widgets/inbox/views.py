"""Which view draws a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.inbox.questions import (
    ApprovalQuestion,
    FormQuestion,
    LinkQuestion,
    RootsQuestion,
    SamplingQuestion,
)
from widgets.inbox.approval_view import ApprovalQuestionView
from widgets.inbox.question_view import FormQuestionView, LinkQuestionView
from widgets.inbox.roots_view import RootsQuestionView
from widgets.inbox.sampling_view import SamplingQuestionView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.forms.fields import Entry
    from services.inbox.questions import Question
    from widgets.inbox.question_view import QuestionView

__all__ = ("view_of",)


def view_of(question: Question, entries: Mapping[str, Entry] | None = None, model: str = "") -> QuestionView:
    """The view of a question; `entries` is what was typed into it before, `model` who could answer it."""
    match question:
        case FormQuestion():
            return FormQuestionView(question, entries)
        case LinkQuestion():
            return LinkQuestionView(question)
        case ApprovalQuestion():
            return ApprovalQuestionView(question)
        case SamplingQuestion():
            return SamplingQuestionView(question, model)
        case RootsQuestion():
            return RootsQuestionView(question)
