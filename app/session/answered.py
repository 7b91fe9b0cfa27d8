"""What became of a server's question, in words for the history: who asked what, and what was answered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from services.forms.voids import Void
from services.inbox.questions import FormQuestion, LinkQuestion, RootsAnswer, RootsQuestion
from services.secrecy.redaction import MASK, Redactor
from services.secrecy.secrets import looks_secret, masked_url
from services.text import one_line
from services.web.shown_urls import take_apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from services.inbox.questions import Question, QuestionClosed

__all__ = ("told_of", "told_unsent")

_DONE: Final = {"accept": "accepted", "decline": "declined", "cancel": "cancelled"}
_MOST_FIELDS: Final = 20
"""Fields of an answer that are told."""


def told_of(closed: QuestionClosed) -> tuple[str, str] | None:
    """A line and what stands below it; None for a question whose own cell tells it."""
    question, done = closed.question, _DONE.get(closed.outcome, "")
    name, why = one_line(question.server, 80), f": {closed.reason}" if closed.reason else ""
    asked = one_line(question.message, 300)
    if not done:
        return f"{name} withdrew its question{why}", asked
    match question:
        case FormQuestion(schema=schema):
            content = closed.answer.content if closed.answer is not None else None
            return f"{name} asked “{asked}”: {done}", "\n".join(_fields(schema, content or {}))
        case LinkQuestion(url=url):
            host = one_line(take_apart(url).host or "a page", 100)
            address = one_line(masked_url(url), 1_000)
            return f"{name} asked “{asked}” at {host}: {done}{why}", address
        case RootsQuestion(roots=roots):
            told = ", ".join(one_line(str(root.path), 300) for root in roots)
            lasting = closed.answer.lasting if isinstance(closed.answer, RootsAnswer) else ""
            how = " for this session" if lasting == "session" or closed.outcome == "decline" else ""
            return f"{name} was told of {told if lasting else 'no directory'}{how}.", ""
        case _:
            return None


def told_unsent(question: Question, entries: Mapping[str, Any]) -> tuple[str, str] | None:
    """The same of what was typed into a question that went before it was answered; None for nothing."""
    typed = {name: entry for name, entry in entries.items() if _says_something(entry)}
    if not typed or not isinstance(question, FormQuestion):
        return None
    content = json.loads(json.dumps(typed, default=lambda _: None))
    told = "\n".join(_fields(question.schema, content))
    return f"What you typed for {one_line(question.server, 80)} was not sent", told


def _says_something(entry: object) -> bool:
    return not isinstance(entry, Void) and entry not in (None, "", (), [], {})


def _fields(schema: Mapping[str, Any], content: Mapping[str, Any]) -> Iterator[str]:
    """The fields of an answer, each in one line, secrets masked."""
    redactor = Redactor()
    redactor.learn_question(dict(schema))
    masked = redactor.json({"action": "accept", "content": dict(content)})["content"]
    for name, value in list(masked.items())[:_MOST_FIELDS]:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        shown = MASK if isinstance(value, str) and looks_secret(name, value) else one_line(text, 300)
        yield f"{one_line(name, 60)}: {shown}"
    if (more := len(masked) - _MOST_FIELDS) > 0:
        yield f"… and {more:,} more"
