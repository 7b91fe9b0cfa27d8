"""Textual's driver for Unix terminals, made to leave whatever the terminal does."""

from __future__ import annotations

import asyncio
import os
import selectors
import signal
import socket
from codecs import getincrementaldecoder
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver

from app.terminal.writer import TerminalWriter
from services.pictures.answers import AnswerReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TextIO

    from services.pictures.answers import Answers

__all__ = ("TerminalDriver", "Waker")

_TICK: Final = 0.1
_READ: Final = 4_096


class TerminalDriver(LinuxDriver):
    """Differs from Textual's in six things.

    Writing never waits for a terminal that stopped reading or is gone. A SIGCONT begins the
    application mode anew only after a stop, not after the SIGHUP of a closed terminal, which the
    kernel sends together with one. The app hears of every stop and of every return, also of those that
    come as signals from outside. Once `leaving` is called the process can no longer be stopped
    for touching the terminal from the background. The end of the input ends the app. What the terminal
    answers when it is asked for graphics is no input: Textual's parser would take it for typed.
    """

    _suspended = False
    _leaving = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._answer_reader = AnswerReader()
        self._answered: Callable[[Answers], object] | None = None
        self._waker: Waker | None = None

    def ask(self, query: str, answered: Callable[[Answers], object]) -> None:
        """Write a query; `answered` is called, in the thread of the input, when something new was told."""
        self._answered = answered
        self._answer_reader.asked()
        self.write(query)

    def leaving(self) -> None:
        """The app is about to end: do not stop for anything, and do not come back."""
        self._leaving = True
        for number in (signal.SIGTTOU, signal.SIGTTIN, signal.SIGTSTP):
            signal.signal(number, signal.SIG_IGN)

    def start_application_mode(self) -> None:
        # Textual names the class in its module; it is put back at once, for nothing else uses it.
        former = vars(linux_driver)["WriterThread"]
        vars(linux_driver)["WriterThread"] = self._writer
        try:
            super().start_application_mode()  # type: ignore[no-untyped-call]
        finally:
            vars(linux_driver)["WriterThread"] = former
        self._suspended = False
        self._answer_reader.begin_anew()
        if self._waker is None:
            self._waker = Waker()

    def close(self) -> None:
        super().close()
        if self._waker is not None:
            self._waker.close()
            self._waker = None

    def _writer(self, file: TextIO) -> TerminalWriter:
        return TerminalWriter(file, self._redraw)

    def _redraw(self) -> None:
        self._app.call_later(getattr(self._app, "drawn_anew", self._app.refresh))

    def suspend_application_mode(self) -> None:
        waker, self._waker = self._waker, None  # the SIGCONT that ends this may come to another thread
        super().suspend_application_mode()
        self._waker = waker
        self._suspended = True

    def _sigtstp_application(self, *_: object) -> None:
        if self._auto_restart:
            self._tell_of_stop()
        super()._sigtstp_application()

    def _tell_of_stop(self) -> None:
        """Tell the app, while the terminal is still its own; `start_application_mode` tells of the return."""
        self._app.app_suspend_signal.publish(self._app)
        self._must_signal_resume = True

    def _sigcont_application(self, *_: object) -> None:
        if self._leaving or not self._auto_restart:
            return
        if not self._suspended:
            # Stopped by SIGSTOP: the modes may have been changed meanwhile, the threads are alive.
            if not self._is_there():
                return
            self._tell_of_stop()
            self.suspend_application_mode()
        self.resume_application_mode()

    def _is_there(self) -> bool:
        """Whether the terminal still exists; a closed one has no name for its foreground group."""
        try:
            os.tcgetpgrp(self.fileno)
        except OSError:
            return False
        return True

    def run_input_thread(self) -> None:
        """Read keys until the driver stops or the input ends."""
        parser, decode = XTermParser(self._debug), getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(_TICK):
                    try:
                        data = os.read(self.fileno, _READ)
                    except OSError:
                        data = b""
                    if not data:
                        self._app.call_later(self._app.exit, None, 128 + signal.SIGHUP)
                        return
                    self._feed(parser, self._without_answers(decode(data)))
                self._feed(parser, self._answer_reader.overdue())
                for event in parser.tick():
                    self.process_message(event)
        try:
            for _ in parser.feed(""):
                pass
        except (EOFError, ParseError):
            pass

    def _feed(self, parser: XTermParser, text: str) -> None:
        if text:  # an empty one would be the end
            for event in parser.feed(text):
                self.process_message(event)

    def _without_answers(self, text: str) -> str:
        before = self._answer_reader.answers
        passed = self._answer_reader.read(text)
        if self._answered is not None and self._answer_reader.answers != before:
            self._answered(self._answer_reader.answers)
        return passed


class Waker:
    """Has the loop wake when a signal comes that another thread was given.

    A SIGCONT often is: Python's handler then waits for the main thread, and that one for its next event.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._read, self._write = socket.socketpair()
        for end in (self._read, self._write):
            end.setblocking(False)
        self._loop.add_reader(self._read, self._drain)
        former = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        self._is_ours = former == -1
        if not self._is_ours:
            signal.set_wakeup_fd(former)  # somebody is woken already

    def _drain(self) -> None:
        with suppress(BlockingIOError):
            self._read.recv(4096)

    def close(self) -> None:
        if self._is_ours:
            signal.set_wakeup_fd(-1)
        if not self._loop.is_closed():
            self._loop.remove_reader(self._read)
        self._read.close()
        self._write.close()
