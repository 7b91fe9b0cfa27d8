"""The request inbox: questions of servers and of models, the oldest in sight, waiting for the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from services.inbox.questions import Answer, ApprovalQuestion
from widgets.inbox.question_view import LinkQuestionView
from widgets.inbox.sampling_view import SamplingQuestionView
from widgets.inbox.shown_question import ShownQuestion
from widgets.key_names import chosen_key

if TYPE_CHECKING:
    from services.approval import Lasting
    from services.inbox.questions import Question
    from services.sampling import SamplingReply
    from widgets.inbox.answer_keys import KeyButton
    from widgets.inbox.words_line import WordsLine
    from widgets.schema_form.schema_form import SchemaForm

__all__ = ("RequestInbox",)


@dataclass
class _OfQuestion(Message):
    """The person did something with a question."""

    inbox: RequestInbox
    question: Question

    @property
    def control(self) -> RequestInbox:
        """Alias for `inbox`."""
        return self.inbox


class RequestInbox(ShownQuestion):
    """Takes the answers to the oldest question.

    While the focus is in it Ctrl+S accepts, Ctrl+N declines, Esc cancels; Ctrl+T and Ctrl+A allow a model's
    call for longer, Ctrl+E edits it. Elsewhere the one key that leads to it is shown.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "accept", "accept", show=False, id="inbox.accept"),
        Binding("ctrl+n", "decline", "decline", show=False, id="inbox.decline"),
        Binding("escape", "cancel", "cancel", show=False, id="inbox.cancel"),
        Binding("ctrl+t", "allow_session", "allow for this session", show=False, id="inbox.session"),
        Binding("ctrl+a", "allow_always", "allow always", show=False, id="inbox.always"),
        Binding("ctrl+e", "edit_arguments", "edit the arguments", show=False, id="inbox.edit"),
        Binding("ctrl+r", "edit_request", "edit the request to a model", show=False, id="inbox.request"),
        Binding("ctrl+w", "decline_with_words", "decline with words", show=False, id="inbox.words"),
        Binding("o", "open_url", "open the URL in a browser", show=False, id="inbox.open"),
        Binding("y", "copy_url", "copy the URL", show=False, id="inbox.copy"),
    ]

    @dataclass
    class Answered(_OfQuestion):
        """The person answered a question."""

        answer: Answer

    @dataclass
    class OpenUrl(_OfQuestion):
        """The person said that the URL of a question shall be opened; it is http or https."""

        url: str

    @dataclass
    class UrlCopied(_OfQuestion):
        """The person took the URL of a question to open it elsewhere."""

    @dataclass
    class EditWanted(_OfQuestion):
        """The person wants to edit the arguments of a call before it is made."""

        question: ApprovalQuestion

    _cancel_twice: Question | None = None
    """The question of which it was said that the next Esc drops what was typed."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean nothing to the question in sight are not there."""
        return True if self._view is None else self._view.takes(action)

    async def on_key_button_pressed(self, event: KeyButton.Pressed) -> None:
        event.stop()
        if not self._too_early(event):
            await self.run_action(event.button.action)

    def on_schema_form_changed(self, event: SchemaForm.Changed) -> None:
        event.stop()
        if self._cancel_twice is not None:
            self._cancel_twice = None
            self._count_questions()

    def on_schema_form_submitted(self, event: SchemaForm.Submitted) -> None:
        event.stop()
        if self.uninvited:
            self.uninvited = False
            self._count.update("press Enter again to accept")
            return
        self._answer(Answer("accept", event.content))

    def action_take_focus(self) -> None:
        """Give the keys to the question."""
        self.take_focus()

    def action_accept(self) -> None:
        """Accept: with the form's content when it fits, or as having finished with the URL."""
        self._accept("once", chosen_key(self.app, "inbox.accept", "^s"))

    def action_allow_session(self) -> None:
        """Allow the call, and others of its tool while the session lasts."""
        self._accept("session", chosen_key(self.app, "inbox.session", "^t"))

    def action_allow_always(self) -> None:
        """Allow the call, and others of its tool for good."""
        self._accept("always", chosen_key(self.app, "inbox.always", "^a"))

    def _accept(self, lasting: Lasting, key: str) -> None:
        if self._view is None:
            return
        uninvited, self.uninvited = self.uninvited, False
        if uninvited and self._view.careful:
            self._count.update(f"press {key} again to allow")
        elif (answer := self._view.accepted(lasting)) is not None:
            self._answer(answer)

    def action_edit_arguments(self) -> None:
        """Have the arguments of the call edited; what comes of it is an answer."""
        if self._view is not None and self._view.edited():
            return
        if isinstance(self.question, ApprovalQuestion) and self.question is not self._answered:
            self.post_message(self.EditWanted(self, self.question))

    def action_edit_request(self) -> None:
        """Edit what a server asks a model before the model is asked."""
        if isinstance(self._view, SamplingQuestionView):
            self._view.edit_request()

    def action_decline_with_words(self) -> None:
        """Tell a server that asks a model why not."""
        if isinstance(self._view, SamplingQuestionView):
            self._view.decline_with_words()

    def show_draft(self, question: Question, draft: SamplingReply | str) -> None:
        """What the model answers a server, to be looked at before it goes; a text says why it does not."""
        if isinstance(self._view, SamplingQuestionView) and self._view.question is question:
            self._view.take_draft(draft)

    def show_finished(self, question: Question) -> None:
        """A server says that the page of a question is finished, which nobody opened from here."""
        if isinstance(self._view, LinkQuestionView) and self._view.question is question:
            self._view.show_finished()

    def action_decline(self) -> None:
        """Decline: the person says no; a view may want to know more first."""
        if self._view is None:
            return
        if (answer := self._view.declined()) is not None:
            self._answer(answer)
        else:
            self._show_keys(self._view)

    def on_words_line_entered(self, event: WordsLine.Entered) -> None:
        event.stop()
        if self._view is not None and event.line is self._view.foot:
            self.action_decline()

    def action_cancel(self) -> None:
        """Cancel: the person says neither yes nor no. What was typed is dropped by a second Esc only."""
        view = self._view
        if view is None:
            return
        if view.left():
            self._show_keys(view)
        elif view.is_changed and self._cancel_twice is not view.question:
            self._cancel_twice = view.question
            self._count.update("press Esc again to discard what you typed")
        else:
            self.action_drop()

    def action_drop(self) -> None:
        """Cancel, whatever was typed."""
        if self._view is not None:
            self._answer(self._view.cancelled())

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
            self.post_message(self.UrlCopied(self, self._view.question))

    def _answer(self, answer: Answer) -> None:
        question = self.question
        # Until the answer has been taken the question stays in sight; it is answered once.
        if question is not None and question is not self._answered:
            self._answered = question
            self.post_message(self.Answered(self, question, answer))
