"""The protocol trace of one server: every message, HTTP exchange and turn of its life, bounded.

Recording is what a call pays for: a reference to the bytes and one small object, about a
microsecond. Reading, pairing, redacting and printing happen when somebody looks. All of that
goes out by one door, `frame`, `detail` and `lines`, and nothing passes it unredacted.
Recording belongs to the event loop; looking may be done in a thread.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from services.secrecy.questions import learn_questions
from services.secrecy.redaction import Redactor
from services.text import one_line
from services.trace.frames import Outline, Record, TraceNews
from services.trace.outline import CANCELLED, key_of, outline, parsed
from services.trace.shown import Door, json_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from services.events import ServerStatus
    from services.settings import ServerSettings
    from services.trace.frames import Direction, Ends, Exchange, Frame

__all__ = ("KEPT_OF_ONE", "MOST_BYTES", "MOST_FRAMES", "Trace")

MOST_FRAMES: Final = 10_000
MOST_BYTES: Final = 32 << 20
"""Above either of these the oldest frames go."""
KEPT_OF_ONE: Final = 1 << 20
"""Bytes kept of one message; of a longer one the rest is only counted."""

_TAIL: Final = 1 << 10
_BODY: Final = 1 << 13
_SMALL: Final = 1 << 16
"""Bytes up to which a question or an answer to one is read while it is recorded."""
_STEP: Final = 200
"""Records read between two chances for the other side of the lock: a few milliseconds."""
_WAITING: Final = 20_000
_now, _tick = time.time, time.perf_counter


class Trace:
    """Outlives the connections of its server; each of them is numbered."""

    def __init__(self, server: str = "", *, frames: int = MOST_FRAMES, size: int = MOST_BYTES) -> None:
        self.server = server
        self.redactor = Redactor()
        self.connection = 0
        """The number of the latest connection, 0 before the first."""
        self.dropped = 0
        """How many of the oldest frames had to go."""
        self.bytes_in = 0
        self.bytes_out = 0
        self._door = Door(self.redactor)
        self._state = ""
        self._most_frames, self._most_bytes = frames, size
        self._records: deque[Record] = deque()
        self._weight = 0
        self._last = 0
        self._lock = threading.Lock()
        self._read = 0
        self._open: dict[tuple[int, str, str], Record] = {}
        self._changes: deque[Record] = deque(maxlen=2 * frames)
        self._changed = 0

    # Recording: on the event loop, at the price of a call.

    def begin(self, settings: ServerSettings, environ: Mapping[str, str]) -> None:
        """A new connection begins; its table's secrets are known from here on."""
        self.redactor.learn_settings(settings, environ)
        self.connection += 1
        self.note("connecting", f"connection {self.connection}")

    def follow(self, status: ServerStatus) -> None:
        """The server's state: each change of it, with its cause, is a row."""
        if status.state != self._state:
            self._state = status.state
            told = f"{status.identity}, protocol {status.protocol}" if status.pid or status.protocol else ""
            self.note(str(status.state), status.cause or (told if status.state == "ready" else ""))

    def note(self, kind: str, text: str, detail: object = None) -> None:
        """A step in the life of the connection, or of a login; `detail` is JSON, a text, or nothing."""
        self._add(Record(*self._stamp(), "", note=(kind, text, detail)))

    def sent(self, data: bytes, exchange: Exchange | None = None) -> None:
        """A message went to the server."""
        self.bytes_out += len(data)
        self._message("out", data, len(data), b"", exchange)

    def received(self, data: bytes | Ends, exchange: Exchange | None = None) -> None:
        """A message came from the server; of a refused one there are only the ends."""
        if isinstance(data, bytes):
            self.bytes_in += len(data)
            self._message("in", data, len(data), b"", exchange)
        else:
            self.received_part(data.head, data.length, data.tail, exchange)

    def received_part(self, head: bytes, size: int, tail: bytes, exchange: Exchange | None = None) -> None:
        """A message came, of which only the ends are at hand."""
        self.bytes_in += size
        self._message("in", head, size, tail, exchange)

    def exchanged(self, exchange: Exchange) -> None:
        """The head of an HTTP response arrived, or nothing did (`fault`)."""
        exchange.kept = True
        self._add(Record(*self._stamp(), "out", exchange=exchange))

    def bodied(self, exchange: Exchange, body: bytes) -> None:
        """The body of an HTTP response was no message; its beginning stays with the exchange."""
        if exchange.kept:
            exchange.body = body[:_BODY]
            self._weight += len(exchange.body)

    def _message(
        self, direction: Direction, data: bytes, size: int, tail: bytes, exchange: Exchange | None
    ) -> None:
        if len(data) > KEPT_OF_ONE:
            data, tail = data[:KEPT_OF_ONE], tail or data[-_TAIL:]
        self._last = number = self._last + 1
        self._add(Record(number, _now(), _tick(), self.connection, direction, data, size, tail, exchange))
        # Here and not when somebody looks: the question may be gone when its answer is shown.
        if (b'"requestedSchema"' if direction == "in" else b'"accept"') in data:
            self._learn(data, size)

    def _stamp(self) -> tuple[int, float, float, int]:
        self._last += 1
        return self._last, _now(), _tick(), self.connection

    def _add(self, record: Record) -> None:
        records = self._records
        records.append(record)
        self._weight += record.weight
        while len(records) > self._most_frames or self._weight > self._most_bytes:
            gone = records.popleft()
            self._weight -= gone.weight
            gone.release()
            self.dropped += 1

    def _learn(self, data: bytes, size: int) -> None:
        message = parsed(data) if size <= _SMALL else None
        if message is None:
            self.redactor.wary = True
        learn_questions(self.redactor, message)

    # Looking.

    @property
    def version(self) -> int:
        """Grows with every entry; whoever follows the trace compares it, ten times a second."""
        return self._last

    @property
    def count(self) -> int:
        """How many entries are kept."""
        return len(self._records)

    @property
    def changed(self) -> float:
        """When the newest entry came, in seconds of `time.perf_counter`; 0 before the first."""
        return self._records[-1].moment if self._records else 0.0

    def since(self, mark: int = 0, limit: int = 500) -> TraceNews:
        """What is new, and which requests were answered, since a mark; 0 is the beginning."""
        read = self._look(limit)
        with self._lock:
            kept = len(self._changes)
            start = max(0, kept - (self._changed - mark))
            changed = [self._changes[place] for place in range(start, min(start + limit, kept))]
            mark = self._changed - kept + start + len(changed)
            more = mark < self._changed or not read
        oldest = self._oldest()
        frames = {record.number: record for record in changed if record.number >= oldest}
        return TraceNews(tuple(map(self._door.frame, frames.values())), mark, more, oldest)

    def frame(self, number: int) -> Frame | None:
        """One frame as it stands; None when it is gone or never was."""
        record = self._find(number)
        return self._door.frame(record) if record is not None else None

    def frames(self) -> tuple[Frame, ...]:
        """All that is kept, oldest first."""
        while not self._look(_STEP):
            pass
        return tuple(map(self._door.frame, tuple(self._records)))

    def detail(self, number: int) -> dict[str, Any] | None:
        """All about one frame and the one it belongs to, as a JSON value; milliseconds for a big one."""
        record = self._find(number)
        return self._door.detail(record) if record is not None else None

    def lines(self) -> Iterator[str]:
        """Everything that is kept as NDJSON, a line a frame, oldest first; the first says what is missing."""
        frames = self.frames()
        head = {"trace": one_line(self.server, 200), "frames": len(frames), "dropped": self.dropped}
        yield json_line(head)
        for frame in frames:
            record = self._find(frame.number)
            if record is not None:
                yield json_line(self._door.saved(frame, record))

    # Reading what was recorded.

    def _look(self, limit: int) -> bool:
        """Read records nobody has read yet; whether all are read now."""
        with self._lock:
            oldest, newest = self._oldest(), self._records[-1].number if self._records else self._last
            self._read = max(self._read, oldest - 1)
            last = min(self._read + limit, newest)
            for number in range(self._read + 1, last + 1):
                record = self._at(number)
                if record is not None:
                    self._take(record)
            self._read = last
            return last == newest

    def _take(self, record: Record) -> None:
        self._tell(record)
        exchange = record.exchange
        if not record.size:
            record.outline = Outline()
            if exchange is not None and exchange.failed:
                status = "no answer" if exchange.fault else f"HTTP {exchange.status}"
                record.outline = Outline(status=status, error=True)
                self._settle(exchange.asked, record)
            return
        told = record.outline = outline(record)
        if told.kind == "request":
            if len(self._open) > _WAITING:
                self._open.clear()
            self._open[record.connection, record.direction, key_of(told.id)] = record
            if exchange is not None:
                exchange.asked = record
        elif told.kind == "answer":
            asked = "in" if record.direction == "out" else "out"
            request = self._open.pop((record.connection, asked, key_of(told.id)), None)
            if request is None and told.id is None and exchange is not None:
                request = exchange.asked  # an error about what could not be read has no id
            self._pair(request, record)
        elif told.method == CANCELLED:
            self._pair(self._open.get((record.connection, record.direction, key_of(told.id))), record)

    def _pair(self, request: Record | None, record: Record) -> None:
        record.peer = request
        self._settle(request, record)

    def _settle(self, request: Record | None, by: Record) -> None:
        """A request has come to its end; an answer that comes after all takes the place of another."""
        if request is not None:
            request.peer = by
            self._tell(request)

    def _tell(self, record: Record) -> None:
        self._changes.append(record)
        self._changed += 1

    def _oldest(self) -> int:
        return self._records[0].number if self._records else self._last + 1

    def _at(self, number: int) -> Record | None:
        place = number - self._oldest()
        for _ in range(8):  # the loop may move on while a thread looks
            try:
                record = self._records[place] if place >= 0 else None
            except IndexError:
                return None
            if record is None or record.number == number:
                return record
            place += number - record.number
        return None

    def _find(self, number: int) -> Record | None:
        while self._read < min(number, self._last) and not self._look(_STEP):
            pass
        return self._at(number)
