"""Sessions that are open on a screen: where a command finds them, and its way to their servers.

Each has a socket of its own beside the resident's, named after its process. What goes over it are the
messages of `services.resident.messages`, behind a hello in frames of `services.resident.wire`.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.resident import wire
from services.resident.place import PACKAGE, is_private, socket_name, sockets
from services.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.resident.messages import Opening

__all__ = (
    *("HELLO", "SERVE", "SUFFIX", "borrowed", "hello", "lenders", "met", "open_sessions", "session_name"),
    "stale",
)

SERVE: Final = "serve"
"""The command that puts questions to a session, and uses none of its servers."""
HELLO: Final = b"jackfield session 1"
"""The first field of a session's hello."""
SUFFIX: Final = ".open"
_PATIENCE: Final = 1.0
"""Seconds for a session to answer; after that the command does without."""


def session_name(environ: Mapping[str, str], pid: int) -> str:
    """The name of a session's socket."""
    return f"{_stem(environ)}{pid}{SUFFIX}"


def open_sessions(environ: Mapping[str, str], user: int) -> list[tuple[str, int]]:
    """Sockets of sessions of this home and this installation, with their processes; the newest first."""
    found: list[tuple[float, str, int]] = []
    stem = _stem(environ)
    for directory in dict.fromkeys(os.path.dirname(path) for path in sockets(environ, user)):  # noqa: PTH120
        if not is_private(directory, user):
            continue
        with suppress(OSError):
            for name in os.listdir(directory):  # noqa: PTH208 - names are all that is needed
                pid = name.removeprefix(stem).removesuffix(SUFFIX)
                if name.startswith(stem) and name.endswith(SUFFIX) and pid.isdecimal():
                    path = f"{directory}/{name}"
                    found.append((os.lstat(path).st_mtime, path, int(pid)))
    return [(path, pid) for _, path, pid in sorted(found, reverse=True)]


def lenders() -> list[int]:
    """The processes of the sessions of this home that lend their servers, the newest first."""
    return [pid for _, pid in open_sessions(os.environ, os.getuid()) if not stale(pid)]


def hello(pid: int) -> tuple[bytes, ...]:
    """What a session says first."""
    return HELLO, VERSION.encode(), os.fsencode(PACKAGE), b"%d" % pid


def borrowed(command: str, opening: Opening) -> tuple[socket.socket, int] | None:
    """The line to a session that has all these servers as the command would start them, and its process.

    None where there is none. Blocks for a moment.
    """
    from services.resident.messages import Wanted, ask_once

    def lends(sock: socket.socket) -> bool:
        told = ask_once(sock, Wanted(opening), _PATIENCE, restricted=True)
        return told is not None and told.value is True

    return met(command, lends)


def met(
    command: str, fits: Callable[[socket.socket], bool] = lambda _: True
) -> tuple[socket.socket, int] | None:
    """The line to the newest session that lets the command in and fits, and its process. Blocks."""
    user = os.getuid()
    for path, pid in open_sessions(os.environ, user):
        if _is_stopped(pid):
            continue
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.settimeout(_PATIENCE)
            sock.connect(path)
            if _lets_in(sock, user, pid, command) and fits(sock):
                sock.settimeout(None)
                return sock, pid
        except OSError:
            with suppress(OSError):
                if stale(pid):
                    os.unlink(path)  # noqa: PTH108 - of one that was killed
        sock.close()
    return None


def stale(pid: int) -> bool:
    """Whether the process of a socket is gone."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    return False


def _lets_in(sock: socket.socket, user: int, pid: int, command: str) -> bool:
    """Whether it is ours, runs the very code we run, sees what we see, and wants to hear us."""
    who = wire.peer(sock)
    if who is not None and who != (pid, user):
        return False
    if tuple(wire.receive(sock)) != hello(pid):
        return False
    here, marks = os.getcwdb(), (wire.place_mark("."), wire.world_mark())  # noqa: PTH109
    wire.send(sock, b"use", command.encode(), b"%d" % os.getpid(), here, *marks)
    return wire.receive(sock) == [b"welcome"]


def _stem(environ: Mapping[str, str]) -> str:
    return f"{socket_name(environ).removesuffix('.sock')}-"


def _is_stopped(pid: int) -> bool:
    """Whether a process is suspended, so that nobody needs to wait for it."""
    if not sys.platform.startswith("linux"):
        return False
    with suppress(OSError):
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
        return state in b"Tt"
    return False
