"""Questions to the person, their answers, and what is told when one comes or goes."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Self

from services.approval import Allow, Deny
from services.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.approval import ApprovalRequest, Decision
    from services.roots import Root
    from services.sampling import SamplingReply, SamplingRequest

__all__ = (
    "Answer",
    "ApprovalAnswer",
    "ApprovalQuestion",
    "FormQuestion",
    "InboxEvent",
    "LinkFinished",
    "LinkQuestion",
    "Question",
    "QuestionAsked",
    "QuestionClosed",
    "RootsAnswer",
    "RootsQuestion",
    "SamplingAnswer",
    "SamplingQuestion",
    "SamplingRefusal",
    "put_here",
)

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person said: the three actions of the specification, with content on accept."""

    action: Literal["accept", "decline", "cancel"]
    content: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAnswer(Answer):
    """What the person decided of a model's call."""

    decision: Decision

    @classmethod
    def of(cls, decision: Decision) -> Self:
        """The answer that carries a decision."""
        match decision:
            case Allow():
                return cls("accept", decision=decision)
            case Deny():
                return cls("decline", decision=decision)
            case _:
                return cls("cancel", decision=decision)


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingAnswer(Answer):
    """What a server is answered that asked for a model; always *accept*."""

    reply: SamplingReply


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingRefusal(Answer):
    """A no to a server that asked for a model, with words for it; always *decline*."""

    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RootsAnswer(Answer):
    """The server may be told of the directories; always *accept*."""

    lasting: Literal["once", "session"] = "once"
    roots: tuple[Root, ...] | None = None
    """Others than those of the question; None for these."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Asked:
    """What every question has: who asks, what is said, when. Texts are printable."""

    server: str
    message: str
    asker: str = ""
    """The command of another program whose call it belongs to, printable; empty for one of ours."""
    elsewhere: bool = False
    """Whether it is a question of another program's server, put to the person here."""
    number: int = field(default_factory=lambda: next(_numbers))
    asked_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FormQuestion(Asked):
    """Elicitation in form mode: fields to fill in."""

    schema: Mapping[str, Any] = field(default_factory=dict)
    """`requestedSchema`, a flat JSON Schema object, as it came."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LinkQuestion(Asked):
    """Elicitation in URL mode: a page to visit."""

    url: str
    """Printable; opened only after a yes."""
    elicitation: str = ""
    """`elicitationId`, as it came; the server says by it that the page is finished. Not on 2026-07-28."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ApprovalQuestion(Asked):
    """Approval: a model asks to call a tool of the server. Answered by an `ApprovalAnswer`.

    The request is as it came from the model and the server: whoever shows it makes it printable.
    """

    request: ApprovalRequest


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SamplingQuestion(Asked):
    """Sampling: a server asks for a model's answer. Answered by a `SamplingAnswer`.

    The request is as it came from the server: whoever shows it makes it printable.
    """

    request: SamplingRequest


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RootsQuestion(Asked):
    """Roots: a server asks for the directories it may work in. Answered by a `RootsAnswer`."""

    roots: tuple[Root, ...]
    """What it is told after a yes."""


Question = FormQuestion | LinkQuestion | ApprovalQuestion | SamplingQuestion | RootsQuestion
"""The kinds of questions; each is drawn by a view of its own."""


def put_here(question: Question, asker: str) -> Question:
    """The question of another program as one of ours."""
    message = printable(question.message)
    return replace(
        question,
        message=message,
        asker=asker,
        elsewhere=True,
        number=next(_numbers),
        asked_at=time.monotonic(),
    )


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """The person is asked something; the question is now open in the inbox."""

    question: Question


@dataclass(frozen=True, slots=True)
class LinkFinished:
    """The server says that a page is finished which nobody opened from here; the question stays open."""

    question: LinkQuestion


@dataclass(frozen=True, slots=True)
class QuestionClosed:
    """A question left the inbox."""

    question: Question
    outcome: Literal["accept", "decline", "cancel", "withdrawn"]
    reason: str = ""
    """Why, in one line, where the person did not answer it: it was withdrawn, or its page is finished."""
    answer: Answer | None = field(default=None, compare=False, repr=False)
    """What the server is told; None for a withdrawn question."""


InboxEvent = QuestionAsked | LinkFinished | QuestionClosed
"""What an inbox tells."""
