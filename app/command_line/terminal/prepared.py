"""Answers to servers' questions that a command brings: `--answer`, `--accept-defaults`, `--decline`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from services.arguments.form_answer import misfit
from services.arguments.line import missing_required
from services.arguments.pieces import split_word
from services.arguments.values import read_json, shown, typed_value
from services.errors import InvalidArguments
from services.inbox.questions import Answer, FormQuestion
from services.schemas import properties as schemas
from services.schemas.reader import resolved
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.arguments.pieces import Piece
    from services.inbox.questions import Question

__all__ = ("GivenAnswers", "PreparedAnswers", "Unanswered", "shown_fields")


class Unanswered(Exception):
    """The options do not answer a question; the text says why, and is empty where they say nothing of it."""


@dataclass(frozen=True, slots=True)
class GivenAnswers:
    """What the options of a command say."""

    words: tuple[str, ...] = ()
    """As typed: `FIELD=VALUE`, or `FIELD:=JSON`."""
    accept_defaults: bool = False
    decline: bool = False

    @classmethod
    def of(
        cls, context: click.Context, answers: Sequence[str], *, accept_defaults: bool, decline: bool
    ) -> GivenAnswers:
        """The options as they were given. Raises click.UsageError."""
        if decline and (answers or accept_defaults):
            raise click.UsageError("--decline goes with neither --answer nor --accept-defaults.", context)
        for word in answers:
            if not split_word(word).key:
                raise click.UsageError(f"--answer {one_line(word, 80)} is not in FIELD=VALUE form.", context)
        return cls(tuple(answers), accept_defaults, decline)


class PreparedAnswers:
    """Answers questions by what was given, and remembers what nobody asked for."""

    def __init__(self, given: GivenAnswers) -> None:
        self.given = given
        self._used: set[str] = set()

    @property
    def unused(self) -> tuple[str, ...]:
        """The fields that were answered and that no question has had."""
        unused = (split_word(word).key for word in self.given.words if word not in self._used)
        return tuple(dict.fromkeys(unused))

    def answer(self, question: Question) -> Answer:
        """The answer to a question; raises Unanswered."""
        if self.given.decline:
            return Answer("decline")
        if not isinstance(question, FormQuestion):
            raise Unanswered("")
        try:
            content = self._content(question.schema)
        except InvalidArguments as error:
            raise Unanswered(error.message.removesuffix(".")) from error
        if reason := misfit(question.schema, content):
            raise Unanswered(reason)
        return Answer("accept", content)

    def _content(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        known, names = schemas.properties(schema), _names(schema)
        given = self._given(names)
        if not given and not self.given.accept_defaults:
            raise Unanswered(f"no --answer for {_listed(names)}" if self.given.words and names else "")
        content = _defaults(known) if self.given.accept_defaults else {}
        content |= {name: _value(name, pieces, known.get(name, {}), schema) for name, pieces in given.items()}
        if missing := missing_required(schema, content):
            raise Unanswered(f"no --answer for {_listed(missing)}")
        return content

    def _given(self, names: Sequence[str]) -> dict[str, list[Piece]]:
        """What was given for these fields, in the order of the question."""
        found: dict[str, list[Piece]] = {}
        for word in self.given.words:
            piece = split_word(word, names)
            if piece.key in names:
                self._used.add(word)
                found.setdefault(piece.key, []).append(piece)
        return {name: found[name] for name in names if name in found}


def shown_fields(schema: Mapping[str, Any]) -> str:
    """The names of a question's fields, in one line."""
    return _listed(_names(schema))


def _names(schema: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*schemas.properties(schema), *schemas.required(schema))))


def _value(name: str, pieces: Sequence[Piece], part: schemas.Schema, root: Mapping[str, Any]) -> Any:
    """The value of one field; several choices may be given one after the other."""
    last = pieces[-1]
    several = "array" in schemas.types(part, root) and not last.value.startswith("[")
    if several and not any(piece.json for piece in pieces):
        items = resolved(part.get("items"), root)
        return [typed_value(name, piece.value, items, root) for piece in pieces]
    if len(pieces) > 1:
        raise InvalidArguments(f"{shown(name)} is given twice")
    return read_json(last.value, shown(name)) if last.json else typed_value(name, last.value, part, root)


def _defaults(known: Mapping[str, schemas.Schema]) -> dict[str, Any]:
    return {name: part["default"] for name, part in known.items() if part.get("default") is not None}


def _listed(names: Sequence[str]) -> str:
    more = ", …" if len(names) > 8 else ""
    return ", ".join(one_line(name, 60) for name in names[:8]) + more
