"""Standard input and output as another program's: lines of bytes, and nothing else on them.

Both are read and written by threads that nobody waits for: a program that neither writes nor reads any more
does not hold up the end of the process. What else is printed goes to standard error meanwhile.
"""

from __future__ import annotations

import asyncio
import os
import queue
import select
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from services.message_limit import MAX_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("Writer", "lines", "taken")

_PIECE: Final = 1 << 16


def taken(number: int) -> int:
    """A descriptor of our own for standard input (0) or output (1), which leads elsewhere from now on."""
    ours = os.dup(number)
    sys.stdout.flush()
    other = os.open(os.devnull, os.O_RDONLY) if number == 0 else os.dup(2)
    os.dup2(other, number)
    os.close(other)
    return ours


def lines(descriptor: int) -> Iterator[bytes | None]:
    """The lines that are not blank; None for one that is too long. Blocking: read in a thread."""
    pieces: list[bytes] = []
    size = 0
    while piece := _piece(descriptor):
        *ends, rest = piece.split(b"\n")
        for end in ends:
            line = b"".join((*pieces, end))
            if size + len(end) > MAX_MESSAGE:
                yield None
            elif line.strip():
                yield line
            pieces, size = [], 0
        size += len(rest)
        pieces = [*pieces, rest] if size <= MAX_MESSAGE else []
    if (line := b"".join(pieces)).strip():
        yield line


def _piece(descriptor: int) -> bytes:
    """What has come, waited for; the other side may have asked for reads that do not wait."""
    while True:
        try:
            return os.read(descriptor, _PIECE)
        except BlockingIOError:
            select.select([descriptor], [], [])


class Writer:
    """Writes to a descriptor, in order, in a thread; to be made and used within a loop."""

    def __init__(self, descriptor: int) -> None:
        self.taken = 0
        """Bytes that the other side has taken."""
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self._waiting: queue.SimpleQueue[tuple[bytes, asyncio.Future[None]]] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="stdout", daemon=True).start()

    def write(self, data: bytes) -> asyncio.Future[None]:
        """Have it written; done when it is, with OSError where nobody reads any more."""
        done: asyncio.Future[None] = self._loop.create_future()
        self._waiting.put((data, done))
        return done

    def _work(self) -> None:
        while True:
            data, done = self._waiting.get()
            failure: OSError | None = None
            try:
                self._write_all(memoryview(data))
            except OSError as error:
                failure = error
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(_settle, done, failure)

    def _write_all(self, view: memoryview) -> None:
        while view:
            try:
                count = os.write(self._descriptor, view)
            except BlockingIOError:
                select.select([], [self._descriptor], [])
            else:
                view = view[count:]
                self.taken += count


def _settle(done: asyncio.Future[None], failure: OSError | None) -> None:
    if done.done():
        return
    if failure is None:
        done.set_result(None)
    else:
        done.set_exception(failure)
