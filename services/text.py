"""Making untrusted text printable: the one door every server's text comes through.

Cost is linear, and long text is worked on in pieces, so that a thread doing it gives the
GIL back every few milliseconds and the screen goes on answering.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ("UNSAFE", "escaped", "joined", "log_lines", "one_line", "printable", "sign", "visible")

_PARAMETERS = r"[0-?]{0,4096}+[ -/]{0,4096}+[@-~]"
_PAYLOAD = r"[^\x07\x1b\x80-\x9f\n]{0,1048576}+(?:\x07|\x1b\\|\x9c)?"
_ESCAPES = re.compile(
    rf"\x1b(?:\[{_PARAMETERS}"  # CSI sequences
    rf"|[\]PX^_]{_PAYLOAD}"  # OSC, DCS, SOS, PM, APC
    r"|[ -/]{0,4096}+[0-~]?)"
)
"""Terminal escape sequences (ECMA-48), taken out whole so that no parameters are left behind.

The bounds keep one match to a few milliseconds; what is left of a longer one is plain text.
"""

_ESCAPES_8BIT = re.compile(rf"{_ESCAPES.pattern}|\x9b{_PARAMETERS}|[\x90\x98\x9d\x9e\x9f]{_PAYLOAD}")
"""The same with the one-character C1 forms. Three times slower: it has no fixed first character."""

_INTRODUCERS = "\x1b\x90\x98\x9b\x9d\x9e\x9f"

UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff\U0010eeee]"
)
"""C0 and C1 controls, bidirectional overrides, invisible format characters, lone surrogates, tags.

For U+10EEEE some terminals draw a piece of a picture (`services/pictures/placeholders.py`). U+200C and
U+200D stay: scripts and emoji need them and they move nothing.
"""

_ASCII_UNSAFE = bytes((*range(0x09), *range(0x0B, 0x20), 0x7F))
_ASCII_SAFE = bytes((0x09, 0x0A, *range(0x20, 0x7F)))

_DELETE = 0x7F

_PIECE = 1 << 17
"""Characters worked on at a time: 0.2 ms of clean text, 5 ms of the worst."""

_JOIN = 1 << 20


def printable(text: str) -> str:
    """Text that is safe to draw: no escapes, controls, bidirectional overrides or lone surrogates.

    Newlines stay; a tab becomes four spaces; CR LF and CR become LF. Text that is already
    clean comes back as it is.
    """
    if not isinstance(text, str):
        text = str(text)
    if len(text) <= _PIECE:
        return _scrub(text)
    pieces = (text[start : start + _PIECE] for start in range(0, len(text), _PIECE))
    if all(_clean(piece) and "\t" not in piece for piece in pieces):
        return text
    return joined(_scrub(piece) for piece in _cut(text))


def one_line(text: str, limit: int = 500) -> str:
    """`printable` text with its white space folded into one line of at most `limit` characters."""
    if not isinstance(text, str):
        text = str(text)
    line = " ".join(printable(text[: limit * 8]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def log_lines(text: str, limit: int = 2_000) -> list[str]:
    """`printable` text as the lines of a log, their indentation kept; each of at most `limit` characters.

    Of a text longer than a hundred such lines the beginning is taken.
    """
    lines = (line.rstrip() for line in printable(text[: limit * 100]).split("\n"))
    return [line if len(line) <= limit else line[: limit - 1] + "…" for line in lines if line]


def visible(text: str, limit: int = 500) -> str:
    """One line in which every character that must not be drawn is a sign, such as `␛`; none is left out."""
    line = UNSAFE.sub(lambda found: sign(found[0]), text[: limit + 1].replace("\n", "\u240a"))
    line = line.replace("\t", "    ")
    return line if len(line) <= limit else line[: limit - 1] + "…"


def sign(character: str) -> str:
    """What is drawn for a character that must not be: the picture of a control, else a dot."""
    code = ord(character)
    if code < ord(" "):
        return chr(0x2400 + code)
    return "\u2421" if code == _DELETE else "\u00b7"


def escaped(json: str) -> str:
    """JSON text with the characters that `printable` would drop written as `\\uXXXX`."""
    return json if _clean(json) else UNSAFE.sub(_escape, json)


def joined(pieces: Iterable[str]) -> str:
    """`"".join(pieces)` in steps of at least a million characters.

    One join of 50 MB holds the GIL for 20 to 75 ms. A string that nobody else holds grows in
    place instead (CPython), about 1 ms a step; elsewhere this costs 64 copies at most. What stays
    is the one copy when a character wider than all before it comes late: 90 ms behind 50 MB of ASCII.
    """
    text, held, size = "", [], 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _JOIN:
            text += "".join(held)
            held, size = [], 0
    text += "".join(held)
    return text


def _clean(text: str) -> bool:
    if text.isascii():
        return not text.encode("ascii").translate(None, _ASCII_SAFE)
    return not UNSAFE.search(text)


def _scrub(text: str) -> str:
    if not _clean(text):
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
        text = (_ESCAPES if text.isascii() else _ESCAPES_8BIT).sub("", text)
        if text.isascii():
            text = text.encode("ascii").translate(None, _ASCII_UNSAFE).decode("ascii")
        else:
            text = UNSAFE.sub("", text)
    return text.replace("\t", "    ") if "\t" in text else text


def _cut(text: str) -> Iterator[str]:
    """Pieces of the text that hold whole lines, or at least whole escape sequences and CR LF."""
    start = 0
    while start < len(text):
        end = _border(text, start + _PIECE)
        yield text[start:end]
        start = end


def _border(text: str, end: int) -> int:
    if end >= len(text):
        return len(text)
    newline = text.find("\n", end - 1, end + _PIECE)
    if newline >= 0:
        return newline + 1
    start = max(text.rfind(introducer, end - _PIECE, end) for introducer in _INTRODUCERS)
    if start >= 0 and (sequence := _ESCAPES_8BIT.match(text, start)):
        end = max(end, sequence.end())
    return end


def _escape(character: re.Match[str]) -> str:
    code = ord(character[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 | code >> 10:04x}\\u{0xDC00 | code & 0x3FF:04x}"
