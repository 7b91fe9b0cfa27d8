"""Splitting typed arguments into `key=value` pieces, with their places in the text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.arguments.words import Word, read_word, skip_blanks

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

__all__ = ("Piece", "pieces", "split_word")

_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Piece:
    """One argument as typed; a word without `=` has an empty key and stands in `value`."""

    key: str
    value: str
    json: bool = False
    """Written `key:=json`."""
    start: int = 0
    value_start: int = 0
    """Where the value begins in the text, its quote included."""
    end: int = 0
    unclosed: str = ""
    """The quote that was opened and not closed, or nothing."""


def split_word(word: str, known: Collection[str] = ()) -> Piece:
    """One word that a shell has split; a name that itself holds `=` is recognised by the schema."""
    fitting = [name for name in known if word.startswith((f"{name}=", f"{name}:="))]
    key = max(fitting, key=len) if fitting else word.partition("=")[0].removesuffix(":")
    rest = word[len(key) :]
    for sign in (":=", "="):
        if key and rest.startswith(sign):
            return Piece(key, rest[len(sign) :], json=sign == ":=")
    return Piece("", word)


def pieces(text: str, takes_json: Callable[[str], bool]) -> Iterator[Piece]:
    """The arguments in the text. JSON after `:=`, and lists and objects where `takes_json(key)`, keep
    their blanks and quotes: `a:={"b": [1, 2]} c="two words"` are two."""
    at = skip_blanks(text, 0)
    while at < len(text):
        piece = _piece(text, at, takes_json)
        yield piece
        at = skip_blanks(text, max(piece.end, at + 1))


def _piece(text: str, start: int, takes_json: Callable[[str], bool]) -> Piece:
    head = read_word(text, start, stop_at_equals=True)
    if head.unclosed or text[head.end : head.end + 1] != "=" or not head.text:
        word = read_word(text, start)
        return _split_quoted(word)
    as_json = head.text.endswith(":") and text[head.end - 1] == ":"
    key = head.text[:-1] if as_json else head.text
    value = _value(text, head.end + 1, as_json or takes_json(key), strings=as_json)
    return Piece(key, value.text, as_json, start, head.end + 1, value.end, value.unclosed)


def _split_quoted(word: Word) -> Piece:
    """A word that is quoted as a whole, as in `"key=two words"`."""
    piece = split_word(word.text)
    value_start = word.end if piece.key else word.start
    return Piece(piece.key, piece.value, piece.json, word.start, value_start, word.end, word.unclosed)


def _value(text: str, start: int, as_json: bool, *, strings: bool) -> Word:
    opening = text[start : start + 1]
    if as_json and opening and opening in ('{["' if strings else "{["):
        try:
            _, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = -1
        if end > 0 and (end == len(text) or text[end].isspace()):
            return Word(text[start:end], start, end, quoted=opening == '"')
        if opening != '"':
            # Broken JSON: all of it, so that the error can say where.
            return Word(text[start:].rstrip(), start, len(text))
    return read_word(text, start)
