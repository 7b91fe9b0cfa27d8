"""The question what a server is answered that asks for a model: the request, then the answer to be edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from services.errors import InvalidArguments
from services.inbox.questions import SamplingAnswer, SamplingRefusal
from services.sampling import SamplingReply
from services.sampling_json import edited_request, request_json
from services.text import one_line
from widgets.holding import HoldingArea
from widgets.inbox.approval_text import plain_name
from widgets.inbox.approval_view import RequestLines
from widgets.inbox.keys_line import AnswerKey
from widgets.inbox.question_view import QuestionView
from widgets.inbox.sampling_text import sampling_lines, use_lines
from widgets.inbox.words_line import WordsLine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from services.approval import Lasting
    from services.inbox.questions import Answer, SamplingQuestion
    from services.sampling import SamplingRequest
    from widgets.inbox.keys_line import KeyGroups

__all__ = ("SamplingQuestionView",)

_HAND: Final = AnswerKey("^e", "edit_arguments", ("answer by hand", "by hand", "write"))
_EDIT: Final = AnswerKey("^r", "edit_request", ("edit the request", "edit request", "edit"))
_USE: Final = AnswerKey("^s", "accept", ("use this request", "use"))
_DECLINE: Final = AnswerKey("^n", "decline", ("decline", "decline", "no"))
_CANCEL: Final = AnswerKey("esc", "drop", ("cancel",))
_BACK: Final = AnswerKey("esc", "cancel", ("back to the request", "back"))
_SEND: Final = AnswerKey("^s", "accept", ("send this answer", "send"))
_DECLINING: Final = (
    AnswerKey("Enter", "decline", ("decline with these words", "decline")),
    AnswerKey("^n", "decline", ("decline",)),
    _BACK,
)
_BY_HAND: Final = SamplingReply("", "human")

_State: TypeAlias = Literal["request", "editing", "waiting", "writing", "declining"]


class SamplingQuestionView(QuestionView):
    """What a server asks a model, and the ways to answer it.

    Nothing goes to the server that was not in sight, except after a yes for the session. Declining takes a
    line of words for the server first.
    """

    DEFAULT_CSS = """
    SamplingQuestionView {
        & > .sampling--said { height: auto; display: none; margin-top: 1; color: $text-muted; }
        & > .sampling--uses { display: none; }
        & > HoldingArea { height: auto; min-height: 4; max-height: 12; margin-top: 1; display: none; }
        &.-said > .sampling--said { display: block; }
        &.-writing > .sampling--answer { display: block; }
        &.-editing > .sampling--request { display: block; }
        &.-editing > .sampling--asked { display: none; }
        &.-writing.-uses > .sampling--uses { display: block; }
    }
    """

    careful = True

    foot: WordsLine

    @dataclass
    class ModelWanted(Message):
        """The model shall answer: once, to be looked at; or for the session, without."""

        question: SamplingQuestion
        lasting: Lasting
        request: SamplingRequest
        """What the model is asked: as the person edited it."""

    @dataclass
    class ModelUnwanted(Message):
        """The person does not wait for the model any more."""

        question: SamplingQuestion

    def __init__(self, question: SamplingQuestion, model: str = "") -> None:
        super().__init__(question)
        self._asks = question
        self._model = one_line(model, 40)
        self._state: _State = "request"
        self._request = question.request
        self._warned = ""
        """The edited request of which it was said that the next Esc drops it."""
        self._draft = _BY_HAND
        self._given_up = ""
        """What the person wrote, and was told that the model's answer takes its place."""
        self._before: _State = "request"
        """What was left to decline."""
        self.foot = WordsLine("Tell the server:", "why not; may stay empty", self)
        self.foot.display = False
        self._said = Static(classes="sampling--said", markup=False)
        self._uses = RequestLines(classes="sampling--uses")
        self._lines = RequestLines(sampling_lines(question.request), classes="sampling--asked")
        self._editor = HoldingArea(soft_wrap=True, tab_behavior="focus", classes="sampling--answer")
        self._json = HoldingArea(soft_wrap=True, tab_behavior="focus", classes="sampling--request")

    def asked(self) -> Iterable[Widget]:
        yield self._lines
        yield self._said
        yield self._uses
        yield self._editor
        yield self._json

    def head(self, room: int) -> Content:
        return Content.assemble((plain_name(self.question.server), "bold"), " asks a model")

    # The answers.

    @property
    def key_groups(self) -> KeyGroups:
        if self._state == "writing":
            return ((_SEND, _DECLINE, _BACK),)
        if self._state == "editing":
            return ((_USE, _DECLINE, _BACK),)
        if self._state == "waiting":
            return ((_DECLINE, _BACK),)
        if self._state == "declining":
            return (_DECLINING,)
        if not self._model:
            return ((_HAND, _DECLINE, _CANCEL),)
        ask = AnswerKey("^s", "accept", (f"ask {self._model}", "ask the model", "ask"))
        server = one_line(plain_name(self.question.server), 20)
        words = (f"always answer {server} this session", f"{server} this session")
        session = AnswerKey("^t", "allow_session", words)
        return (ask, session), (_EDIT, _HAND, _DECLINE, _CANCEL)

    def takes(self, action: str) -> bool:
        match action:
            case "accept":
                return self._state in ("writing", "editing") or (
                    self._state == "request" and bool(self._model)
                )
            case "allow_session" | "edit_request":
                return self._state == "request" and bool(self._model)
            case "edit_arguments":
                return self._state == "request"
            case _:
                return super().takes(action)

    def accepted(self, lasting: Lasting = "once") -> Answer | None:
        if self._state == "request":
            self._ask_model(lasting)
            return None
        if self._state == "editing":
            self._take_request()
            return None
        text = self._editor.text
        if not text.strip() and not self._draft.uses:
            self._say("an empty answer is not sent: write one, or decline")
            return None
        draft = self._draft
        return SamplingAnswer(
            "accept",
            reply=SamplingReply(text, draft.model, draft.uses, draft.stop_reason, draft.tokens),
        )

    def _ask_model(self, lasting: Lasting) -> None:
        if self._editor.text not in ("", self._draft.text, self._given_up):
            self._given_up = self._editor.text
            self._say("the model's answer replaces what you wrote: press the same key again")
            return
        self._become("waiting", f"{self._model} answers…")
        self.post_message(self.ModelWanted(self._asks, lasting, self._request))

    def edited(self) -> bool:
        if not self._editor.text:
            self._draft = _BY_HAND
        self._write("your answer:" if self._draft is _BY_HAND else f"the answer of {self._draft.model}:")
        self._editor.focus()
        return True

    def edit_request(self) -> None:
        """Begin to edit the request; the model is asked what comes of it."""
        self._json.text = request_json(self._request)
        self._become("editing", "the request, as your model would be asked it:")
        self._json.focus()

    def _take_request(self) -> None:
        try:
            edited = edited_request(self._request, self._json.text)
        except InvalidArguments as error:
            self._say(error.message)
            return
        self._request = edited
        self._lines.show(sampling_lines(edited))
        self.focus()
        self._become("request", "edited by you" if edited != self._asks.request else "")

    def take_draft(self, draft: SamplingReply | str) -> None:
        """The model's answer, to be edited; or why there is none."""
        if self._state != "waiting":
            return
        if isinstance(draft, str):
            self._become("request", draft)
            return
        inside, self._draft = self.has_focus, draft
        self._editor.text = draft.text
        self._uses.show(use_lines(draft.uses))
        cut = ", cut at the server's limit" if draft.stop_reason == "maxTokens" else ""
        self._write(f"the answer of {one_line(draft.model, 60)}, {draft.tokens:,} tokens{cut}:")
        if inside:
            self._editor.focus()

    def declined(self) -> Answer | None:
        if self._state == "declining":
            return SamplingRefusal("decline", words=self.foot.words)
        self._before = self._state
        self._become("declining", "")
        self.foot.focus_entry()
        return None

    def left(self) -> bool:
        if self._state == "request":
            return False
        if self._state == "declining" and self._before in ("writing", "editing"):
            self._become(self._before, "")
            self.enter()
            return True
        if self._state == "declining" and self._before == "waiting":
            self.post_message(self.ModelUnwanted(self._asks))
        if self._state == "waiting":
            self.post_message(self.ModelUnwanted(self._asks))
        elif self._state == "editing" and self._json.text not in (request_json(self._request), self._warned):
            self._warned = self._json.text
            self._say("press Esc again to discard what you edited")
            return True
        self.focus()
        self._become("request", "")
        return True

    @property
    def is_changed(self) -> bool:
        return bool(self._editor.text) or self._request != self._asks.request

    def enter(self) -> None:
        if self._state == "writing":
            self._editor.focus()
        elif self._state == "editing":
            self._json.focus()
        elif self._state == "declining":
            self.foot.focus_entry()
        else:
            self.focus()

    # Inside.

    def _write(self, said: str) -> None:
        self.set_class(bool(self._draft.uses), "-uses")
        self._become("writing", said)
        self.call_after_refresh(self._editor.scroll_visible, animate=False)

    def _become(self, state: _State, said: str) -> None:
        self._state = state
        self.has_fields = state in ("writing", "editing", "declining")
        self.foot.display = state == "declining"
        self.set_class(state == "writing", "-writing")
        self.set_class(state == "editing", "-editing")
        self._say(said)
        self.post_message(self.KeysChanged(self))

    def _say(self, text: str) -> None:
        self._said.update(Content(text))
        self.set_class(bool(text), "-said")
        if text:
            self.call_after_refresh(self._said.scroll_visible, animate=False)
