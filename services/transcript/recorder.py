"""Writing a session down as it happens: in a thread, whole lines, bounded, masked.

Whoever has an entry only says how it is made; making, masking and writing it happen in the thread, a
tenth of a second later. A killed process leaves whole lines. A disk that is full or may not be written
to costs one warning; what could not be written is tried again, and the session goes on.
"""

from __future__ import annotations

import atexit
import json
import threading
import time
from itertools import islice
from typing import TYPE_CHECKING, Final

from services.error_translation import translating
from services.errors import JackfieldError
from services.text import one_line
from services.transcript.backlog import Backlog
from services.transcript.folder import tidy
from services.transcript.lines import cleared_line, entry_line
from services.transcript.masking import masked, masked_json
from services.transcript.session_file import MOST_BYTES, SessionFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from services.secrecy.redaction import Redactor
    from services.transcript.backlog import Waiting
    from services.transcript.entries import Entry, Heading

    Redact = Callable[[], Redactor]

__all__ = ("Recorder",)

MOST_CONVERSATION: Final = 16 << 20
"""Bytes of what was said with a model; more is not kept."""

_PAUSE: Final = 0.1
"""Seconds that an entry may wait for others."""
_TRY_AGAIN: Final = 30.0
_LAST_WORDS: Final = 3.0
_TOGETHER: Final = 8
"""Lines of one write: the screen gets its turn after each."""


class Recorder:
    """Writes one session; from `open` on, until then what happens waits. `close` it at the end."""

    def __init__(
        self,
        redact: Redact,
        *,
        warn: Callable[[str], None] | None = None,
        most_file: int = MOST_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`redact` gives what masks secrets, `warn` takes one line, once; both are called in the thread."""
        self._redact, self._warn = redact, warn
        self._most_file = most_file
        self._clock = clock
        self._lock = threading.Condition()
        self._backlog = Backlog()
        self._stopped = self._closed = False
        self._busy = False
        self._thread: threading.Thread | None = None
        self._file: SessionFile | None = None
        self._retry_at = 0.0
        self._warned = False

    @property
    def path(self) -> Path | None:
        """The file of the session; None until it is known."""
        return self._file.path if self._file is not None else None

    @property
    def wanted(self) -> bool:
        """Whether anything is to be written, now or once a file is there."""
        return not (self._stopped or self._closed)

    # What happens.

    def open(self, path: Path, heading: Heading) -> None:
        """Write to this file from now on; one that was kept goes on."""
        with self._lock:
            self._file = SessionFile(path, heading, self._most_file)
            self._backlog.begin()
            self._retry_at = 0.0
            if self._backlog.waits:
                self._begin()
            self._lock.notify_all()

    def put(self, number: int, kind: str, make: Callable[[], Entry], *, new: bool) -> None:
        """An entry came or changed; `make` is called in the thread, soon. Never waits."""
        with self._lock:
            if self._stopped or self._closed:
                return
            self._backlog.put(number, kind, make, new=new)
            self._begin()
            if self._backlog.has_one:
                self._lock.notify_all()

    def clear(self, below: int, place: int | None = None) -> None:
        """What was put below a number was cleared; `place` is that number in the file, if it is another."""
        with self._lock:
            self._backlog.drop_below(below)
            if self._file is not None and not (self._stopped or self._closed):
                self._backlog.cleared = below if place is None else place
                self._begin()
                self._lock.notify_all()

    def keep_conversation(self, dump: Callable[[], bytes]) -> None:
        """Keep what was said with a model in the place of what was kept; `dump` is called in the thread."""
        with self._lock:
            if not (self._stopped or self._closed):
                self._backlog.conversation = dump
                self._begin()
                self._lock.notify_all()

    def stop(self) -> None:
        """Write nothing from now on, and nothing of what waits."""
        with self._lock:
            self._stopped = True
            self._backlog.forget()
            self._lock.notify_all()

    def start(self) -> None:
        """Write again after a `stop`."""
        with self._lock:
            self._stopped = False

    def flush(self, seconds: float = _LAST_WORDS) -> bool:
        """Wait until everything is written; whether it was in time."""
        with self._lock:
            self._backlog.hurry()
            self._lock.notify_all()
            return self._lock.wait_for(self._idle, seconds)

    def close(self) -> None:
        """Write what is left, for a few seconds at most, and take no more."""
        with self._lock:
            self._closed = True
            self._lock.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(_LAST_WORDS)
            atexit.unregister(self.close)

    def _idle(self) -> bool:
        return self._thread is None or not (self._busy or self._backlog.to_write)

    def _begin(self) -> None:
        if self._thread is None and self._file is not None and self._backlog.worth:
            self._thread = threading.Thread(target=self._run, name="transcript", daemon=True)
            self._thread.start()
            atexit.register(self.close)

    # The thread.

    def _run(self) -> None:
        if (path := self.path) is not None:
            tidy(path.parent, keep=(path,))
        while self._wait():
            self._write()

    def _wait(self) -> bool:
        """Wait until something is due; False at the end."""
        with self._lock:
            self._busy = False
            self._lock.notify_all()
            while not self._closed and (rest := self._rest()) != 0:
                self._lock.wait(rest)
            if not self._closed:
                self._lock.wait(_PAUSE)
            if self._closed and (not self._backlog.to_write or self._clock() < self._retry_at):
                return False
            self._busy = True
            return True

    def _rest(self) -> float | None:
        """Seconds until something is due; None for until something comes."""
        now = self._clock()
        rest = self._backlog.rest(now)
        return self._retry_at - now if rest is not None and now < self._retry_at else rest

    def _write(self) -> None:
        with self._lock:
            file, cleared, dump = self._file, self._backlog.cleared, self._backlog.conversation
            due = self._backlog.due(self._clock(), everything=self._closed)
        assert file is not None
        try:
            if due or cleared is not None:
                self._append(file, cleared, due)
            if dump is not None:
                file.keep_conversation(_shown(dump, self._redact()))
                with self._lock:
                    self._backlog.kept(dump)
        except OSError as error:
            self._failed(file.path, error)
        else:
            self._retry_at = 0.0

    def _append(self, file: SessionFile, cleared: int | None, due: dict[int, Waiting]) -> None:
        redactor = self._redact()
        with file.opened() as write:
            if cleared is not None:
                write(cleared_line(cleared))
                with self._lock:
                    self._backlog.told_cleared(cleared)
            for some in _in_batches(due, _TOGETHER):
                if lines := b"".join(_made(wait, redactor) for wait in some.values()):
                    write(lines)
                with self._lock:
                    self._backlog.wrote(some, self._clock())

    def _failed(self, path: Path, error: OSError) -> None:
        self._retry_at = self._clock() + _TRY_AGAIN
        if self._warned:
            return
        self._warned = True
        if self._warn is not None:
            reason = one_line(error.strerror or str(error), 200)
            self._warn(f"The session is not kept in {one_line(str(path.parent), 200)}: {reason}")


def _in_batches(due: dict[int, Waiting], size: int) -> Iterator[dict[int, Waiting]]:
    items = iter(due.items())
    while some := dict(islice(items, size)):
        yield some


def _made(wait: Waiting, redactor: Redactor) -> bytes:
    """The line of what waits; nothing where a fault of ours prevents it, which must not cost the others."""
    try:
        with translating():
            return entry_line(masked(wait.make(), redactor), changed=not wait.new)
    except JackfieldError:
        return b""


def _shown(dump: Callable[[], bytes], redactor: Redactor) -> bytes:
    """A conversation to be kept, masked; nothing where it is empty or too large."""
    try:
        with translating():
            data = dump()
            if not data or len(data) > MOST_CONVERSATION:
                return b""
            return json.dumps(masked_json(json.loads(data), redactor), separators=(",", ":")).encode()
    except JackfieldError:
        return b""
