"""Newline-delimited JSON: lines to messages and back, linear per byte.

A big line is parsed in a thread, and so that the thread gives the GIL back every few
milliseconds: `json.loads` of one 50 MB string alone would hold it for 100 ms, of a list of
50 MB for a second. So the long strings are lifted out of the line and decoded in pieces;
what is left, with a number standing for each lifted string, is given to `json` with hooks
written in Python, at each of which the interpreter may change threads.

Bytes that are no UTF-8 become U+FFFD: the answer arrives with one letter broken, which
serves a person better than an answer that never comes.
"""

from __future__ import annotations

import asyncio
import codecs
import json
import re
import secrets
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

from services.garbage import unlooked
from services.text import joined, one_line

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = (
    "MOST_LISTED",
    "NotJson",
    "encode_frame",
    "parse_big_frame",
    "parse_first",
    "parse_frame",
    "parse_row",
)

MOST_LISTED: Final = 10_001
"""Entries kept of one page of a list: one more than the most that are used, so that it is said."""
_HUGE: Final = 1 << 22
"""Bytes of a line that may hold so many objects that looking for garbage among them is felt."""
_LISTS: Final = ("tools", "resources", "resourceTemplates", "prompts")

_WINDOW: Final = 1 << 16
"""Bytes looked at between two chances for other threads: well under 1 ms."""

_STRINGS = re.compile(rb'[^"]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*"[^"]*+)*', re.DOTALL)
"""JSON up to the start of a string that does not end within the window."""

_CHARACTERS = re.compile(rb'[^"\\]*+(?:\\(?:u[0-9A-Fa-f]{4}|["\\/bfnrt])[^"\\]*+)*')
"""The inside of a string up to its end, to an escape that the window cuts, or to a wrong one."""

_SPACE = re.compile(r"[ \t\r\n]*+")
_COLON = re.compile(rb"[ \t\r\n]*+:")


@dataclass(frozen=True, slots=True)
class NotJson:
    """A line that is not one JSON object: its beginning, printable, and why."""

    excerpt: str
    reason: str = ""


def parse_frame(line: bytes) -> dict[str, Any] | NotJson:
    """The JSON object of one line; at once, for lines below 256 KiB."""
    return _read(line, _plain)


async def parse_big_frame(line: bytes) -> dict[str, Any] | NotJson:
    """As `parse_frame`, in a thread, while the event loop goes on. See the module's docstring.

    Arrays of nothing but `true`, `null` or empty arrays have no hook: a line of 50 MB of those
    still stops the event loop for as long as `json` takes.
    """
    return await asyncio.to_thread(_read_big, line)


async def parse_big_text(text: str) -> Any:
    """The JSON value of a text, as `parse_big_frame`; `...` for one that is none."""
    return await asyncio.to_thread(_read_text, text)


def parse_row(line: bytes, most: int) -> list[Any]:
    """The JSON values of a line that has several, one behind the other.

    None where they are not all JSON; one more than `most` where there are more than that.
    """
    text, at = line.decode("utf-8", "replace"), 0
    values: list[Any] = []
    try:
        while at < len(text) and len(values) <= most:
            value, at = _DECODER.raw_decode(text, at)
            at = _end(_SPACE.match(text, at))
            values.append(value)
    except (ValueError, RecursionError):
        return []
    return values


def parse_first(line: bytes) -> list[Any]:
    """The JSON value that a line begins with, whatever stands behind it; none where it begins with none."""
    try:
        return [_DECODER.raw_decode(line.decode("utf-8", "replace"))[0]]
    except (ValueError, RecursionError):
        return []


def encode_frame(message: dict[str, Any]) -> bytes:
    """One line of JSON with its line end; raises ValueError for NaN and infinities."""
    try:
        text = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode() + b"\n"
    except UnicodeEncodeError:  # a lone surrogate, which only an escape can carry
        return json.dumps(message, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def _read(line: bytes, parse: Callable[[bytes], Any]) -> dict[str, Any] | NotJson:
    line = line.removeprefix(codecs.BOM_UTF8)
    try:
        value = parse(line)
    except RecursionError:
        return _not_json(line, "nested too deeply")
    except (_Refused, json.JSONDecodeError) as error:
        return _not_json(line, one_line(str(error), 200))
    except ValueError:  # the one thing left that Python does not read
        return _not_json(line, f"a number of more than {sys.get_int_max_str_digits():,} digits")
    return value if isinstance(value, dict) else _not_json(line, "not a JSON object")


def _read_text(text: str) -> Any:
    with unlooked():
        try:
            return _in_pieces(text.encode())
        except (ValueError, RecursionError):
            return ...


def _read_big(line: bytes) -> dict[str, Any] | NotJson:
    with unlooked() if len(line) > _HUGE else nullcontext():
        value = _read(line, _in_pieces)
        result = value.get("result") if isinstance(value, dict) else None
        if isinstance(result, dict):
            for name in _LISTS:
                _shorten(result.get(name))
        return value


def _shorten(entries: Any) -> None:
    """Leave out, a few at a time, what nobody looks at: a million objects that go at once take a second."""
    if isinstance(entries, list):
        while len(entries) > MOST_LISTED:
            del entries[max(MOST_LISTED, len(entries) - 1_000) :]


def _not_json(line: bytes, reason: str) -> NotJson:
    return NotJson(one_line(line[:2_000].decode("utf-8", "replace"), 300), reason)


class _Refused(ValueError):
    """What Python reads though it is not JSON."""


def _refuse(constant: str) -> NoReturn:
    raise _Refused(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _plain(line: bytes) -> Any:
    return _DECODER.decode(line.decode("utf-8", "replace"))


def _in_pieces(line: bytes) -> Any:
    skeleton, lifted = _lift(line)

    def number(literal: str) -> str | float:
        text = lifted.get(literal)
        return float(literal) if text is None else text

    decoder = json.JSONDecoder(
        parse_constant=_refuse,
        parse_float=number,
        parse_int=lambda literal: int(literal),  # in Python on purpose, as the next line
        object_hook=lambda value: value,
    )
    return decoder.decode(skeleton)


def _lift(line: bytes) -> tuple[str, dict[str, str]]:
    """The line with a number in place of each long string, and the strings by their numbers.

    The numbers hold a random part that no server can know. The string at the border of two
    windows is lifted whatever its length, so that a list of short strings meets the hook too.
    """
    mark = f"{secrets.randbits(96)}.{secrets.randbits(96)}e"
    view = memoryview(line)
    lifted: dict[str, str] = {}
    parts: list[str] = []
    kept = position = 0
    while position < len(line):
        start = _next_string(line, position)
        text, position = _string(line, view, start) if _quote_at(line, start) else (None, start)
        if text is None or _COLON.match(line, position):  # a key stays where it is
            parts.append(str(view[kept:position], "utf-8", "replace"))
        else:
            number = f"{mark}{len(lifted)}"
            lifted[number] = text
            # With spaces: a digit or a sign beside it must not become part of the number.
            parts.append(f"{str(view[kept:start], 'utf-8', 'replace')} {number} ")
        kept = position
    return joined(parts), lifted


def _next_string(line: bytes, position: int) -> int:
    """Where the string at the window's border starts, or else a position outside of strings."""
    start = _end(_STRINGS.match(line, position, position + _WINDOW))
    if _quote_at(line, start):
        return start
    quote = line.find(b'"', start, start + _WINDOW)
    return quote if quote >= 0 else min(start + _WINDOW, len(line))


def _string(line: bytes, view: memoryview, start: int) -> tuple[str, int]:
    """The string whose opening quote stands at `start`, and the position behind its closing one."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    pieces: list[str] = []
    position, closed = start + 1, False
    while not closed:
        end = _piece_end(line, position)
        closed = _quote_at(line, end)
        if end == position and not closed:
            raise ValueError("a string without an end, or with a wrong escape")
        piece = decoder.decode(view[position:end], closed)
        _add(pieces, json.loads(f'"{piece}"'))
        position = end
    return joined(pieces), position + 1


def _piece_end(line: bytes, position: int) -> int:
    """Where a window's worth of a string ends: at its closing quote or between two escapes."""
    border = min(position + _WINDOW, len(line))
    quote = line.find(b'"', position, border)
    end = border if quote < 0 else quote
    if line.find(b"\\", position, end) < 0:  # ten times faster than the expression, and usual
        return end
    return _end(_CHARACTERS.match(line, position, border))


def _add(pieces: list[str], piece: str) -> None:
    """Append a piece, making one character of a surrogate pair that the border cut in two."""
    if pieces and "\ud800" <= pieces[-1][-1:] <= "\udbff" and "\udc00" <= piece[:1] <= "\udfff":
        high, low = ord(pieces[-1][-1]), ord(piece[0])
        pieces[-1] = pieces[-1][:-1]
        piece = chr(0x10000 + ((high & 0x3FF) << 10 | low & 0x3FF)) + piece[1:]
    if piece:
        pieces.append(piece)


def _quote_at(line: bytes, position: int) -> bool:
    return line[position : position + 1] == b'"'


def _end(found: re.Match[bytes] | re.Match[str] | None) -> int:
    assert found is not None  # all of them match the empty string
    return found.end()
