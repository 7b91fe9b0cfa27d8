"""The forks that do commands, as the resident sees them: when they end, and when nobody waits for them."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import socket
    from collections.abc import Container

__all__ = ("GONE", "Commands", "has_ended", "hung_up")

GONE: Final = signal.SIGURG if os.name == "posix" else None
"""Tells a fork that whoever asked is gone; one that does not listen for it yet is not disturbed."""


class Commands:
    """Each by its process, with the socket to whoever asked, where anybody did.

    A fork cannot watch that socket itself: Ctrl+Z stops it, and whoever would wake it may be killed.
    """

    def __init__(self, poll: select.poll) -> None:
        self._poll = poll
        self._sockets: dict[int, socket.socket | None] = {}

    def __bool__(self) -> bool:
        return bool(self._sockets)

    def add(self, pid: int, conn: socket.socket | None = None) -> None:
        """One more; a copy of the socket is kept."""
        self._sockets[pid] = kept = conn.dup() if conn is not None else None
        if kept is not None:
            self._poll.register(kept, select.POLLHUP)

    def heed(self, ready: Container[int]) -> None:
        """Wake those that nobody waits for any more, and tell them; `ready`: descriptors that hung up."""
        for pid, conn in self._sockets.items():
            if conn is not None and conn.fileno() in ready:
                self._let_go(pid)
                self._send(pid, GONE, signal.SIGCONT)

    def reap(self) -> bool:
        """Forget those that have ended; whether there were any."""
        ended = [pid for pid in self._sockets if has_ended(pid)]
        for pid in ended:
            self._let_go(pid)
            del self._sockets[pid]
        return bool(ended)

    def end(self) -> None:
        """Tell all of them to end, those too that are stopped."""
        for pid in self._sockets:
            self._send(pid, signal.SIGTERM, signal.SIGCONT)

    def kill(self) -> None:
        """End them whatever they do."""
        for pid in self._sockets:
            self._send(pid, signal.SIGKILL)

    def _let_go(self, pid: int) -> None:
        conn, self._sockets[pid] = self._sockets[pid], None
        if conn is not None:
            self._poll.unregister(conn)
            conn.close()

    def _send(self, pid: int, *numbers: int | None) -> None:
        for number in numbers:
            with suppress(OSError):
                os.kill(pid, number or 0)


def hung_up(conn: socket.socket) -> bool:
    """Whether the other end is gone."""
    poll = select.poll()
    poll.register(conn, select.POLLHUP)
    return bool(poll.poll(0))


def has_ended(pid: int) -> bool:
    """Whether a child has ended; it is reaped."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True
