"""Questions of servers to the person, their answers, and what is told when one comes or goes."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("Answer", "Question", "QuestionAsked", "QuestionClosed")

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person said: the three actions of the specification, with content on accept."""

    action: Literal["accept", "decline", "cancel"]
    content: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One elicitation of one server, form or URL mode. Texts are printable, the schema is as it came."""

    server: str
    mode: Literal["form", "url"]
    message: str
    schema: Mapping[str, Any] = field(default_factory=dict)
    """`requestedSchema` of form mode (a flat JSON Schema object)."""
    url: str = ""
    """The URL of URL mode, printable; opened only after a yes."""
    number: int = field(default_factory=lambda: next(_numbers))
    asked_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """A server asks the person something; the question is now open in the inbox."""

    question: Question


@dataclass(frozen=True, slots=True)
class QuestionClosed:
    """A question left the inbox."""

    question: Question
    outcome: Literal["accept", "decline", "cancel", "withdrawn"]
    reason: str = ""
    """For a withdrawn question: why, in one line."""
