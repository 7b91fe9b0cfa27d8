"""One question: what the server says, and the view of what it asks for, by the kind of question."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from services.forms.form import fields_of
from services.inbox.questions import Answer, FormQuestion, LinkQuestion
from widgets.inbox.url_view import UrlView
from widgets.schema_form.schema_form import SchemaForm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.app import ComposeResult
    from textual.widget import Widget

    from services.forms.fields import Entry
    from services.inbox.questions import Question

__all__ = ("FormQuestionView", "LinkQuestionView", "QuestionView", "view_of")

_LONGEST = 10_000
"""Characters of a message that are drawn: a million take seconds."""


class QuestionView(VerticalScroll, can_focus=True):
    """The scrolling part of the inbox. With the focus on itself it scrolls; Enter goes to the first field.

    Each kind of question has its own, which says what is asked for and what accepting it means.
    """

    DEFAULT_CSS = """
    QuestionView {
        height: auto;
        scrollbar-size-vertical: 1;
        & > .question--message { height: auto; margin-bottom: 1; }
        & > SchemaForm { max-height: 1000000; }
        & > .question--message:last-child { margin-bottom: 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "first_field", "first field", show=True),
    ]

    link = ""
    """A URL that may be looked at and copied; empty where there is none."""
    may_open = False
    """Whether that URL may be opened in a browser."""
    may_copy = True
    """Whether that URL may be pasted elsewhere."""
    has_fields = False
    """Whether there is anything to fill in."""

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question

    def compose(self) -> ComposeResult:
        message = self.question.message
        if len(message) > _LONGEST:
            message = f"{message[:_LONGEST]}… and {len(message) - _LONGEST:,} more characters"
        if message:
            yield Static(Content(message), classes="question--message", markup=False)
        yield from self.asked()

    def asked(self) -> Iterable[Widget]:
        """What stands below the message."""
        return ()

    def accept_words(self, narrow: bool) -> str:
        """What the key that accepts is called."""
        return "accept"

    def accepted(self) -> Answer | None:
        """The answer that accepts; None when the view sends it itself, once it fits."""
        return Answer("accept", {})

    @property
    def entries(self) -> Mapping[str, Entry] | None:
        """What was typed so far; None where nothing can be typed."""
        return None

    @property
    def is_changed(self) -> bool:
        """Whether anything was typed that would be lost."""
        return False

    def enter(self) -> None:
        """Give the keys to the first field; where there is none, to the text."""
        self.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter leads to the first field only where there is one."""
        return self.has_fields and self.has_focus if action == "first_field" else True

    def action_first_field(self) -> None:
        """Go to the first field."""
        self.enter()


class FormQuestionView(QuestionView):
    """Fields to fill in."""

    def __init__(self, question: FormQuestion, entries: Mapping[str, Entry] | None = None) -> None:
        super().__init__(question)
        self.form = SchemaForm(fields_of(question.schema, strict_elicitation=True), entries=entries)
        self.has_fields = bool(self.form.form.fields)

    def asked(self) -> Iterable[Widget]:
        return (self.form,) if self.form.form.fields or self.form.form.notes else ()

    @property
    def entries(self) -> Mapping[str, Entry] | None:
        return self.form.entries

    @property
    def is_changed(self) -> bool:
        return self.form.is_changed

    def accepted(self) -> Answer | None:
        if not self.has_fields:
            return Answer("accept", {})
        self.form.submit()
        return None

    def enter(self) -> None:
        if self.has_fields:
            self.form.focus()
        else:
            self.focus()


class LinkQuestionView(QuestionView):
    """A page to visit; accepting says that it was visited."""

    def __init__(self, question: LinkQuestion) -> None:
        super().__init__(question)
        self._url = UrlView(question.url)
        parts = self._url.parts
        self.link, self.may_open, self.may_copy = question.url, parts.may_open, parts.may_copy

    def asked(self) -> Iterable[Widget]:
        return (self._url,)

    def accept_words(self, narrow: bool) -> str:
        return "finished" if narrow else "I have finished"

    def accepted(self) -> Answer | None:
        return Answer("accept")


def view_of(question: Question, entries: Mapping[str, Entry] | None = None) -> QuestionView:
    """The view of a question; `entries` is what was typed into it before."""
    match question:
        case FormQuestion():
            return FormQuestionView(question, entries)
        case LinkQuestion():
            return LinkQuestionView(question)
