"""Sending what a recording says when it is time, for a server that keeps the pace of the recording."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from services.recording.player import Output

__all__ = ("Paced",)


class Paced:
    """Hands outputs to `say` when they are due, those that are due at once in the order in which they came.

    What waits is handed over in a thread of its own, never two at a time; `finish` waits for the last.
    """

    def __init__(self, say: Callable[[Output], None]) -> None:
        self._say = say
        self._waiting: list[tuple[float, int, Output]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._over = False
        self._thread: threading.Thread | None = None

    def take(self, outputs: Iterable[Output]) -> None:
        """What a message of the client brought about."""
        now = time.monotonic()
        with self._changed:
            for output in outputs:
                if not output.wait and not self._waiting:
                    self._say(output)
                    continue
                heapq.heappush(self._waiting, (now + output.wait, next(self._numbers), output))
            if self._waiting and self._thread is None:
                self._thread = threading.Thread(target=self._run, name="pace", daemon=True)
                self._thread.start()
            self._changed.notify()

    def finish(self) -> None:
        """Return when everything is said."""
        with self._changed:
            self._over = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        with self._changed:
            while self._waiting or not self._over:
                left = self._waiting[0][0] - time.monotonic() if self._waiting else None
                if left is None or left > 0:
                    self._changed.wait(left)
                else:
                    self._say(heapq.heappop(self._waiting)[2])
