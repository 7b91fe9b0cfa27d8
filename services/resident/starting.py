"""How a resident comes to be, one at a time for a home, and how it is ended."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from services.errors import ConfigurationError
from services.resident import wire
from services.resident.client import meet
from services.resident.place import PACKAGE, directories, is_private, make_private, socket_name, sockets
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = (
    "AlreadyThere",
    "bound",
    "residents",
    "socket_directory",
    "spawn",
    "status",
    "stop",
    "wait_for_one",
)

_PROGRAM: Final = "import sys; sys.path.insert(0, {!r}); from app.__main__ import main; main()"
_HOLDING: Final = 15.0
"""Seconds that a resident which leaves may hold its place."""

_HUNG: Final = 3.0
"""Seconds for one that does not even answer."""


class AlreadyThere(ConfigurationError):
    """Another resident of this home has the place."""


@contextmanager
def bound(patience: float = 0.0) -> Iterator[tuple[socket.socket, Path]]:
    """The socket that commands find, and its path, held by a lock while the block runs.

    Raises AlreadyThere, or ConfigurationError where no directory will do. What is left of a resident that
    was killed is removed: whoever holds the lock knows that nobody listens there.
    """
    from filelock import FileLock, Timeout

    directory = socket_directory()
    path = directory / socket_name(os.environ)
    lock = FileLock(path.with_suffix(".lock"), timeout=patience, mode=0o600, thread_local=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise AlreadyThere("a resident runs already") from error
    holder = path.with_suffix(".pid")
    try:
        _write_holder(holder)
        yield _listener(path), path
    finally:
        for left in (path, holder):
            with suppress(OSError):
                left.unlink()
        lock.release()


def _write_holder(path: Path) -> None:
    """Say which process holds the place, for as long as its socket does not: it may be leaving, or full."""
    from services.processes.guardian import since

    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        os.write(number, b"%d %d" % (os.getpid(), since()))
    finally:
        os.close(number)


def _holder(path: Path) -> int | None:
    """The process that holds the place of a socket, where one does."""
    from filelock import FileLock, Timeout

    from services.processes.guardian import look

    try:
        pid, started = map(int, path.with_suffix(".pid").read_bytes().split())
    except (OSError, ValueError):
        return None
    try:
        with FileLock(path.with_suffix(".lock"), timeout=0, mode=0o600, thread_local=False):
            return None  # it was killed
    except Timeout:
        process = look(pid)
        return pid if process is None or process.started == started else None


def _listener(path: Path) -> socket.socket:
    with suppress(FileNotFoundError):
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(os.fspath(path))
    finally:
        os.umask(mask)
    listener.listen(64)
    return listener


def socket_directory() -> Path:
    """The directory of sockets, made where there is none. Raises ConfigurationError where none will do."""
    user = os.getuid()
    short = {os.path.dirname(path) for path in sockets(os.environ, user)}  # noqa: PTH120
    for directory in directories(os.environ, user):
        if directory in short and make_private(directory, user):
            return Path(directory)
    tried = ", ".join(one_line(directory, 200) for directory in directories(os.environ, user))
    raise ConfigurationError(
        f"there is no directory for a resident's socket: {tried}",
        hint="One of them must be yours alone (chmod 700), and its path short.",
    )


def spawn(words: Sequence[str], *, keeps_all: bool = False) -> subprocess.Popen[bytes]:
    """Start a resident that outlives this process; once it is there it does these words by itself."""
    options = ["--all"] if keeps_all else []
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM.format(PACKAGE), "resident", "run", *options, "--", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def wait_for_one(started: subprocess.Popen[bytes], seconds: float) -> dict[str, Any] | None:
    """What the resident says of itself, once it answers; None where it ended or does not come."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if (told := status()) is not None:
            return told
        if started.poll() is not None:
            return status()
        time.sleep(0.02)
    return None


def status() -> dict[str, Any] | None:
    """What the resident of this home says of itself; None where there is none that we can speak with."""
    try:
        meeting = meet()
        if meeting is None or not meeting.fits:
            return None
        wire.send(meeting.sock, b"status")
        meeting.sock.settimeout(_HOLDING)
        answer = wire.receive(meeting.sock)
    except OSError:
        return None
    if answer[:1] != [b"status"]:
        return None
    said: dict[str, Any] = json.loads(answer[1])
    return said


def keep_all() -> bool:
    """Have the resident keep every configured server; whether it heard."""
    try:
        meeting = meet()
        if meeting is None or not meeting.fits:
            return False
        wire.send(meeting.sock, b"keep all")
        return wire.receive(meeting.sock) == [b"done"]
    except OSError:
        return False


def residents() -> tuple[int, ...]:
    """The processes that hold the sockets of this home, or their places, whether they answer or not."""
    return _listening() or _holding()


def _listening() -> tuple[int, ...]:
    user = os.getuid()
    found = []
    for path in _private_sockets(user):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock, suppress(OSError):
            sock.settimeout(1.0)
            sock.connect(path)
            who = wire.peer(sock)
            if who is not None and who[1] == user and who[0] > 0:
                found.append(who[0])
    return tuple(dict.fromkeys(found))


def _holding() -> tuple[int, ...]:
    """Those that hold a place without a socket that takes anybody: they are leaving, or cannot."""
    found = (_holder(Path(path)) for path in _private_sockets(os.getuid()))
    return tuple(dict.fromkeys(pid for pid in found if pid is not None))


def _private_sockets(user: int) -> Iterator[str]:
    return (path for path in sockets(os.environ, user) if is_private(os.path.dirname(path), user))  # noqa: PTH120


def stop(seconds: float = _HOLDING) -> tuple[int, ...]:
    """End the residents of this home, also those that hang; their processes. Returns when they are gone."""
    listening = _listening()
    found = listening or _holding()
    if not found and (meeting := meet()) is not None:  # where the system does not tell who listens
        found = (int(meeting.pid),)
    if listening and status() is None:
        seconds = min(seconds, _HUNG)
    for pid in found:
        for number, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5.0)):
            if _has_gone(pid, number, patience):
                break
    with suppress(ConfigurationError), bound():
        return found  # what one that was killed has left is removed
    return found


def _has_gone(pid: int, number: int, seconds: float) -> bool:
    """Send a signal; whether the process is gone within the time."""
    until = time.monotonic() + seconds
    with suppress(ProcessLookupError):
        os.kill(pid, number)
        while time.monotonic() < until:
            os.kill(pid, 0)
            if _is_zombie(pid):
                return True
            time.sleep(0.02)
        return False
    return True


def _is_zombie(pid: int) -> bool:
    from services.processes.guardian import look

    process = look(pid)
    return process is not None and not process.alive
