"""Messages that a server did not write as one line each: over several, or behind headers.

The specification wants one message a line (basic/transports, "stdio"); printing JSON indented or with
the headers of a language server is what servers get wrong most often. Linear in what comes.
"""

from __future__ import annotations

import re
from typing import Final

from services.connections.messages.frames import NotJson, parse_frame, parse_row
from services.message_limit import MAX_MESSAGE

__all__ = ("Pieces", "is_whole")

_CLOSES: Final = re.compile(rb"(\s*)[}\]]+\s*\Z")
_HEADER: Final = re.compile(rb"\s*Content-(?:Length\s*:\s*\d+|Type\s*:[^{}]*)\s*\Z", re.IGNORECASE)
_HEADER_BEHIND: Final = re.compile(rb"(?<=\})\s*Content-Length\s*:\s*\d+\s*\Z", re.IGNORECASE)
_BEHIND: Final = 100
_MOST_LINES: Final = 1_000_000
_WHOLE: Final = 1 << 20
"""Bytes of a message without a line end that are looked at: some 10 ms."""
_TOGETHER: Final = 1_000


class Pieces:
    """Puts lines together that are one message; `odd` says in words how they came."""

    def __init__(self) -> None:
        self.odd = ""
        self._held: list[bytes] = []
        self._size = 0
        self._indent = 0

    @property
    def beginning(self) -> bytes:
        """The first line of a message that has not come to its end; empty where there is none."""
        return self._held[0] if self._held else b""

    def take(self, line: bytes) -> list[bytes]:
        """The lines to read now that this one came: none while more of a message is awaited."""
        if not self._held and line[:1] == b"{" and line[-1:] == b"}":
            return [line]  # as it should be, and perhaps very long
        line = self._without_headers(line)
        if not line.strip():
            return []
        return self._go_on(line) if self._held else self._begin(line)

    def left(self) -> list[bytes]:
        """The lines of a message that was never ended."""
        held, self._held, self._size = self._held, [], 0
        return held

    def _without_headers(self, line: bytes) -> bytes:
        found = _HEADER.match(line) if len(line) < _BEHIND else None
        if found is None and line[-1:].isdigit():
            found = _HEADER_BEHIND.search(line, max(len(line) - _BEHIND, 0))
        if found is None:
            return line
        self.odd = "its messages have Content-Length headers, as in LSP; they are read without"
        return line[: found.start()]

    def _begin(self, line: bytes) -> list[bytes]:
        text = line.strip()
        opens = text in (b"[", b"[{") or (text[:1] == b"{" and text[-1:] in (b"{", b"[", b",", b":"))
        if not opens:
            return [line]
        self._indent = len(line) - len(line.lstrip())
        self._hold(line)
        return []

    def _go_on(self, line: bytes) -> list[bytes]:
        if line.startswith(b"{") and line.endswith(b"}") and not isinstance(parse_frame(line), NotJson):
            return [*self.left(), line]  # a message of its own: what was held is none
        self._hold(line)
        closes = _CLOSES.match(line)
        if closes is not None and len(closes[1]) <= self._indent:
            whole = b"\n".join(self._held)
            if is_whole(whole, MAX_MESSAGE):
                self.odd = "its messages come over several lines; they are read all the same"
                self.left()
                return [whole.replace(b"\n", b" ")]
            return self.left()
        if self._size > MAX_MESSAGE or len(self._held) > _MOST_LINES:
            return self.left()
        return []

    def _hold(self, line: bytes) -> None:
        self._held.append(line)
        self._size += len(line)


def is_whole(text: bytes, most: int = _WHOLE) -> bool:
    """Whether these bytes are whole JSON values and nothing else."""
    if len(text) > most or text.rstrip()[-1:] not in (b"}", b"]"):
        return False
    return bool(parse_row(text.strip(), _TOGETHER))
