"""A stream of server-sent events (WHATWG HTML, 9.2), cut into its events; linear per byte."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.errors import MAX_MESSAGE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

__all__ = ("Event", "EventCutter", "without_mark")

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
    def is_message(self) -> bool:
        """Whether its data is for us to read: the type that stands where none does."""
        return self._values(b"event")[-1:] in ([], [b""], [b"message"])

    @property
    def data(self) -> bytes:
        return b"\n".join(self._values(b"data"))

    @property
    def rest(self) -> bytes:
        """Its lines without the data: an id, a time to wait."""
        lines = [line for line in self.raw.split(b"\n") if line and line.partition(b":")[0] != b"data"]
        return b"".join(line + b"\n" for line in lines)

    def _values(self, name: bytes) -> list[bytes]:
        fields = [line.partition(b":") for line in self.raw.split(b"\n")]
        return [value.removeprefix(b" ") for field, _, value in fields if field == name]


class EventCutter:
    """Takes bytes as they come; an event beyond the limit goes through in pieces, for others to refuse."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._searched = 0
        self._after_cr = False

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that end in this chunk, in order."""
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        if not chunk:
            return []
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
