"""The oldest of the open questions as it is shown: who asks, what is asked, and the keys that answer."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from widgets.inbox.keys_line import KeysLine
from widgets.inbox.views import view_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget

    from services.forms.fields import Entry
    from services.inbox.questions import Question
    from widgets.inbox.question_view import QuestionView

__all__ = ("ShownQuestion",)

_LOW = 20
_ROOMY = 30
_COUNT = len("  1 of 9 questions")
_UNNOTICED = 0.3
"""Seconds in which a person does not know yet that the keys are here."""


class ShownQuestion(Vertical):
    """Shows the oldest question; seen only while there is one, and takes the focus only when told to.

    When the question in sight changes under the person's hands, the focus stays here but on no field, so
    that what was meant for one server is not typed to another. A question that is `careful` hears no key
    that was pressed before it came into sight.
    """

    DEFAULT_CSS = """
    ShownQuestion {
        display: none;
        height: auto;
        max-height: 50vh;
        border-left: outer $border;
        padding: 0 1;
        &.-asking { display: block; }
        &.-active { border-left: outer $accent; }
        & > .inbox--head { height: 1; }
        & .inbox--server { width: 1fr; height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
        & .inbox--count { width: auto; height: 1; padding-left: 2; color: $text-muted; }
        & > .inbox--keys { margin-top: 1; }
        & > .inbox--keys .key-button--key { color: $text-muted; }
        &.-active > .inbox--keys .key-button--key, & .inbox--enter .key-button--key { color: $text-accent; }
        &.-active .inbox--enter { display: none; }
        & .inbox--answer { display: none; }
        &.-active .inbox--answer { display: block; }
        &.-roomy { margin-top: 1; }
        &.-low > .inbox--keys { margin-top: 0; }
        &.-low .question--message { margin-bottom: 0; }
    }
    """

    @dataclass
    class Unsent(Message):
        """A question is gone that the person had not answered, with what was typed into it."""

        question: Question
        entries: Mapping[str, Entry]

    questions: reactive[tuple[Question, ...]] = reactive(tuple["Question", ...](), init=False)
    """The open questions, oldest first; replaced whole."""

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._view: QuestionView | None = None
        self._answered: Question | None = None
        self._entries: dict[Question, dict[str, Entry]] = {}
        """What was typed into questions that are not in sight."""
        self._focus_wanted = False
        self.uninvited = False
        """Whether the focus came without a key of the person's: then the first Enter accepts nothing."""
        self._in_sight_since = inf
        """When the question in sight could first be seen, by the clock of Textual's events."""
        self._came_uninvited = -inf
        self.model = ""
        """Who could answer in the person's place, by name; empty where no model is configured."""
        self._server = Static(classes="inbox--server", markup=False)
        self._count = Static(classes="inbox--count", markup=False)
        self._keys = KeysLine(classes="inbox--keys")

    def compose(self) -> ComposeResult:
        with Horizontal(classes="inbox--head"):
            yield self._server
            yield self._count
        yield self._keys

    @property
    def takes_letters(self) -> bool:
        """Whether what is typed now would go into a field of the question."""
        return self.has_focus_within and self._view is not None and self._view.has_fields

    @property
    def question(self) -> Question | None:
        """The question in sight."""
        return None if self._view is None else self._view.question

    @property
    def in_sight(self) -> bool:
        """Whether the question has been drawn, so that keys may answer it."""
        return self._in_sight_since < inf

    @property
    def just_came(self) -> bool:
        """Whether the focus came by itself a moment ago: who asks for it now wants it to stay."""
        return monotonic() - self._came_uninvited < _UNNOTICED

    def take_focus(self, *, uninvited: bool = False) -> None:
        """Give the keys to the question: to its first field, or to its text where it has none.

        After one that is `uninvited`, by no key of the person's, the first Enter accepts nothing.
        """
        self.uninvited = uninvited
        self._came_uninvited = monotonic() if uninvited else -inf
        if self._view is not None and self.questions[:1] == (self._view.question,):
            self._view.enter()
            self.on_descendant_focus()  # the keys of the answer follow at once
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
        for gone in self._entries.keys() - set(questions):
            self._drop(gone, self._entries.pop(gone))
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
            if before.is_changed and (typed := before.entries):
                keep = self._keep if before.question in self.questions else self._drop
                keep(before.question, dict(typed))
            if inside:
                self.screen.set_focus(None)
            self._view = None
            await self.remove_children(_parts(before))
        if question is None:
            return
        self._in_sight_since = inf
        self._view = view = view_of(question, self._entries.pop(question, None), self.model)
        self.uninvited |= inside and view.careful
        self._show_keys(view)
        await self.mount_all(_parts(view), before=self._keys)
        if inside and self.screen.focused is None:
            view.focus()
        self.call_after_refresh(self._came_into_sight, question)

    def _keep(self, question: Question, typed: dict[str, Entry]) -> None:
        self._entries[question] = typed

    def _drop(self, question: Question, typed: dict[str, Entry]) -> None:
        """Tell of what was typed in vain; what the person answered is told as that."""
        if question is not self._answered:
            self.post_message(self.Unsent(question, typed))

    def _show_keys(self, view: QuestionView) -> None:
        self._keys.show(view.key_groups, self.content_size.width)
        self._fit()

    def on_question_view_keys_changed(self, event: QuestionView.KeysChanged) -> None:
        """Show the keys of what is in sight now; none that was pressed before answers it."""
        event.stop()
        if event.view is self._view:
            self._show_keys(event.view)
            self._in_sight_since = inf
            self.call_after_refresh(self._came_into_sight, event.view.question)

    def _came_into_sight(self, question: Question) -> None:
        if question is self.question:
            self._in_sight_since = Message().time

    # `:focus-within` is not brought up to date for what stands beside the focus (Textual 8.2).

    def on_descendant_focus(self) -> None:
        self.set_class(self.has_focus_within, "-active")

    def on_descendant_blur(self) -> None:
        self.set_class(self.has_focus_within, "-active")

    def on_resize(self) -> None:
        height = self.app.size.height
        self.set_class(height < _LOW, "-low")
        self.set_class(height >= _ROOMY, "-roomy")
        self._keys.fit(self.content_size.width)
        self._fit()

    def _fit(self) -> None:
        """Let the question be as high as half the screen, less the head above and the keys below it."""
        if self._view is None:
            return
        height = self.app.size.height
        foot = self._view.foot is not None and self._view.foot.display
        around = 1 + self._keys.rows + foot + (height >= _LOW) + (height >= _ROOMY)
        self._view.styles.max_height = max(height // 2 - around, 1)
        head, asker = self._view.head(self.content_size.width - _COUNT), self._view.question.asker
        self._server.update(Content.assemble(head, (f" for {asker}", "$text-muted")) if asker else head)

    def on_key(self, event: events.Key) -> None:
        """Keep a key from a question that was not in sight yet when it was pressed."""
        if self._too_early(event):
            event.stop()
            event.prevent_default()

    def _too_early(self, event: Message) -> bool:
        """Whether it is an answer, to a careful question, from before that could be seen."""
        return self._view is not None and self._view.careful and event.time < self._in_sight_since


def _parts(view: QuestionView) -> list[Widget]:
    return [view] if view.foot is None else [view, view.foot]
