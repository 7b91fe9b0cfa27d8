"""A recording as a file of JSON lines: one for its beginning, one for each frame, one for its end."""

from __future__ import annotations

import json
import os
import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from services.errors import ConfigurationError, JackfieldError
from services.files import make_directory
from services.secrecy.questions import learn_questions
from services.text import one_line, printable
from services.trace.shown import json_line

if TYPE_CHECKING:
    from pathlib import Path

    from services.secrecy.redaction import Redactor

__all__ = ("VERSION", "Direction", "RecordingFile", "RecordingNotWritten")

VERSION: Final = 1
Direction = Literal["out", "in"]
"""As in a trace: out to the server, in from it."""

_MOST_WAITING: Final = 256 << 20
"""Bytes that wait to be written; what comes beyond them is counted instead."""


class RecordingNotWritten(JackfieldError):
    """A recording could not be written; says where and why."""


@dataclass(frozen=True, slots=True)
class _Frame:
    at: datetime
    direction: Direction
    data: bytes
    about: dict[str, Any]


class RecordingFile:
    """Takes frames without waiting, and writes them in a thread of its own as they come.

    A file that is there must be a recording, or empty: it is added to, since clients start a server more
    than once. With `redactor` what is secret is masked. Use as a context; `trouble` says what went wrong.
    """

    def __init__(self, path: Path, transport: str, server: str, redactor: Redactor | None) -> None:
        """Raises ConfigurationError where the file cannot be a recording."""
        self._path = path
        self._transport = transport
        self._redactor = redactor
        self._waiting: deque[_Frame | dict[str, Any] | None] = deque()
        self._weight = 0
        self._dropped = 0
        self._lock = threading.Condition()
        self._thread = threading.Thread(target=self._write_all, name="recording", daemon=True)
        self.trouble = ""
        _refuse_others(path)
        try:
            make_directory(path.absolute().parent)
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
            self._handle = os.open(path, flags, 0o600)
            _end_line(self._handle)
        except OSError as error:
            raise ConfigurationError(_cannot(path, error)) from error
        self._line(
            {"recording": VERSION, "at": _iso(datetime.now(UTC)), "transport": transport, "server": server}
        )

    def __enter__(self) -> RecordingFile:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Write what is left; a disk that hangs is waited for."""
        with self._lock:
            self._waiting.append(None)
            self._lock.notify()
        self._thread.join()
        os.close(self._handle)

    def put(self, direction: Direction, data: bytes, **about: Any) -> None:
        """A frame went by; returns at once. `about` is what else its line says."""
        with self._lock:
            if self._weight > _MOST_WAITING:
                self._dropped += 1
                return
            self._weight += len(data)
            self._waiting.append(_Frame(datetime.now(UTC), direction, data, about))
            self._lock.notify()

    def note(self, what: str, text: str) -> None:
        """A line about the recording itself, behind the frames that came so far."""
        with self._lock:
            self._waiting.append(_noted(what, text))
            self._lock.notify()

    # In the thread.

    def _write_all(self) -> None:
        while True:
            with self._lock:
                while not self._waiting:
                    self._lock.wait()
                line = self._waiting.popleft()
                if isinstance(line, _Frame):
                    self._weight -= len(line.data)
                dropped, self._dropped = self._dropped, 0
            if dropped:
                self._line(_noted("dropped", f"{dropped:,} frames came faster than they could be written"))
            if line is None:
                return
            self._line(self._told(line) if isinstance(line, _Frame) else line)

    def _told(self, frame: _Frame) -> dict[str, Any]:
        told = {
            "at": _iso(frame.at),
            "direction": frame.direction,
            "transport": self._transport,
            **frame.about,
        }
        redactor = self._redactor
        text = frame.data.decode("utf-8", "replace")
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return told | {"text": printable(redactor.loose(text) if redactor is not None else text)}
        if redactor is not None:
            learn_questions(redactor, message)
            message = redactor.json(message)
        return told | {"message": message}

    def _line(self, value: dict[str, Any]) -> None:
        if self.trouble:
            return
        try:
            data = memoryview(f"{json_line(value)}\n".encode())
            while data:
                data = data[os.write(self._handle, data) :]
        except (OSError, ValueError, RecursionError) as error:
            self.trouble = _cannot(self._path, error)


def _noted(what: str, text: str) -> dict[str, Any]:
    return {"at": _iso(datetime.now(UTC)), "note": what, "text": one_line(text, 500)}


def _refuse_others(path: Path) -> None:
    """Raise ConfigurationError for a file that holds something else."""
    try:
        with path.open("rb") as file:
            first = file.readline(1 << 16)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConfigurationError(_cannot(path, error)) from error
    try:
        ours = not first.strip() or "recording" in json.loads(first)
    except (ValueError, TypeError, RecursionError):
        ours = False
    if not ours:
        name = one_line(str(path), 200)
        raise ConfigurationError(f"{name} is there and is no recording", hint="Name another file.")


def _end_line(handle: int) -> None:
    """Begin a new line where the last one was cut off."""
    size = os.fstat(handle).st_size
    if size and os.lseek(handle, size - 1, os.SEEK_SET) >= 0 and os.read(handle, 1) != b"\n":
        os.write(handle, b"\n")


def _cannot(path: Path, error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error)
    return f"cannot write {one_line(str(path), 200)}: {one_line(reason, 200)}"


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
