"""Starts a child for each of KINDS before it serves, and writes their process ids into a file.

    family.py FILE [KIND…]

The children are deaf to SIGTERM and SIGHUP, and sleep for ten minutes.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.faults.hostile import wire

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = ("child", "group", "session", "cleaned", "daemon", "stray")


def child() -> None:
    """Holds the pipes of the server open."""


def group() -> None:
    """In a process group of its own."""
    os.setpgid(0, 0)


def session() -> None:
    """In a session of its own."""
    os.setsid()


def cleaned() -> None:
    """In a session of its own, with nothing in its environment; only its parent tells where it is from."""
    os.setsid()
    os.environ.clear()


def daemon() -> None:
    """In a session of its own, its parent gone, its pipes closed."""
    os.setsid()
    if os.fork():
        os._exit(0)
    leave_pipes()


def leave_pipes() -> None:
    """Hold none of the server's pipes open."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)


def stray() -> None:
    """In a session of its own, nothing in its environment, its parent gone soon: only who looked knows."""
    os.setsid()
    if os.fork():
        time.sleep(18)  # the guardian looks every ten seconds, and oftener at first; a busy machine is late
        os._exit(0)
    os.setsid()
    leave_pipes()
    os.environ.clear()


def spawn(move: Callable[[], None], file: Path) -> None:
    """A child that moves away, says who it is, and sleeps."""
    if started := os.fork():
        if move is daemon:
            os.waitpid(started, 0)
        return
    move()
    with file.open("a", encoding="ascii") as pids:
        pids.write(f"{os.getpid()}\n")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.execv("/bin/sleep", ["sleep", "600"])


def go(request: dict[str, Any]) -> None:
    wire.answer(request, "at your service")


if __name__ == "__main__":
    for kind in sys.argv[2:] or KINDS:
        spawn(globals()[kind], Path(sys.argv[1]))
    wire.serve(go)
