"""The lines of a server's standard output: cut out of its bytes, linear per byte, with a limit."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import Final

from services.connections.messages.answer_ids import answer_id
from services.message_limit import MAX_MESSAGE

__all__ = ("LineSplitter", "Oversized")

_HEAD: Final = 1 << 16
_TAIL: Final = 1 << 10
_SHOWN: Final = 2_000


@dataclass(frozen=True, slots=True)
class Oversized:
    """A line above the limit, of which only the ends were kept."""

    length: int
    head: bytes = field(repr=False)
    """The first 64 KiB."""
    tail: bytes = field(default=b"", repr=False)
    """The last 1 KiB: some servers write the id of an answer behind the result."""
    ended: bool = True
    """Whether the line has come to its end; whoever waits for its answer need not wait for that."""

    @property
    def request_id(self) -> int | str | None:
        """Which request it answers; None when the line is no answer, or hides the `id` in its middle."""
        return answer_id(self.head, self.tail)


class LineSplitter:
    """Cuts a stream of bytes into lines; keeps at most the limit of an unfinished one.

    Each byte is searched once and copied once, however the stream is chunked. Lines come
    without their line end (LF or CR LF); empty lines do not come. A line above the limit comes
    as soon as it is above, if its beginning says whose answer it is, and else at its end.
    """

    def __init__(self, limit: int = MAX_MESSAGE) -> None:
        self._limit = limit
        self._held = BytesIO()
        self._length = 0
        self._head = self._tail = b""
        self._told = False

    def feed(self, chunk: bytes) -> list[bytes | Oversized]:
        """The lines that end in this chunk, in order, and one that goes beyond the limit."""
        *pieces, rest = chunk.split(b"\n")
        lines = [line for piece in pieces if (line := self._line(piece))]
        self._hold(rest)
        if self._head and not self._told:
            unfinished = Oversized(self._length, self._head, ended=False)
            if unfinished.request_id is not None:
                self._told = True
                lines.append(unfinished)
        return lines

    @property
    def beginning(self) -> bytes:
        """The beginning of a line that has not come to its end; empty where there is none."""
        return self._head[:_SHOWN] or bytes(self._held.getbuffer()[:_SHOWN])

    def unfinished(self, most: int = 1 << 20) -> bytes:
        """A line that has not come to its end, as far as it came; empty where that is more than `most`."""
        return self._held.getvalue() if self._length <= most else b""

    def finish(self) -> list[bytes | Oversized]:
        """What is left at the end of the stream: a last line without a line end, or nothing."""
        line = self._line(b"")
        return [line] if line else []

    def _line(self, piece: bytes) -> bytes | Oversized | None:
        if not self._length and len(piece) <= self._limit:
            return piece[:-1] if piece.endswith(b"\r") else piece
        self._hold(piece)
        line = self._taken() if not self._told else None
        self._held, self._length, self._head, self._tail = BytesIO(), 0, b"", b""
        self._told = False
        return line

    def _taken(self) -> bytes | Oversized:
        if self._head:
            return Oversized(self._length, self._head, self._tail)
        line = self._held.getvalue()
        return line[:-1] if line.endswith(b"\r") else line

    def _hold(self, piece: bytes) -> None:
        if not piece:
            return
        self._length += len(piece)
        if self._head:
            self._tail = (self._tail + piece[-_TAIL:])[-_TAIL:]
            return
        # A BytesIO grows in place and hands out its bytes without a copy: joining 50 MB at the
        # end of a line would stop the event loop for 20 ms.
        self._held.write(piece)
        if self._length > self._limit:
            whole = self._held.getbuffer()
            self._head, self._tail = bytes(whole[:_HEAD]), bytes(whole[-_TAIL:])
            whole.release()
            self._held = BytesIO()
