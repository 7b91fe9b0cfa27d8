"""A stream of server-sent events (WHATWG HTML, 9.2), cut into its events; linear per byte."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.message_limit import MAX_MESSAGE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

__all__ = ("Event", "EventCutter", "without_mark")

_MOST_LINES: Final = 100_000
"""Lines of data of one event: some 30 ms."""
_DATA: Final = b"data:"
_ROOM: Final = 1 << 16
"""Bytes an event may have beside its data."""


async def without_mark(chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """A stream without the byte order mark that may stand at its beginning."""
    begun, held = False, b""
    async for chunk in chunks:
        if begun:
            yield chunk
            continue
        held += chunk
        if not codecs.BOM_UTF8.startswith(held[:3]) or len(held) >= len(codecs.BOM_UTF8):
            begun = True
            yield held.removeprefix(codecs.BOM_UTF8)
    if not begun and held:
        yield held


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it came, its line ends made LF."""

    raw: bytes

    @property
    def type(self) -> bytes:
        """Its type; empty where none stands, which means `message`."""
        values = self._values(b"event")
        return values[-1] if values else b""

    @property
    def is_message(self) -> bool:
        """Whether its data is for us to read."""
        return self.type in (b"", b"message")

    @property
    def data(self) -> bytes | None:
        """Its data; None where it has more lines than anybody writes."""
        values = self._values(b"data")
        return b"\n".join(values) if values is not None else None

    @property
    def bare(self) -> bytes:
        """JSON that stands in it without `data:` before each of its lines; empty where none begins."""
        at = 0 if self.raw.startswith(_DATA) else _behind(self.raw, _DATA, 0)
        text = (self.raw[at + len(_DATA) :] if at >= 0 else self.raw).strip()
        return text if text[:1] in (b"{", b"[") else b""

    @property
    def rest(self) -> bytes:
        """What else there is for the SDK to know: its id, its type, a time to wait."""
        fields = ((name, self._values(name)) for name in (b"event", b"id", b"retry"))
        return b"".join(b"%b: %b\n" % (name, values[-1]) for name, values in fields if values)

    def _values(self, name: bytes) -> list[bytes] | None:
        """The values of a field, looked for and not split: an event may have millions of lines of nothing."""
        raw = self.raw
        values: list[bytes] = []
        at = 0 if raw.startswith(name) else _behind(raw, name, 0)
        while at >= 0 and len(values) < _MOST_LINES:
            ends = raw.find(b"\n", at)
            ends = len(raw) if ends < 0 else ends
            sign = raw[at + len(name) : at + len(name) + 1]
            if sign == b":" or at + len(name) == ends:
                values.append(raw[at + len(name) + 1 : ends].removeprefix(b" "))
            at = _behind(raw, name, ends)
        return values if at < 0 else None


def _behind(raw: bytes, name: bytes, start: int) -> int:
    """Where the next line that begins so begins; -1 where none does."""
    found = raw.find(b"\n" + name, start)
    return found + 1 if found >= 0 else -1


class EventCutter:
    """Takes bytes as they come; an event beyond the limit goes through in pieces, for others to refuse."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._searched = 0
        self._after_cr = False

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that end in this chunk, in order."""
        if not chunk:
            return []
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        self._after_cr = chunk.endswith(b"\r")
        self._held += chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in chunk else chunk
        return self._cut()

    def finish(self) -> Event | None:
        """What is left at the end of the stream: an event without its blank line, or nothing."""
        return Event(bytes(self._held)) if self._held.strip() else None

    def _cut(self) -> list[Event]:
        events = []
        begins = 0
        while (ends := self._held.find(b"\n\n", max(begins, self._searched))) >= 0:
            events.append(Event(bytes(self._held[begins : ends + 2])))
            begins = self._searched = ends + 2
        del self._held[:begins]
        self._searched = max(len(self._held) - 1, 0)
        if len(self._held) > MAX_MESSAGE + _ROOM:
            events.append(Event(bytes(self._held)))
            self._held, self._searched = bytearray(), 0
        return events
