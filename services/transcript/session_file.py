"""The file of one session that is being written: whole lines, never more than so many bytes."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from services.errors import ConfigurationError
from services.files import keep_private, open_to_append, write_all, write_whole
from services.transcript.folder import MODEL, OLDER, beside
from services.transcript.lines import heading_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from services.transcript.entries import Heading

__all__ = ("MOST_BYTES", "SessionFile")

MOST_BYTES: Final = 64 << 20
"""Bytes of one file; then it becomes the older of two, and what was older goes."""


class SessionFile:
    """A file that lines are added to; opened for each batch of them, so that it may be removed meanwhile."""

    def __init__(self, path: Path, heading: Heading, most: int = MOST_BYTES) -> None:
        self.path = path
        self._heading = heading
        self._most = most
        self._torn = True
        """Whether it may end within a line."""

    @contextmanager
    def opened(self) -> Iterator[Callable[[bytes], None]]:
        """The file, made where there is none; what it yields writes whole lines in one go. Raises OSError."""
        keep_private(self.path.parent)
        number = open_to_append(self.path)
        try:
            if not os.fstat(number).st_size:
                self._write(number, heading_line(self._heading))
            yield lambda lines: self._write(number, lines)
            size = os.fstat(number).st_size
        finally:
            os.close(number)
        if size >= self._most:
            self.path.replace(beside(self.path, OLDER))
            with self.opened():
                pass  # a session is known by the newer file

    def _write(self, number: int, lines: bytes) -> None:
        torn, self._torn = self._torn, True
        write_all(number, b"\n" + lines if torn and os.fstat(number).st_size else lines)
        self._torn = False

    def keep_conversation(self, said: bytes) -> None:
        """Keep what was said with a model in the place of what was kept. Raises OSError."""
        target = beside(self.path, MODEL)
        if not said:
            target.unlink(missing_ok=True)
            return
        try:
            write_whole(target, said)
        except ConfigurationError as error:
            raise OSError(0, error.message, str(target)) from error
