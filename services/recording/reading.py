"""Reading a recording: one of `jackfield record`, a saved trace of ours, or one of mcporter.

mcporter's lines are JSON-RPC messages with a `_meta` of their own: `dir` is `send`, `recv` or
`lifecycle`, `server` a name (its docs/record-replay.md).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.errors import ConfigurationError
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from services.recording.frames import Direction

__all__ = ("Recorded", "Recording", "read_recording")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One message as it went by."""

    direction: Direction
    message: dict[str, Any]
    server: str = ""
    connection: object = None
    """Whatever sets apart the requests whose ids may be the same."""
    at: float | None = None
    """When it went by, in seconds; None where the file does not say."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What a file holds, in the order in which it went by."""

    frames: tuple[Recorded, ...] = ()
    cut: int = 0
    """Messages of which only the beginning was kept: they cannot be replayed."""

    @property
    def servers(self) -> tuple[str, ...]:
        """The servers that it is of, as far as the file says."""
        return tuple(dict.fromkeys(frame.server for frame in self.frames))

    def of(self, server: str) -> Recording:
        """The frames of one server."""
        return Recording(tuple(frame for frame in self.frames if frame.server == server), self.cut)


def read_recording(path: Path) -> Recording:
    """Read a file. Raises ConfigurationError where it cannot be read, or holds no messages."""
    name = one_line(str(path), 200)
    try:
        with path.open("rb") as file:
            reader = _Reader()
            frames = tuple(reader.frames(file))
    except OSError as error:
        reason = one_line(error.strerror or type(error).__name__)
        raise ConfigurationError(f"cannot read {name}: {reason}") from error
    except ValueError as error:
        raise ConfigurationError(f"{name} is no recording: {one_line(str(error), 200)}") from None
    if not frames:
        raise ConfigurationError(
            f"{name} holds no messages", hint="jackfield record FILE -- CMD makes a recording."
        )
    return Recording(frames, reader.cut)


class _Reader:
    def __init__(self) -> None:
        self.cut = 0
        self._server = ""
        self._begun = 0

    def frames(self, lines: Iterable[bytes]) -> Iterator[Recorded]:
        """The frames of all lines; ValueError where the first is no JSON object.

        A later one that is none was cut off when whoever wrote it was killed.
        """
        begun = False
        for line in lines:
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                value = None
            if isinstance(value, dict):
                begun = True
                yield from self._frame(value)
            elif begun:
                self.cut += 1
            else:
                raise ValueError("its first line is no JSON object")

    def _frame(self, value: dict[str, Any]) -> Iterator[Recorded]:
        meta = value.get("_meta")
        if "jsonrpc" in value and isinstance(meta, dict) and "dir" in meta:
            yield from self._of_mcporter(value, meta)
        elif "recording" in value or "trace" in value:
            self._begun += 1
            self._server = str(value.get("server" if "recording" in value else "trace", ""))
        elif (direction := value.get("direction")) in ("out", "in"):
            connection = (self._begun, value.get("connection"), value.get("exchange"))
            yield from self._messages(direction, value, connection)

    def _messages(
        self, direction: Direction, value: dict[str, Any], connection: object
    ) -> Iterator[Recorded]:
        message = value.get("message")
        if message is None:
            # What is no JSON at all was noise; of a message in a trace the beginning may be left.
            self.cut += str(value.get("text", "")).startswith("(the first ")
            return
        for one in message if isinstance(message, list) else [message]:
            if isinstance(one, dict):
                yield Recorded(direction, one, self._server, connection, _seconds(value.get("at")))

    def _of_mcporter(self, value: dict[str, Any], meta: dict[str, Any]) -> Iterator[Recorded]:
        directions: dict[object, Direction] = {"send": "out", "recv": "in"}
        direction = directions.get(meta["dir"])
        if direction is not None:
            message = {key: entry for key, entry in value.items() if key != "_meta"}
            server = str(meta.get("server", ""))
            yield Recorded(direction, message, server, server, _seconds(meta.get("ts")))


def _seconds(at: object) -> float | None:
    """A time as it is written; None for what is none."""
    try:
        return datetime.fromisoformat(at).timestamp() if isinstance(at, str) else None
    except (ValueError, OverflowError, OSError):
        return None
