"""The arguments of a model's call in a form, before the call is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.session.screens.form import FormScreen
from services.approval import Allow
from services.inbox.questions import ApprovalAnswer
from services.text import printable
from widgets.inbox.approval_text import call_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.forms.fields import Entry
    from services.inbox.questions import Answer, ApprovalQuestion, Question

__all__ = ("ArgumentEditing",)


class ArgumentEditing:
    """Opens the form of a question; what is sent from it allows the call once, with these arguments.

    Left without that, the question stays open, and what was entered is there when the form opens again.
    """

    def __init__(
        self,
        open_form: Callable[[FormScreen, Callable[[dict[str, Any] | None], None]], object],
        answer: Callable[[Question, Answer], bool],
        warn: Callable[[str], None],
    ) -> None:
        """`answer` settles a question; False when it is no longer open."""
        self._open_form = open_form
        self._answer = answer
        self._warn = warn
        self._open: tuple[ApprovalQuestion, FormScreen] | None = None
        self._draft: tuple[ApprovalQuestion, Mapping[str, Entry]] | None = None

    def begin(self, question: ApprovalQuestion) -> None:
        """Open the form of a question."""
        if self._open is not None:
            return
        request = question.request
        draft = self._draft[1] if self._draft is not None and self._draft[0] is question else None
        form = FormScreen(
            f"Edit and allow once: {call_name(request)}",
            printable(request.description),
            request.schema,
            request.call.arguments,
            draft=draft,
            keeps=True,
        )
        self._open = question, form
        self._open_form(form, self._left)

    def closed(self, question: Question) -> None:
        """The question is no longer open: its form neither."""
        if self._open is not None and self._open[0] is question:
            self._open[1].dismiss(None)
            self._warn("The form was closed: the call no longer waits for it.")

    def _left(self, content: dict[str, Any] | None) -> None:
        assert self._open is not None
        (question, form), self._open = self._open, None
        self._draft = None if form.draft is None else (question, form.draft)
        if content is None:
            return
        if not self._answer(question, ApprovalAnswer.of(Allow(arguments=content))):
            self._warn("The call was not made: it is no longer waiting.")
