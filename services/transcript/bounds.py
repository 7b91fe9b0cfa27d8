"""How much of one entry is kept: whatever a server sends, a line stays small enough to be masked and read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from services.numbers import ExactNumber
from services.text import one_line
from services.transcript.entries import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.transcript.entries import Entry

__all__ = ("MOST_BLOBS", "MOST_TEXT", "MOST_TEXTS", "bounded", "is_blob")

MOST_TEXT: Final = 1 << 16
"""Characters of one text; of a longer one the beginning is kept."""
MOST_TEXTS: Final = 1 << 20
"""Characters of all texts that are shown, and as many of the raw answer: masking takes 0.3 s for these."""
MOST_BLOBS: Final = 6 << 20
"""Characters of base64: pictures of four megabytes and a half in all."""

_MOST_PARTS: Final = 1_000
_DEEPEST: Final = 100
_BLOBS: Final = ("data", "blob")
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_\r\n"
_LONG: Final = 512
_WHOLE_OR_NOT: Final = ("again", "shell", "copied")
_LINES: Final = (("name", 1_000), ("detail", 4_000))


def is_blob(key: str, value: object) -> bool:
    """Whether the value of a key is so much base64 that it is kept whole or not at all."""
    if key not in _BLOBS or not isinstance(value, str) or len(value) <= _LONG or not value.isascii():
        return False
    return not value.encode().translate(None, _BASE64)


def bounded(entry: Entry, cut: Callable[[str], str]) -> Entry:
    """The entry with what is too long in it cut, and a note that says so.

    `cut` takes from the beginning of a longer text whatever may not end there, such as half a secret.
    """
    changed: dict[str, Any] = {
        name: "" for name in _WHOLE_OR_NOT if len(getattr(entry, name)) > MOST_TEXT
    } | {name: one_line(text, most) for name, most in _LINES if len(text := getattr(entry, name)) > most}
    room = _Room(cut)
    if entry.raw is not None:
        changed["raw"] = room.raw(entry.raw)
    if entry.parts or room.notes:
        notes = [Part("note", note, "dim") for note in room.notes]
        changed["parts"] = (*_parts(entry.parts, cut), *notes)
    return replace(entry, **changed) if changed else entry


def _parts(parts: tuple[Part, ...], cut: Callable[[str], str]) -> Iterator[Part]:
    left = MOST_TEXTS
    for place, part in enumerate(parts):
        if left < 0 or place >= _MOST_PARTS:
            yield Part("note", f"{len(parts) - place:,} more parts were not kept.", "dim")
            return
        text = _cut(part.text, cut)
        left -= len(text) + sum(len(value) for value in part.more.values() if isinstance(value, str))
        yield part if text is part.text else replace(part, text=text)


def _cut(text: str, cut: Callable[[str], str]) -> str:
    if len(text) <= MOST_TEXT:
        return text
    return f"{cut(text[:MOST_TEXT])}\n… {len(text) - MOST_TEXT:,} more characters were not kept"


class _TooMuch(Exception):
    """There is more of a raw answer than is kept."""


class _Room:
    """What room is left for a raw answer."""

    def __init__(self, cut: Callable[[str], str]) -> None:
        self._cut = cut
        self._texts, self._blobs = MOST_TEXTS, MOST_BLOBS
        self.notes: list[str] = []
        """What could not be kept."""

    def raw(self, raw: Any) -> dict[str, Any] | None:
        """A raw answer as far as there is room for it; None where it is too large altogether."""
        try:
            kept = self._value(raw, "", 0)
        except _TooMuch:
            self.notes.append("The raw answer was too large to be kept.")
            return None
        if self._blobs < 0:
            self.notes.append("A picture or other data was too large to be kept.")
        return kept if isinstance(kept, dict) else None

    def _value(self, value: Any, key: str, depth: int) -> Any:
        if depth > _DEEPEST:
            raise _TooMuch
        match value:
            case str() if is_blob(key, value):
                self._blobs -= len(value)
                return value if self._blobs >= 0 else ""
            case str():
                return self._text(value)
            case ExactNumber():
                return value.literal  # of a float not all digits would come back
            case dict():
                return {
                    self._text(str(name)): self._value(item, str(name), depth + 1)
                    for name, item in value.items()
                }
            case list() | tuple():
                return [self._value(item, key, depth + 1) for item in value]
            case _:
                self._spend(8)
                return value if value is None or isinstance(value, bool | int | float) else "…"

    def _text(self, text: str) -> str:
        kept = _cut(text, self._cut)
        self._spend(len(kept) + 8)
        return kept

    def _spend(self, size: int) -> None:
        self._texts -= size
        if self._texts < 0:
            raise _TooMuch
