"""One question: what the server says, and what it asks for: fields to fill in, or a page to visit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from services.forms.form import fields_of
from services.inbox.questions import Answer
from services.text import one_line
from widgets.inbox.keys_line import AnswerKey
from widgets.inbox.url_view import UrlView
from widgets.schema_form.schema_form import SchemaForm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.app import ComposeResult
    from textual.widget import Widget

    from services.approval import Lasting
    from services.forms.fields import Entry
    from services.inbox.questions import FormQuestion, LinkQuestion, Question
    from widgets.inbox.keys_line import KeyGroups

__all__ = ("FormQuestionView", "LinkQuestionView", "QuestionView")

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
        Binding("enter", "first_field", "first field", show=True, id="inbox.first_field"),
    ]

    @dataclass
    class KeysChanged(Message):
        """Other keys answer the question now."""

        view: QuestionView

        @property
        def control(self) -> QuestionView:
            """Alias for `view`."""
            return self.view

    link = ""
    """A URL that may be looked at and copied; empty where there is none."""
    may_open = False
    """Whether that URL may be opened in a browser."""
    may_copy = True
    """Whether that URL may be pasted elsewhere."""
    has_fields = False
    """Whether there is anything to fill in."""
    careful = False
    """Whether no key answers that was typed before the person could see the question."""
    foot: Widget | None = None
    """What stands between the view and the keys; seen while it is displayed."""

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

    def head(self, room: int) -> Content:
        """Who asks, in so many columns where that can be."""
        return Content.assemble((one_line(self.question.server, 80), "bold"), " asks")

    # The answers.

    @property
    def key_groups(self) -> KeyGroups:
        """The keys that answer as things stand."""
        accept = AnswerKey("^s", "accept", ("accept",))
        return ((accept, AnswerKey("^n", "decline", ("decline",)), AnswerKey("esc", "drop", ("cancel",))),)

    def takes(self, action: str) -> bool:
        """Whether an action of the inbox means something here and now."""
        match action:
            case "open_url" | "copy_url":
                return bool(self.link)
            case "allow_session" | "allow_always" | "edit_arguments" | "edit_request" | "decline_with_words":
                return False
            case _:
                return True

    def accepted(self, lasting: Lasting = "once") -> Answer | None:
        """The answer that accepts; None when the view sends it itself, once it fits."""
        return Answer("accept", {})

    def declined(self) -> Answer | None:
        """The answer that declines; None when the view wants to know something first."""
        return Answer("decline")

    def cancelled(self) -> Answer:
        """The answer that says neither yes nor no."""
        return Answer("cancel")

    def edited(self) -> bool:
        """Begin to edit within the view; False where that is done elsewhere."""
        return False

    def left(self) -> bool:
        """Leave what was begun in the view; False where that is the question itself."""
        return False

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

    def accepted(self, lasting: Lasting = "once") -> Answer | None:
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

    def show_finished(self) -> None:
        """The server says that the page is finished."""
        self._url.say("The server says that this page is finished.")

    @property
    def key_groups(self) -> KeyGroups:
        open_it = AnswerKey("o", "open_url", ("open in browser", "open in browser", "open"), self.may_open)
        done = AnswerKey("^s", "accept", ("I have finished", "finished", "finished"))
        answers = done, AnswerKey("^n", "decline", ("decline",)), AnswerKey("esc", "drop", ("cancel",))
        return (open_it, AnswerKey("y", "copy_url", ("copy",))), answers

    def accepted(self, lasting: Lasting = "once") -> Answer | None:
        return Answer("accept")
