"""One question: what the server says, and the form or the URL it asks about."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from services.forms.form import fields_of
from widgets.inbox.url_view import UrlView
from widgets.schema_form.schema_form import SchemaForm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

    from services.forms.fields import Entry
    from services.inbox.questions import Question

__all__ = ("QuestionView",)

_LONGEST = 10_000
"""Characters of a message that are drawn: a million take seconds."""


class QuestionView(VerticalScroll, can_focus=True):
    """The scrolling part of the inbox. With the focus on itself it scrolls; Enter goes to the first field."""

    DEFAULT_CSS = """
    QuestionView {
        height: auto;
        max-height: 40vh;
        scrollbar-size-vertical: 1;
        & > .question--message { height: auto; margin-bottom: 1; }
        & > SchemaForm { max-height: 1000000; }
        & > .question--message:last-child { margin-bottom: 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "first_field", "first field", show=True),
    ]

    def __init__(self, question: Question, entries: Mapping[str, Entry] | None = None) -> None:
        super().__init__()
        self.question = question
        self.form: SchemaForm | None = None
        self.url: UrlView | None = None
        if question.mode == "url":
            self.url = UrlView(question.url)
        else:
            self.form = SchemaForm(fields_of(question.schema, strict_elicitation=True), entries=entries)

    def compose(self) -> ComposeResult:
        message = self.question.message
        if len(message) > _LONGEST:
            message = f"{message[:_LONGEST]}… and {len(message) - _LONGEST:,} more characters"
        if message:
            yield Static(Content(message), classes="question--message", markup=False)
        if self.url is not None:
            yield self.url
        if self.form is not None and (self.form.form.fields or self.form.form.notes):
            yield self.form

    @property
    def has_fields(self) -> bool:
        """Whether there is anything to fill in."""
        return self.form is not None and bool(self.form.form.fields)

    def enter(self) -> None:
        """Give the keys to the first field; where there is none, to the text."""
        if self.form is not None and self.has_fields:
            self.form.focus()
        else:
            self.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter leads to the first field only where there is one."""
        return self.has_fields if action == "first_field" else True

    def action_first_field(self) -> None:
        """Go to the first field."""
        self.enter()
