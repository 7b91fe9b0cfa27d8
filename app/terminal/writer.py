"""Writing to a terminal that may be slow, stopped or gone, without ever waiting for it for long."""

from __future__ import annotations

import os
import threading
from collections import deque
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("TerminalWriter",)

_AHEAD: Final = 1 << 18
"""Characters that may wait before whoever draws is held back."""
_MOST: Final = 1 << 22
"""Characters that may wait at all; above, a terminal that does not read loses them and is drawn anew."""
_PATIENCE: Final = 0.04
"""Seconds that whoever draws is held back at a time."""
_CHUNK: Final = 1 << 14
_ENDING: Final = 0.5
"""Seconds that a terminal has to take the last of what it should show."""


class TerminalWriter(threading.Thread):
    """Writes texts to a terminal in their order; stands in for Textual's `WriterThread`.

    That one holds a queue of thirty texts and waits for room in it, so the event loop stops with
    a terminal that stops reading, and its `stop` waits for one that is gone.
    """

    def __init__(self, file: TextIO, redraw: Callable[[], None]) -> None:
        """`redraw` is called, from this thread, when a terminal reads again that has missed something."""
        super().__init__(daemon=True, name="terminal-output")
        self._file = file
        self._redraw = redraw
        self._texts: deque[str] = deque()
        self._size = 0
        self._changed = threading.Condition()
        self._stuck = False
        self._missed = False
        self._ending = False
        self._gone = False

    def write(self, text: str) -> None:
        """Have a text written; waits a moment where much is waiting and the terminal still reads."""
        with self._changed:
            if self._gone or self._ending:
                return
            self._texts.append(text)
            self._size += len(text)
            self._changed.notify_all()
            if self._size > _AHEAD and not self._stuck:
                self._stuck = not self._changed.wait_for(lambda: self._size <= _AHEAD, _PATIENCE)
            if self._size > _MOST:
                self._texts.clear()
                self._size, self._missed = 0, True

    @property
    def waiting(self) -> int:
        """Characters that the terminal has not taken yet."""
        return self._size

    def isatty(self) -> bool:
        """Whether this is a terminal; Textual asks, and it is one."""
        return True

    def fileno(self) -> int:
        """The descriptor of the terminal."""
        return self._file.fileno()

    def flush(self) -> None:
        """Nothing to do: every text is written at once."""

    def run(self) -> None:
        """Write what comes until the end."""
        encoding, errors = self._file.encoding or "utf-8", self._file.errors or "replace"
        while (text := self._next()) is not None:
            if not self._put(text.encode(encoding, errors)):
                return

    def stop(self) -> None:
        """Write what waits and end; a terminal that does not take it in time is left alone."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        self.join(_ENDING)
        with self._changed:
            self._gone = True
            self._texts.clear()

    # In the thread.

    def _next(self) -> str | None:
        with self._changed:
            self._changed.wait_for(lambda: self._texts or self._ending)
            return self._texts.popleft() if self._texts and not self._gone else None

    def _put(self, data: bytes) -> bool:
        """Write the whole of a text, by the descriptor alone: a lock of Python's would outlive us."""
        view, size = memoryview(data), len(data)
        try:
            while view and not self._gone:
                view = view[os.write(self._file.fileno(), view[:_CHUNK]) :]
        except (OSError, ValueError):  # nobody is there any more
            with self._changed:
                self._gone = True
                self._texts.clear()
                self._size = 0
                self._changed.notify_all()
            return False
        self._written(size)
        return True

    def _written(self, size: int) -> None:
        with self._changed:
            self._size = sum(map(len, self._texts)) if len(self._texts) < 64 else max(0, self._size - size)
            self._stuck = self._stuck and self._size > _AHEAD
            missed = self._missed and not self._texts
            self._missed = self._missed and not missed
            self._changed.notify_all()
        if missed:
            self._redraw()
