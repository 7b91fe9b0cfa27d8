"""Running one command over a connection: its servers, what they say meanwhile, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from app.command_line.connect.keeping import begin_to_keep, kept_manager
from app.command_line.terminal.line import WaitingLine
from app.command_line.terminal.logged import logged
from app.command_line.terminal.output import DECLINED, note, paint, warning
from app.command_line.terminal.questions import Questions
from app.command_line.terminal.typed import Typed
from app.login_words import logins_for
from app.remedy_words import advice_in_shell, in_shell
from services.connection_manager import ConnectionManager
from services.connections.eras import home_eras
from services.connections.offers import home_offers
from services.connections.skill_files import home_skill_files
from services.connections.task_book import home_tasks
from services.errors import ConfigurationError, ConnectionFailed, JackfieldError, LoginNeeded
from services.events import LogLine, ServerState, StatusChanged
from services.inbox.questions import LinkFinished, QuestionAsked, QuestionClosed
from services.logs.files import home_logs
from services.remedies import Enable, LengthenStart
from services.text import one_line
from services.version import VERSION
from services.web.headers import resolve_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from app.command_line.connect.targets import Wish
    from services.events import Event, ServerStatus
    from services.settings import ServerSettings
    from services.trace.trace import Trace

__all__ = ("Desk", "run")


_INSIST: Final = 0.05


def run(work: Callable[[], Coroutine[None, None, int]]) -> int:
    """Run a command to its exit status; Ctrl+C and SIGTERM cancel it and end everything it started.

    The status is then 128 and the number of the signal, as shells have it.
    """
    # Libraries that complain do not write to the person's terminal.
    logging.getLogger().addHandler(logging.NullHandler())
    return asyncio.run(_until_signal(work))


async def _until_signal(work: Callable[[], Coroutine[None, None, int]]) -> int:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work())
    received: list[int] = []

    def end(number: int) -> None:
        # The first cancels the work, which then ends its servers; one more does not wait for that.
        received.append(number)
        task.cancel()
        if len(received) == 2:
            insist()

    def insist() -> None:
        # What is under way may take a cancellation for its own and go on ending things in order.
        if not task.done():
            task.cancel()
            loop.call_later(_INSIST, insist)

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # nohup, or behind &
            with suppress(NotImplementedError):  # Windows, where asyncio itself ends at Ctrl+C
                loop.add_signal_handler(number, end, number)
    try:
        return await task
    except asyncio.CancelledError:
        if received:
            note(paint("Cancelled.", "dim", sys.stderr))
            return 128 + received[0]
        raise


class Desk:
    """The servers of one command, connected while the block runs."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.line = WaitingLine()
        logs = home_logs(self._warn)
        self.manager = kept_manager(wish, self._hear) or ConnectionManager(
            wish.servers,
            listener=self._hear,
            version=VERSION,
            logs=logs,
            logins=logins_for(wish.configuration, self._warn),
            eras=home_eras(),
            offers=home_offers(),
            tasks=home_tasks(),
            skill_files=home_skill_files(),
        )
        self.traces: list[Trace] = []
        """What else goes into the file of the trace, besides the servers'."""
        self.typed = Typed()
        """What the person types: one reader for all questions, whoever asks them."""
        self._questions = Questions(self.manager.inbox, self.line, self.typed, wish.answers)

    async def __aenter__(self) -> Self:
        """Start the servers and wait for them; raises the JackfieldError of one that must be there."""
        self._questions.begin()
        try:
            for server in self.wish.servers:
                if self._must_work(server):
                    _preflight(server)
            await self.manager.start(lazily=self.wish.lazily)
            self._tell_starting()
            await self.manager.settled()
            self.line.hide()
            self._tell_failures()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        usable = self.manager.usable
        await self._close()
        begin_to_keep(self.wish, usable)
        if kind is None:
            self._questions.tell_unused()

    async def _close(self) -> None:
        self.line.hide()
        try:
            await self.manager.close()
            await self._save_trace()
        finally:
            await self._questions.end()
            await self.line.end()

    async def _save_trace(self) -> None:
        if self.wish.trace is not None:
            from services.trace.file import write_traces

            traces = [*(self.manager.trace(name) for name in self.manager.servers), *self.traces]
            try:
                await asyncio.to_thread(write_traces, traces, Path(self.wish.trace))
            except JackfieldError as error:
                self._warn(error.message)

    @property
    def declined(self) -> int:
        """How many questions of servers were declined because nobody could answer."""
        return self._questions.declined

    def status(self, status: int) -> int:
        """The exit status of a request; a question nobody could answer explains a failure."""
        return DECLINED if self.declined else status

    @property
    def failures(self) -> dict[str, JackfieldError]:
        """The servers that are not ready, and what that means to a command."""
        usable = self.manager.usable
        return {s.server: _why(s, self.wish) for s in self.manager.statuses if s.server not in usable}

    @property
    def server(self) -> str:
        """The name of the one server that was asked for."""
        return self.wish.server.name

    @property
    def shown(self) -> str:
        """The same, printable."""
        return one_line(self.server, 80)

    def _must_work(self, server: ServerSettings) -> bool:
        return self.wish.single or server.required

    def _tell_failures(self) -> None:
        """Raise for servers that must work; say so of the others, and raise when none works."""
        errors = self.failures
        needed = [server.name for server in self.wish.servers if self._must_work(server)]
        grave = [name for name in needed if name in errors]
        if not grave and not self.wish.optional and len(errors) == len(self.wish.servers):
            grave = list(errors)
        for name, error in errors.items():
            if name not in grave[-1:]:
                style, word = ("red", "Error") if name in grave else ("yellow", "Warning")
                self.line.say(f"{paint(f'{word}:', style, sys.stderr)} {error}")
        if grave:
            raise errors[grave[-1]]

    # What the servers say meanwhile.

    def _hear(self, event: Event) -> None:
        match event:
            case LogLine():
                self._log(event)
            case StatusChanged():
                self._tell_starting()
            case QuestionAsked(question=question):
                self._questions.asked(question)
            case LinkFinished(question=question):
                self._questions.finished(question)
            case QuestionClosed(question=question, outcome=outcome, reason=reason):
                self._questions.closed(question, outcome, reason)
            case _:
                pass

    def _warn(self, text: str) -> None:
        self.line.say(warning(text))

    def _log(self, line: LogLine) -> None:
        """Warnings and worse; everything when the person wants to hear more."""
        if said := logged(line, verbose=self.wish.verbose):
            self.line.say(said)

    def _tell_starting(self) -> None:
        statuses = self.manager.statuses
        waiting = [one_line(s.server, 40) for s in statuses if s.state is ServerState.STARTING]
        if waiting:
            of = f" {len(statuses) - len(waiting) + 1}/{len(statuses)}" if len(statuses) > 1 else ""
            self.line.show(f"starting{of}: {', '.join(waiting)}")


def _preflight(server: ServerSettings) -> None:
    """Raise for what is wrong with the configuration rather than with the server."""
    if server.invalid:
        raise ConfigurationError(f"{server.shown_name}: {server.invalid}", hint=server.hint)
    if not server.enabled:
        raise ConfigurationError(f"{server.shown_name} is disabled", hint=in_shell(Enable(server.name)))
    if server.transport != "stdio":
        resolve_headers(server, os.environ)


def _why(status: ServerStatus, wish: Wish) -> JackfieldError:
    """The error that a server which did not become ready means to a command."""
    name, hint = one_line(status.server, 80), status.hint
    if status.state is ServerState.LOGIN_NEEDED:
        given = not wish.configured
        return LoginNeeded(status.cause, hint=advice_in_shell(hint, status.remedy, given=given))
    if status.state is ServerState.INVALID:
        return ConfigurationError(f"{name}: {status.cause}", hint=hint)
    if status.state is ServerState.DISABLED:
        return ConfigurationError(f"{name} is disabled", hint=in_shell(Enable(status.server)))
    if isinstance(status.remedy, LengthenStart):
        hint = in_shell(status.remedy, given=not wish.configured)
    if not hint:
        address = shlex.quote(status.address) if status.transport != "stdio" else "-- CMD ARGS…"
        what = shlex.quote(name) if wish.configured else address
        hint = f"For details: jackfield mcp check {what}"
    verb = "started" if status.transport == "stdio" else "reached"
    return ConnectionFailed(f"{name} cannot be {verb}: {status.cause or status.state}", hint=hint)
