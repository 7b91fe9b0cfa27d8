"""The resident itself: it waits at the socket and forks whoever does a command.

It never has a thread, so that a fork of it is whole. The servers are in a process beside it (the keeper),
which ends when this one does, however that ends.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from services.config.paths import home
from services.processes.registry import offspring
from services.resident import wire
from services.resident.code import Code
from services.resident.commands import Commands, has_ended
from services.resident.errand import KEEP_ALL, LEAVE, Front, attend, do_alone
from services.resident.keeper import keep
from services.resident.populate import populate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ("Resident",)

_END_OF_COMMANDS: Final = 10.0
"""Seconds that commands have to end once they are told to."""
_END_OF_SERVERS: Final = 20.0
_DESCRIPTORS: Final = 1024
"""As many as a process may usually have open; where the system closes them one by one, each costs."""


class Resident:
    """Serves until it was idle for so many seconds, or is told to leave."""

    def __init__(
        self,
        listener: socket.socket,
        path: Path,
        work: Callable[[Sequence[str]], int],
        *,
        idle: float,
        keeps_all: bool,
        say: Callable[[str], None],
    ) -> None:
        self._listener, self._path, self._work, self._say = listener, path, work, say
        self._idle, self._keeps_all = idle, keeps_all
        self._home = home()
        self._waking, self._woken = socket.socketpair()
        self._poll = select.poll()
        self._commands = Commands(self._poll)
        self._spare: _Spare | None = None
        self._leaving = self._stopping = False
        self._used_at = time.monotonic()
        self._code = Code()

    def serve(self, first: Sequence[str] = ()) -> None:
        """Do the `first` command, which nobody hears of, and wait for others."""
        ours, theirs = socket.socketpair()
        gc.freeze()
        keeper = self._fork_keeper(ours, theirs)
        theirs.close()
        ours.setblocking(False)
        for end in (self._waking, self._woken, self._listener):
            end.setblocking(False)
        signal.set_wakeup_fd(self._woken.fileno(), warn_on_full_buffer=False)
        self._listen_to_signals()
        if first and (line := _line_to(ours)) is not None:
            do = partial(do_alone, line, first, self._work, keeps_all=self._keeps_all)
            self._commands.add(self._fork(line, do))
        os.chdir("/")
        for one in (self._listener, ours, self._waking):
            self._poll.register(one, select.POLLIN)
        while not (self._leaving or self._stopping or self._is_idle()):
            self._have_spare(ours)
            ready = self._ready(self._patience())
            if ours.fileno() in ready:
                self._say("the process that keeps the servers has ended")
                self._leaving = True  # commands under way hear of it themselves
            elif self._listener.fileno() in ready:
                self._accept(ours)
        for one in (self._listener, ours):
            self._poll.unregister(one)
        self._end(ours, keeper)

    def _ready(self, seconds: float | None) -> set[int]:
        """Wait until something happens; which descriptors it was. Commands that are over are seen to."""
        found = self._poll.poll(None if seconds is None else seconds * 1000)
        ready = {descriptor for descriptor, _ in found}
        with suppress(BlockingIOError):
            self._waking.recv(1 << 10)
        self._commands.heed(ready)
        if self._commands.reap():
            self._used_at = time.monotonic()
        return ready

    # Who comes.

    def _accept(self, keeper: socket.socket) -> None:
        try:
            conn, _ = self._listener.accept()
        except OSError:  # it is gone already
            return
        with conn:
            who = wire.peer(conn)
            if who is not None and who[1] != os.getuid():
                return
            if self._code.has_changed():
                self._say("our code has changed on the disk")
                self._leaving = True
                return
            self._used_at = time.monotonic()
            front, spare, self._spare = self._front(), self._spare, None
            if spare is not None and spare.takes(conn, keeps_all=self._keeps_all):
                self._commands.add(spare.pid, conn)
            elif (line := _line_to(keeper)) is not None:  # else the command is done without us
                self._commands.add(self._fork(line, lambda: attend(conn, line, front), conn.fileno()), conn)

    def _have_spare(self, keeper: socket.socket) -> None:
        """Have a fork ready for the next command, while there is nothing else to do."""
        if self._spare is not None or self._commands or (line := _line_to(keeper)) is None:
            return
        near, far = socket.socketpair()
        front = self._front()
        pid = self._fork(line, lambda: _wait_for_one(far, line, front), far.fileno())
        far.close()
        self._spare = _Spare(pid, near)

    def _front(self) -> Front:
        return Front(os.getpid(), self._home, self._work, self._keeps_all)

    def _fork(self, line: socket.socket, do: Callable[[], None], *keep: int) -> int:
        pid = os.fork()
        if pid:
            line.close()
            return pid
        try:
            _become_another(keep=(line.fileno(), *keep))
            do()
        finally:
            _leave()

    def _fork_keeper(self, ours: socket.socket, theirs: socket.socket) -> int:
        pid = os.fork()
        if pid:
            return pid
        try:
            ours.close()
            _become_another(keep=(theirs.fileno(),))
            os.chdir("/")
            offspring.begin_anew()
            keep(theirs, self._idle)
        finally:
            _leave()

    # When it ends.

    def _is_idle(self) -> bool:
        return not self._commands and time.monotonic() - self._used_at >= self._idle

    def _patience(self) -> float | None:
        if self._commands:
            return None
        return max(self._used_at + self._idle - time.monotonic(), 0.01)

    def _listen_to_signals(self) -> None:
        def told(number: int, _: object) -> None:
            if number == KEEP_ALL:
                self._keeps_all = True
            elif number == LEAVE:
                self._leaving = True
            elif number != signal.SIGCHLD:
                self._stopping = True

        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, KEEP_ALL, LEAVE):
            if number is not None:
                signal.signal(number, told)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _end(self, keeper: socket.socket, pid: int) -> None:
        """Be found no more, let the commands end, then the servers."""
        self._listener.close()
        with suppress(OSError):
            self._path.unlink()
        if self._spare is not None:
            self._spare.sock.close()
            self._commands.add(self._spare.pid)
        until = 0.0
        while self._commands:
            if self._stopping and not until:  # which may come while it waits for them
                self._commands.end()
                until = time.monotonic() + _END_OF_COMMANDS
            elif until and time.monotonic() > until:
                self._commands.kill()
            self._ready(0.02)
        keeper.close()
        until = time.monotonic() + _END_OF_SERVERS
        while not has_ended(pid):
            if time.monotonic() > until:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)


class _Spare(NamedTuple):
    """A fork that waits for its command."""

    pid: int
    sock: socket.socket

    def takes(self, conn: socket.socket, *, keeps_all: bool) -> bool:
        """Hand it who connected; False where it is gone."""
        with self.sock:
            try:
                socket.send_fds(self.sock, [b"all" if keeps_all else b"some"], [conn.fileno()])
            except OSError:
                return False
        return True


def _wait_for_one(sock: socket.socket, line: socket.socket, front: Front) -> None:
    """What a spare does: get ready, and attend to whoever it is handed."""
    populate()
    said, numbers, _, _ = socket.recv_fds(sock, 8, 1)
    for number in numbers:
        with socket.socket(fileno=number) as conn:
            attend(conn, line, front._replace(keeps_all=said == b"all"))


def _line_to(keeper: socket.socket) -> socket.socket | None:
    """A line to the process that keeps the servers; None while it takes nothing."""
    near, far = socket.socketpair()
    with far:
        try:
            socket.send_fds(keeper, [b"+"], [far.fileno()])
        except OSError:
            near.close()
            return None
    return near


def _become_another(*, keep: tuple[int, ...]) -> None:
    """Be a process of its own right after the fork: nothing of the resident's stays open or acts here."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, KEEP_ALL, LEAVE):
        if number is not None:
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    edge = 3
    for descriptor in sorted(keep):
        os.closerange(edge, descriptor)
        edge = descriptor + 1
    os.closerange(edge, max(edge, _DESCRIPTORS))


def _leave() -> NoReturn:
    """The end of a fork: what it registered is done, what the resident registered is not its business."""
    import atexit

    kind, error, trace = sys.exc_info()
    if kind is not None and error is not None and not isinstance(error, OSError | SystemExit):
        with suppress(OSError, ValueError):
            sys.excepthook(kind, error, trace)
    atexit._run_exitfuncs()
    os._exit(0)
