"""Words of a command line: split at blanks, kept together by quotes, with their places in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("Word", "quote", "read_word", "skip_blanks", "words")

_BLANKS = re.compile(r"\s*")
_PLAIN = re.compile(r"[^\s\"'\\=]+")
_IN_DOUBLE = re.compile(r'[^"\\]+')
_IN_SINGLE = re.compile(r"[^']+")
_NEEDS_NO_QUOTES = re.compile(r"[^\s\"'\\{\[][^\s\"'\\]*")
_ESCAPED_BARE = re.compile(r"\\([\s\"'\\])")
_ESCAPED_IN_DOUBLE = re.compile(r'\\(["\\])')


@dataclass(frozen=True, slots=True)
class Word:
    """One word: its value without quotes, and where it stands in the text."""

    text: str
    start: int
    end: int
    quoted: bool = False
    """Some of it stood in quotes, so it is a name or a value, never a keyword."""
    unclosed: str = ""
    """The quote that was opened and not closed, or nothing."""


def skip_blanks(text: str, start: int) -> int:
    """Where the next word begins."""
    match = _BLANKS.match(text, start)
    return match.end() if match else start


def words(text: str, start: int = 0) -> Iterator[Word]:
    """The words of the text one by one, read only as far as somebody asks."""
    at = skip_blanks(text, start)
    while at < len(text):
        word = read_word(text, at)
        yield word
        at = skip_blanks(text, word.end)


def read_word(text: str, start: int, *, stop_at_equals: bool = False) -> Word:
    """The word that begins at `start`, up to a blank or, where asked, to an `=` outside of quotes.

    As in a shell: `"…"` keeps blanks and knows `\\"` and `\\\\`, `'…'` keeps everything, and a
    backslash outside quotes takes a blank, a quote or a backslash as it is. A backslash
    before anything else stays, so `\\d+` and `C:\\data` need no care. Cost is linear.
    """
    parts: list[str] = []
    at, inside, quoted = start, "", False
    while at < len(text):
        char = text[at]
        if not inside and (char.isspace() or (stop_at_equals and char == "=")):
            break
        if char == inside or (not inside and char in "\"'"):
            inside, quoted, at = ("" if inside else char), True, at + 1
            continue
        piece, at = _piece(text, at, inside)
        parts.append(piece)
    return Word("".join(parts), start, at, quoted, inside)


def _piece(text: str, at: int, inside: str) -> tuple[str, int]:
    """The next run of characters that are taken as they are, or one escaped character."""
    if inside != "'" and text[at] == "\\":
        escaped = (_ESCAPED_IN_DOUBLE if inside else _ESCAPED_BARE).match(text, at)
        return (escaped[1], escaped.end()) if escaped else ("\\", at + 1)
    run = {"": _PLAIN, '"': _IN_DOUBLE, "'": _IN_SINGLE}[inside].match(text, at)
    return (run[0], run.end()) if run else (text[at], at + 1)


def quote(text: str) -> str:
    """The text as one word: as it is where that works, else in double quotes."""
    if _NEEDS_NO_QUOTES.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
