"""One entry as one line of JSON and back; bounded, whatever the entry holds.

A line begins with its number: `{"n":12,…` when the entry came, `{"u":12,…` when it changed. So a reader
that goes backwards knows an entry's place, and which lines it need not parse.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

from services.numbers import finite
from services.text import one_line, printable
from services.transcript.entries import Entry, Heading, Part

if TYPE_CHECKING:
    from services.transcript.entries import Scalar

__all__ = (
    *("MOST_LINE", "cleared_line", "cleared_of"),
    *("entry_line", "head_of", "heading_line", "heading_of", "number_of", "read_entry"),
)

MOST_LINE: Final = 8 << 20
"""Bytes of one line; a longer one loses the raw answer, and then its parts."""

_NEW, _CHANGED, _CLEARED, _SESSION = b'{"n":', b'{"u":', b'{"cleared":', b'{"session":'
_TEXTS: Final = ("kind", "name", "detail", "took", "server", "again", "shell", "stem", "copied", "result")
_SENT: Final = ("again", "shell", "copied")
"""What may go out again as it is; the others are only shown."""
_LONGEST: Final = 4_000


def entry_line(entry: Entry, *, changed: bool = False) -> bytes:
    """The entry as a line, its end included. It should have passed `bounds.bounded`."""
    line = _line(entry, changed)
    if len(line) > MOST_LINE and entry.raw is not None:
        line = _line(replace(entry, raw=None, parts=(*entry.parts, _left_out())), changed)
    return line if len(line) <= MOST_LINE else _line(replace(entry, raw=None, parts=(_left_out(),)), changed)


def _line(entry: Entry, changed: bool) -> bytes:
    known: dict[str, Any] = {"u" if changed else "n": entry.number, "at": round(entry.at, 3)}
    known |= {name: value for name in _TEXTS if (value := getattr(entry, name))}
    if entry.parts:
        known["parts"] = [_part(part) for part in entry.parts]
    if entry.raw is not None:
        known["raw"] = entry.raw
    return _json(known)


def _json(value: Any) -> bytes:
    """ASCII, so that no odd character can break a line or a file."""
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    except ValueError:
        text = json.dumps(finite(value)[0], allow_nan=False, separators=(",", ":"))
    return text.encode("ascii") + b"\n"


def _part(part: Part) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": part.kind, "text": part.text, "style": part.style}
    return {name: value for name, value in told.items() if value} | (
        {"more": dict(part.more)} if part.more else {}
    )


def _left_out() -> Part:
    return Part("note", "The rest of it was too large to be kept.", "dim")


# Back.


def number_of(line: bytes) -> tuple[int, bool] | None:
    """The number of a line's entry and whether it tells of a change; None for any other line."""
    start = line[:5]
    if start not in (_NEW, _CHANGED) or line[-1:] not in (b"}", b"\n"):
        return None
    digits = line[5 : line.find(b",", 5, 24)]
    return (int(digits), start == _CHANGED) if digits.isdigit() else None


def head_of(line: bytes) -> bytes:
    """The line without what its entry shows and brought back, which may be megabytes."""
    for more in (b',"parts":[', b',"raw":{'):  # never within a text, where quotes are escaped
        head, found, _ = line.partition(more)
        if found:
            return head + b"}"
    return line


def read_entry(line: bytes) -> Entry | None:
    """The entry of a line; None for one that is torn, or no entry's. Raises nothing."""
    found = number_of(line)
    known = _parsed(line)
    if found is None or known is None:
        return None
    texts: dict[str, Any] = {}
    for name, value in known.items():
        if name in _SENT and isinstance(value, str):
            texts[name] = value
        elif name in _TEXTS and isinstance(value, str):
            texts[name] = _one_line(value)
    if not texts.get("kind"):
        return None
    if texts.get("result", "") not in ("", "tool", "resource", "prompt"):
        del texts["result"]
    parts, at, raw = known.get("parts"), known.get("at"), known.get("raw")
    return Entry(
        found[0],
        float(at) if isinstance(at, int | float) else 0.0,
        parts=tuple([_read_part(part) for part in parts if isinstance(part, dict)])
        if isinstance(parts, list)
        else (),
        raw=raw if isinstance(raw, dict) else None,
        **texts,
    )


def _read_part(told: dict[str, Any]) -> Part:
    kind, text, style, more = (told.get(name, "") for name in ("kind", "text", "style", "more"))
    return Part(
        _one_line(kind) if isinstance(kind, str) else "",
        _printable(text) if isinstance(text, str) else "",
        _one_line(style) if isinstance(style, str) else "",
        {str(name): _scalar(value) for name, value in more.items()} if isinstance(more, dict) else {},
    )


def _one_line(text: str) -> str:
    return text if text.isprintable() and len(text) <= _LONGEST else one_line(text, _LONGEST)


def _printable(text: str) -> str:
    return text if text.isprintable() else printable(text)


def _scalar(value: object) -> Scalar:
    if isinstance(value, str):
        return _printable(value)
    return value if isinstance(value, int | float | bool) else None


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        known = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return known if isinstance(known, dict) else None


# Other lines.


def heading_line(heading: Heading) -> bytes:
    """The line at the top of a file."""
    return _json({"session": asdict(heading)})


def heading_of(line: bytes) -> Heading | None:
    """The heading that a line holds; None for any other line."""
    known = _parsed(line) if line.startswith(_SESSION) else None
    told = known.get("session") if known is not None else None
    if not isinstance(told, dict):
        return None
    at, directory, way, version = (told.get(name) for name in ("at", "directory", "way", "version"))
    return Heading(
        float(at) if isinstance(at, int | float) else 0.0,
        directory if isinstance(directory, str) else "",
        tuple(map(str, way)) if isinstance(way, list) else (),
        one_line(version, 40) if isinstance(version, str) else "",
    )


def cleared_line(below: int) -> bytes:
    """The line that says that the entries below a number were cleared."""
    return _json({"cleared": below})


def cleared_of(line: bytes) -> int | None:
    """Below which number a line clears the entries; None for any other line."""
    known = _parsed(line) if line.startswith(_CLEARED) else None
    below = known.get("cleared") if known is not None else None
    return below if isinstance(below, int) else None
