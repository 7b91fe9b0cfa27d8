"""The open questions of a session: shown, given the keys when nobody types, answered."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from services.inbox.questions import LinkFinished, QuestionAsked, QuestionClosed

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session.screens.argument_editing import ArgumentEditing
    from services.events import Event
    from services.inbox.inbox import Inbox
    from services.inbox.questions import Answer, Question
    from widgets.composer.composer import Composer
    from widgets.inbox.request_inbox import RequestInbox

__all__ = ("OpenQuestions",)

_PAUSE = 1.0
"""Seconds without a key after which a question may take the focus from an empty composer."""


class OpenQuestions:
    """Between the inbox of the service layer and the one on the screen."""

    def __init__(
        self, shown: RequestInbox, composer: Composer, editing: Callable[[], ArgumentEditing]
    ) -> None:
        self._shown = shown
        self._composer = composer
        self._editing = editing
        self.inbox: Inbox | None = None
        """Where the questions wait, once the servers are known."""
        self.last_key = 0.0
        """When the person pressed a key last, by `time.monotonic`."""

    def take(self, event: Event) -> None:
        """One event of the service layer."""
        match event:
            case QuestionAsked():
                self._show()
                self.last_key = max(self.last_key, time.monotonic())
                self.let_in()
            case LinkFinished(question):
                self._shown.show_finished(question)
            case QuestionClosed(question):
                self._show()
                self._editing().closed(question)
            case _:
                pass

    def let_in(self) -> None:
        """Give the keys to a new question once nobody has typed for a moment.

        Decided when the focus moves: somebody who began to type meanwhile keeps it, and goes to the
        question with Ctrl+O.
        """
        composer = self._composer
        idle = composer.has_focus_within and composer.empty and composer.app.screen is composer.screen
        if not self._shown.questions or not idle:
            return
        if (rest := self.last_key + _PAUSE - time.monotonic()) > 0:
            self._shown.set_timer(rest, self.let_in)
        else:
            self._shown.take_focus(uninvited=True)

    async def nobody_types(self, since: float) -> None:
        """Return once nothing is half typed, and no key came since (`time.monotonic`) or for a moment."""
        composer = self._composer
        while True:
            typed = self.last_key > since
            rest = self.last_key + _PAUSE - time.monotonic() if typed else 0.0
            covered = composer.app.screen is not composer.screen
            answering = typed and self._shown.has_focus_within
            if rest <= 0 and composer.empty and not covered and not answering:
                return
            await asyncio.sleep(max(rest, _PAUSE / 10))

    def toggle(self) -> None:
        """The keys go to the open question, or back to the composer."""
        if not self._shown.questions:
            return
        if self._shown.has_focus_within and not self._shown.just_came:
            self._composer.focus()
        else:
            self._shown.take_focus()

    def answer(self, question: Question, answer: Answer) -> bool:
        """Answer a question; False where it is no longer open."""
        # Closing the last question gives the keys back to the composer.
        return self.inbox is not None and self.inbox.answer(question, answer)

    def page_opened(self, question: Question) -> None:
        """The person looks at the page of a question."""
        if self.inbox is not None:
            self.inbox.opened(question)

    def _show(self) -> None:
        assert self.inbox is not None
        questions = self.inbox.questions
        had_focus = self._shown.has_focus_within if self._shown.is_mounted else False
        self._shown.questions = questions
        self._shown.set_class(bool(questions), "-asking")
        if had_focus and not questions:
            self._composer.focus()
        self._composer.screen.refresh_bindings()
