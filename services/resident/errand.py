"""One command that a resident does: a fork of it takes the place of the process that asked.

It has that process's streams, directory, environment, mask and ignored signals, does the words as the
command line does, and says how that ended. The process that asked sends it its signals itself.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from services.config.paths import home
from services.errors import ConfigurationError
from services.hardening import drop_loader_variables
from services.processes.registry import offspring
from services.resident import wire
from services.resident.commands import GONE, hung_up
from services.resident.messages import Ping, StatusWanted, ask_once
from services.resident.place import PACKAGE
from services.resident.warm import lent
from services.version import VERSION

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ("KEEP_ALL", "LEAVE", "Front", "attend", "do_alone")

LEAVE: Final = signal.SIGUSR2 if os.name == "posix" else None
KEEP_ALL: Final = signal.SIGUSR1 if os.name == "posix" else None

_PATIENCE: Final = 5.0


class Front(NamedTuple):
    """What a fork has to know of the resident."""

    pid: int
    home: Path
    work: Callable[[Sequence[str]], int]
    keeps_all: bool


class Circumstances(NamedTuple):
    """Where and how a command was given, as `services.resident.client` tells it."""

    directory: bytes
    mark: bytes
    world: bytes
    mask: int
    ignored: tuple[int, ...]
    streams: tuple[tuple[str, str], ...]
    """Encoding and errors of the three."""
    words: list[str]
    environ: dict[bytes, bytes]

    @classmethod
    def read(cls, fields: Sequence[bytes]) -> Circumstances:
        """Those of a request; raises ValueError."""
        directory, mark, world, mask, ignored, *rest = fields
        encodings, count, rest = rest[:3], int(rest[3]), rest[4:]
        pairs = (pair.partition(b"=") for pair in rest[count:])
        parts = (os.fsdecode(one).partition(" ") for one in encodings)
        return cls(
            directory,
            mark,
            world,
            int(mask, 8),
            tuple(int(number) for number in ignored.split()),
            tuple((encoding, errors) for encoding, _, errors in parts),
            [os.fsdecode(word) for word in rest[:count]],
            {name: value for name, _, value in pairs},
        )


def attend(conn: socket.socket, keeper: socket.socket, front: Front) -> None:
    """Say hello to whoever connected, and do what is asked; for a fork of its own."""
    offspring.begin_anew()
    conn.settimeout(_PATIENCE)
    wire.send(conn, wire.PROTOCOL, VERSION.encode(), os.fsencode(PACKAGE), b"%d" % front.pid)
    fields, descriptors = wire.receive_with(conn, 3)
    match fields[:1]:
        case [b"run"] if len(descriptors) == 3:
            _run(conn, keeper, front, Circumstances.read(fields[1:]), descriptors)
        case [b"status"]:
            told = ask_once(keeper, StatusWanted(), _PATIENCE)
            kept = told.value if told is not None else {}
            said = {"pid": front.pid, "version": VERSION, "keeps_all": front.keeps_all, **kept}
            wire.send(conn, b"status", json.dumps(said).encode())
        case [b"leave"] if LEAVE is not None:
            os.kill(front.pid, LEAVE)
        case [b"keep all"] if KEEP_ALL is not None:
            os.kill(front.pid, KEEP_ALL)
            wire.send(conn, b"done")


def do_alone(
    keeper: socket.socket, words: Sequence[str], work: Callable[[Sequence[str]], int], *, keeps_all: bool
) -> None:
    """Do a command that nobody waits for, here; for a fork of its own."""
    offspring.begin_anew()
    lent(keeper, keeps_all=keeps_all)
    _status_of(work, words)


def _run(
    conn: socket.socket, keeper: socket.socket, front: Front, given: Circumstances, streams: Sequence[int]
) -> None:
    if not _arrived(given, front) or ask_once(keeper, Ping(), 1.0) is None:
        wire.send(conn, b"no")
        return
    wire.send(conn, b"begins", b"%d" % os.getpid())
    if wire.receive(conn) != [b"go"]:
        return
    _take_over(given, streams)
    lent(keeper, keeps_all=front.keeps_all)
    conn.settimeout(None)
    status = 1
    try:
        _listen_for_the_end_of(conn)
        status = _status_of(front.work, given.words)
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        _hear_no_more()
        with suppress(OSError):
            wire.send(conn, b"ended", b"%d" % (status & 0xFF))


def _arrived(given: Circumstances, front: Front) -> bool:
    """Go where the command was given; whether that is the same place, and the same home, from here too."""
    os.environb.clear()
    os.environb.update(given.environ)
    drop_loader_variables(os.environ)
    try:
        os.chdir(given.directory)
        same = (wire.place_mark("."), wire.world_mark()) == (given.mark, given.world)
        return same and os.path.samefile(home(), front.home)  # noqa: PTH121
    except (OSError, ConfigurationError):
        return False


def _take_over(given: Circumstances, streams: Sequence[int]) -> None:
    os.umask(given.mask)
    time.tzset()
    sys.argv = ["jackfield", *given.words]
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        encoding, errors = given.streams[number]
        lines = number == 2 or (number == 1 and os.isatty(1))
        raw = open(number, f"{mode}b", closefd=False)  # noqa: SIM115
        setattr(sys, name, io.TextIOWrapper(raw, encoding, errors, line_buffering=lines))
        setattr(sys, f"__{name}__", getattr(sys, name))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        signal.signal(number, signal.SIG_IGN if number in given.ignored else usual)


def _listen_for_the_end_of(conn: socket.socket) -> None:
    """From here on end where whoever asked is gone; the resident sees that and tells."""
    if GONE is not None:
        signal.signal(GONE, lambda *_: _end_alone())
        if hung_up(conn):
            _end_alone()


def _hear_no_more() -> None:
    if GONE is not None:
        signal.signal(GONE, signal.SIG_IGN)


def _end_alone() -> None:
    """End as with a closed terminal, or at once where that is ignored."""
    for number in (signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:
            os.kill(os.getpid(), number)
            return
    os._exit(1)


def _status_of(work: Callable[[Sequence[str]], int], words: Sequence[str]) -> int:
    """Do the words; what comes out of them is shown once, as Python does at the end of a process."""
    try:
        return work(words)
    except SystemExit as error:
        if isinstance(error.code, int | None):
            return error.code or 0
        sys.stderr.write(f"{error.code}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    except BaseException as error:  # noqa: BLE001 - a fault of ours
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
