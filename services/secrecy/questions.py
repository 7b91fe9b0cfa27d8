"""Learning from messages which answers to questions are secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.secrecy.redaction import Redactor

__all__ = ("learn_questions",)


def learn_questions(redactor: Redactor, message: Any) -> None:
    """Remember the secret fields that a message asks for, and what a message answers to them."""
    for value in _objects(message):
        if "requestedSchema" in value:
            redactor.learn_question(value["requestedSchema"])
        elif value.get("action") == "accept":
            redactor.learn_answer(value.get("content"))


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within a JSON value."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
