"""Asking a terminal that no session is drawn on: `jackfield doctor`."""

from __future__ import annotations

import os
import select
import sys
import threading
from codecs import getincrementaldecoder
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from services.pictures.answers import AnswerReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.pictures.answers import Answers

__all__ = ("BareTerminal", "bare_terminal")

_TICK: Final = 0.05


class BareTerminal:
    """The terminal of standard input and output; can be asked (`app.terminal.graphics.Asked`)."""

    def __init__(self) -> None:
        self.fileno = sys.stdin.fileno()
        self._reader = AnswerReader()
        self._answered: Callable[[Answers], object] = lambda _: None

    def ask(self, query: str, answered: Callable[[Answers], object]) -> None:
        """Write a query; `answered` is called, in the thread that reads, when something new was told."""
        self._answered = answered
        self._reader.asked()
        sys.stdout.write(query)
        sys.stdout.flush()

    def read_until(self, over: threading.Event) -> None:
        """Take what the terminal sends, as long as it is there; what is typed meanwhile is lost."""
        decode = getincrementaldecoder("utf-8")("replace").decode
        while not over.is_set():
            if select.select([self.fileno], [], [], _TICK)[0]:
                try:
                    data = os.read(self.fileno, 4_096)
                except OSError:
                    data = b""
                if not data:
                    return
                before = self._reader.answers
                self._reader.read(decode(data))
                if self._reader.answers != before:
                    self._answered(self._reader.answers)


@contextmanager
def bare_terminal() -> Iterator[BareTerminal | None]:
    """The terminal, which shows nothing of its answers meanwhile; None where it cannot be asked.

    Nobody asks from the background, nor where input or output is something else, nor a terminal that
    is not the session's own: whoever has that one may be reading it.
    """
    if sys.platform == "win32" or not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield None
        return
    import termios
    import tty

    terminal, over = BareTerminal(), threading.Event()
    if not _is_in_front(terminal.fileno):
        yield None
        return
    before = termios.tcgetattr(terminal.fileno)
    reading = threading.Thread(target=terminal.read_until, args=(over,), daemon=True, name="answers")
    try:
        tty.setcbreak(terminal.fileno, termios.TCSANOW)
        reading.start()
        yield terminal
    finally:
        over.set()
        reading.join(1)
        with suppress(termios.error):  # it may be gone
            termios.tcsetattr(terminal.fileno, termios.TCSAFLUSH, before)


def _is_in_front(descriptor: int) -> bool:
    """Whether this is the terminal of our session, and we are in its foreground."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        return False
