"""The request inbox: questions of servers, the oldest in sight, waiting for the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from services.inbox.questions import Answer
from services.text import one_line
from widgets.inbox.answer_keys import KeyButton
from widgets.inbox.question_view import QuestionView, view_of

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from services.forms.fields import Entry
    from services.inbox.questions import Question
    from widgets.schema_form.schema_form import SchemaForm

__all__ = ("RequestInbox",)

_NARROW = 50
_LOW = 20
_ROOMY = 30
_AROUND = 2
"""Lines for the head and the keys; blank lines come with the height."""


class RequestInbox(Vertical):
    """Shows the oldest question; seen only while there is one, and takes the focus only when told to.

    While the focus is in it Ctrl+S accepts, Ctrl+N declines, Esc cancels; elsewhere the one key
    that leads to it is shown. When the question in sight changes under the person's hands, the focus
    stays in the inbox but on no field, so that what was meant for one server is not typed to another.
    """

    DEFAULT_CSS = """
    RequestInbox {
        display: none;
        height: auto;
        max-height: 50vh;
        border-left: outer $accent 50%;
        padding: 0 1;
        &.-asking { display: block; }
        &.-active { border-left: outer $accent; }
        & > .inbox--head { height: 1; }
        & .inbox--server { width: 1fr; height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
        & .inbox--count { width: auto; height: 1; padding-left: 2; color: $text-muted; }
        & > .inbox--keys { height: 1; margin-top: 1; }
        & > .inbox--keys .key-button--key { color: $text-muted; }
        &.-active > .inbox--keys .key-button--key, & .inbox--enter .key-button--key { color: $text-accent; }
        &.-active .inbox--enter { display: none; }
        & .inbox--answer { display: none; }
        &.-active .inbox--answer { display: block; }
        &.-roomy { margin-top: 1; }
        &.-low > .inbox--keys, &.-low .url--keys { margin-top: 0; }
        &.-low .question--message { margin-bottom: 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "accept", "accept", show=False, id="inbox.accept"),
        Binding("ctrl+n", "decline", "decline", show=False, id="inbox.decline"),
        Binding("escape", "cancel", "cancel", show=False, id="inbox.cancel"),
        Binding("o", "open_url", "open the URL in a browser", show=False, id="inbox.open"),
        Binding("y", "copy_url", "copy the URL", show=False, id="inbox.copy"),
    ]

    questions: reactive[tuple[Question, ...]] = reactive(tuple["Question", ...](), init=False)
    """The open questions, oldest first; replaced whole."""

    @dataclass
    class Answered(Message):
        """The person answered a question."""

        inbox: RequestInbox
        question: Question
        answer: Answer

        @property
        def control(self) -> RequestInbox:
            """Alias for `inbox`."""
            return self.inbox

    @dataclass
    class OpenUrl(Message):
        """The person said that the URL of a question shall be opened; it is http or https."""

        inbox: RequestInbox
        question: Question
        url: str

        @property
        def control(self) -> RequestInbox:
            """Alias for `inbox`."""
            return self.inbox

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._view: QuestionView | None = None
        self._entries: dict[Question, dict[str, Entry]] = {}
        """What was typed into questions that are not in sight."""
        self._answered: Question | None = None
        self._focus_wanted = False
        self._cancel_twice = False
        """Whether it was said that the next Esc drops what was typed."""
        self.uninvited = False
        """Whether the focus came without a key of the person's: then the first Enter accepts nothing."""
        self._server = Static(classes="inbox--server", markup=False)
        self._count = Static(classes="inbox--count", markup=False)
        self._accept = KeyButton("^S", "accept", "accept", classes="inbox--answer")

    def compose(self) -> ComposeResult:
        with Horizontal(classes="inbox--head"):
            yield self._server
            yield self._count
        with Horizontal(classes="inbox--keys"):
            yield KeyButton("^O", "answer", "take_focus", classes="inbox--enter")
            yield self._accept
            yield KeyButton("^N", "decline", "decline", classes="inbox--answer")
            yield KeyButton("Esc", "cancel", "drop", classes="inbox--answer")

    @property
    def takes_letters(self) -> bool:
        """Whether what is typed now would go into a field of the question."""
        return self.has_focus_within and self._view is not None and self._view.has_fields

    @property
    def question(self) -> Question | None:
        """The question in sight."""
        return None if self._view is None else self._view.question

    def take_focus(self, *, uninvited: bool = False) -> None:
        """Give the keys to the question: to its first field, or to its text where it has none.

        After one that is `uninvited`, by no key of the person's, the first Enter accepts nothing.
        """
        self.uninvited = uninvited
        if self._view is not None and self.questions[:1] == (self._view.question,):
            self._view.enter()
        else:
            self._focus_wanted = bool(self.questions)

    async def on_mount(self) -> None:
        await self.watch_questions()

    async def watch_questions(self) -> None:
        """Show the oldest question, and keep what was typed into those that are still open."""
        if not self.is_running or not self.is_attached:
            return
        questions = self.questions
        self._count_questions()
        self._entries = {one: kept for one, kept in self._entries.items() if one in questions}
        oldest = questions[0] if questions else None
        if oldest is not self.question:
            await self._show(oldest)
        self.set_class(bool(questions), "-asking")
        if self._focus_wanted and self._view is not None:
            self._focus_wanted = False
            self._view.enter()

    def _count_questions(self) -> None:
        many = len(self.questions)
        self._count.update(f"1 of {many} questions" if many > 1 else "")

    async def _show(self, question: Question | None) -> None:
        before, inside = self._view, self.has_focus_within
        if before is not None:
            if before.is_changed and (typed := before.entries) and before.question in self.questions:
                self._entries[before.question] = dict(typed)
            if inside:
                self.screen.set_focus(None)
            self._view = None
            await before.remove()
        if question is None:
            return
        self._cancel_twice = False
        self._view = view_of(question, self._entries.pop(question, None))
        self._server.update(Content.assemble((one_line(question.server, 80), "bold"), " asks"))
        self._name_accept()
        self._fit()
        await self.mount(self._view, after=self.query_one(".inbox--head"))
        if inside and self.screen.focused is None:
            self._view.focus()

    def _name_accept(self) -> None:
        narrow = self.has_class("-narrow")
        self._accept.label = self._view.accept_words(narrow) if self._view is not None else "accept"

    # `:focus-within` is not brought up to date for what stands beside the focus (Textual 8.2).

    def on_descendant_focus(self) -> None:
        self.set_class(self.has_focus_within, "-active")

    def on_descendant_blur(self) -> None:
        self.set_class(self.has_focus_within, "-active")

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < _NARROW, "-narrow")
        height = self.app.size.height
        self.set_class(height < _LOW, "-low")
        self.set_class(height >= _ROOMY, "-roomy")
        self._fit()
        self._name_accept()

    def _fit(self) -> None:
        """Let the question be as high as half the screen, less the head above and the keys below it."""
        height = self.app.size.height
        around = _AROUND + (height >= _LOW) + (height >= _ROOMY)
        if self._view is not None:
            self._view.styles.max_height = max(height // 2 - around, 1)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys for URLs are there only where a URL is."""
        if action in ("open_url", "copy_url"):
            return self._view is not None and bool(self._view.link)
        return True

    def on_key_button_pressed(self, event: KeyButton.Pressed) -> None:
        event.stop()
        getattr(self, f"action_{event.button.action}")()

    def on_schema_form_changed(self, event: SchemaForm.Changed) -> None:
        event.stop()
        if self._cancel_twice:
            self._cancel_twice = False
            self._count_questions()

    def on_schema_form_submitted(self, event: SchemaForm.Submitted) -> None:
        event.stop()
        if self.uninvited:
            self.uninvited = False
            self._count.update("Enter once more accepts")
            return
        self._answer(Answer("accept", event.content))

    def action_take_focus(self) -> None:
        """Give the keys to the question."""
        self.take_focus()

    def action_accept(self) -> None:
        """Accept: with the form's content when it fits, or as having finished with the URL."""
        if self._view is None:
            return
        self.uninvited = False
        if (answer := self._view.accepted()) is not None:
            self._answer(answer)

    def action_decline(self) -> None:
        """Decline: the person says no."""
        self._answer(Answer("decline"))

    def action_cancel(self) -> None:
        """Cancel: the person says neither yes nor no. What was typed is dropped by a second Esc only."""
        if self._view is not None and self._view.is_changed and not self._cancel_twice:
            self._cancel_twice = True
            self._count.update("Esc once more drops what you typed")
            return
        self.action_drop()

    def action_drop(self) -> None:
        """Cancel, whatever was typed."""
        self._answer(Answer("cancel"))

    def action_open_url(self) -> None:
        """Have the URL opened, when it is one that may be."""
        if self._view is not None and self._view.may_open:
            self.post_message(self.OpenUrl(self, self._view.question, self._view.link))

    def action_copy_url(self) -> None:
        """Copy the URL, unless it could do harm where it is pasted."""
        if self._view is None or not self._view.link:
            return
        if not self._view.may_copy:
            refusal = "Not copied: this address has characters that no URL has."
            self.notify(refusal, severity="warning", markup=False)
        else:
            self.app.copy_to_clipboard(self._view.link)

    def _answer(self, answer: Answer) -> None:
        question = self.question
        # Until the answer has been taken the question stays in sight; it is answered once.
        if question is not None and question is not self._answered:
            self._answered = question
            self.post_message(self.Answered(self, question, answer))
