"""The logs of all servers as files under `logs/`: written in batches in a thread, rotated.

Lines come redacted, as `services.logs.server_log` has them. Whoever has a line only puts
it into a queue: a flood costs the event loop a microsecond a line, and what the disk cannot keep
up with is dropped and counted. A disk that is full or may not be written to costs one warning.
"""

from __future__ import annotations

import asyncio
import atexit
import hashlib
import os
import re
import threading
import time
from collections import Counter, deque
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from services.config.paths import home
from services.errors import ConfigurationError
from services.files import keep_private, open_to_append, write_all
from services.text import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from services.events import LogLine

__all__ = ("LIMIT", "LogFiles", "file_name", "home_logs")

LIMIT: Final = 1 << 20
"""Bytes of one file; above, it becomes `.1`, that one `.2`, and the oldest goes."""
KEPT: Final = 3
"""Files a server, the current one included."""

_MOST_WAITING: Final = 20_000
_MOST_BYTES: Final = 8 << 20
_BATCH: Final = 2_000
_PAUSE: Final = 0.1
"""Seconds that a line may wait for others."""
_TRY_AGAIN: Final = 30.0
_LAST_WORDS: Final = 3.0
_SAFE: Final = re.compile(r"[^A-Za-z0-9._-]")
_RESERVED: Final = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z)")


def home_logs(warn: Callable[[str], None]) -> LogFiles | None:
    """The log files of the home directory; None where it is named and not there.

    `warn` is called on the running event loop of the thread that asks.
    """
    loop = asyncio.get_running_loop()

    def tell(text: str) -> None:
        with suppress(RuntimeError):  # the loop is over: nobody is left to tell
            loop.call_soon_threadsafe(warn, text)

    try:
        return LogFiles(home() / "logs", warn=tell)
    except ConfigurationError:
        return None


def file_name(server: str) -> str:
    """`NAME.log`; a name that no file can have gets a hash, so that no two servers share one."""
    safe = _SAFE.sub("_", server)[:80]
    if not safe or safe != server or safe.startswith((".", "-")) or _RESERVED.match(safe):
        mark = hashlib.sha256(server.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        safe = f"{safe.lstrip('.-') or '_'}-{mark}"
        safe = f"_{safe}" if _RESERVED.match(safe) else safe
    return f"{safe}.log"


class LogFiles:
    """Writes log lines of any number of servers; `close` at the end, or it happens at interpreter exit."""

    def __init__(
        self,
        folder: Path,
        *,
        warn: Callable[[str], None] | None = None,
        limit: int = LIMIT,
        kept: int = KEPT,
    ) -> None:
        """`warn` takes one line, once, and is called in the writing thread."""
        self._folder = folder
        self._warn = warn
        self._limit, self._kept = limit, kept
        self._waiting: deque[LogLine] = deque()
        self._size = 0
        self._dropped: Counter[str] = Counter()
        self._lock = threading.Condition()
        self._closed = False
        self._busy = False
        self._thread: threading.Thread | None = None
        self._files: dict[str, Path] = {}
        self._failed_at: float | None = None
        self._warned = False

    def write(self, line: LogLine) -> None:
        """Have a line written soon; never waits for the disk."""
        with self._lock:
            if self._closed:
                return
            if len(self._waiting) >= _MOST_WAITING or self._size >= _MOST_BYTES:
                self._dropped[line.server] += 1
                return
            self._waiting.append(line)
            self._size += len(line.text)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="log files", daemon=True)
                self._thread.start()
                atexit.register(self.close)
            elif len(self._waiting) == 1 or len(self._waiting) == _BATCH:
                self._lock.notify_all()

    def flush(self, seconds: float = _LAST_WORDS) -> bool:
        """Wait until everything is written; whether it was in time."""
        with self._lock:
            self._lock.notify_all()
            return self._lock.wait_for(
                lambda: self._thread is None or not (self._waiting or self._dropped or self._busy), seconds
            )

    def close(self) -> None:
        """Write what is left, for a few seconds at most, and take no more lines."""
        with self._lock:
            self._closed = True
            self._lock.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(_LAST_WORDS)
            atexit.unregister(self.close)

    # The writing thread.

    def _run(self) -> None:
        while True:
            with self._lock:
                self._busy = False
                self._lock.notify_all()
                self._lock.wait_for(lambda: self._waiting or self._closed)
                if not self._closed and len(self._waiting) < _BATCH:
                    self._lock.wait(_PAUSE)
                lines = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
                self._size -= sum(len(line.text) for line in lines)
                dropped: Counter[str] = Counter()
                if not self._waiting:
                    dropped, self._dropped = self._dropped, dropped
                if not lines and not dropped and self._closed:
                    return
                self._busy = True
            self._save(lines, dropped)

    def _save(self, lines: list[LogLine], dropped: Counter[str]) -> None:
        if self._failed_at is not None and time.monotonic() - self._failed_at < _TRY_AGAIN:
            return
        texts: dict[str, list[str]] = {}
        for line in lines:
            texts.setdefault(line.server, []).append(self._text(line))
        for server, count in dropped.items():
            told = f"{_when(time.time())} jackfield warning: {count} lines dropped: they came too fast\n"
            texts.setdefault(server, []).append(told)
        try:
            for server, written in texts.items():
                self._append(self._path(server), written)
        except OSError as error:
            self._failed(error)
        else:
            self._failed_at = None

    def _text(self, line: LogLine) -> str:
        text = printable(line.text).replace("\n", "\n    ")
        source = {"lifecycle": "jackfield"}.get(line.source, line.source)
        level = "" if line.level == "info" else f" {line.level}"
        logger = f" {one_line(line.logger, 100)}" if line.logger else ""
        return f"{_when(line.at)} {source}{level}{logger}: {text}\n"

    def _path(self, server: str) -> Path:
        """One file a server, also where the file system does not tell capitals apart."""
        if server not in self._files:
            name = file_name(server)
            if name.casefold() in {path.name.casefold() for path in self._files.values()}:
                mark = hashlib.sha256(server.encode("utf-8", "surrogatepass")).hexdigest()[:8]
                name = f"{name.removesuffix('.log')}-{mark}.log"
            self._files[server] = self._folder / name
        return self._files[server]

    def _append(self, path: Path, texts: list[str]) -> None:
        keep_private(self._folder)
        start = 0
        while start < len(texts):
            number = open_to_append(path)
            try:
                size = os.fstat(number).st_size
                data = bytearray()
                while start < len(texts) and (not data or size + len(data) < self._limit):
                    data += texts[start].encode("utf-8", "replace")
                    start += 1
                write_all(number, data)
                full = size + len(data) >= self._limit
            finally:
                os.close(number)
            if full:
                self._rotate(path)

    def _rotate(self, path: Path) -> None:
        for number in range(self._kept - 1, 0, -1):
            older = path if number == 1 else path.with_name(f"{path.name}.{number - 1}")
            with suppress(FileNotFoundError):  # another Jackfield was faster
                older.replace(path.with_name(f"{path.name}.{number}"))

    def _failed(self, error: OSError) -> None:
        self._failed_at = time.monotonic()
        if self._warned:
            return
        self._warned = True
        if self._warn is not None:
            reason = one_line(error.strerror or str(error), 200)
            self._warn(f"logs are not saved to {one_line(str(self._folder), 200)}: {reason}")


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
