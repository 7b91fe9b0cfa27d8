"""What a server says where nobody asked, at a rate that can be read and costs little: the rest is counted."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("CalmLines", "CalmNotifications", "StandardError")

_AT_ONCE: Final = 1_000
_PER_SECOND: Final = 200
"""So many lines pass as they come; above that only the newest, now and then."""

_KEPT: Final = 200
_PAUSE: Final = 0.5

_LINE: Final = 16_384
"""Bytes of a line of standard error; a longer one is taken for several."""

_TALK: Final = ("notifications/message", "notifications/progress")

_WINDOW: Final = 0.1
_PER_WINDOW: Final = 4 << 20
"""Bytes of standard error read in so many seconds: above that the server waits."""


class CalmLines:
    """Passes lines on; in a flood the newest 200 each half second, and how many were left out."""

    def __init__(self, say: Callable[[bytes], None], note: Callable[[int], None]) -> None:
        self._say = say
        self._note = note
        self._rate = _Rate()
        self._kept: deque[bytes] = deque(maxlen=_KEPT)
        self._left_out = 0
        self._timer: asyncio.TimerHandle | None = None

    def feed(self, text: bytes) -> None:
        """One or more lines, without the last line end."""
        if self._timer is None and self._rate.allows(text.count(b"\n") + 1):
            for line in text.split(b"\n"):
                self._say(line)
            return
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_PAUSE, self.flush)
        lines = text.rsplit(b"\n", _KEPT)
        if len(lines) > _KEPT:
            self._left_out += lines.pop(0).count(b"\n") + 1
        self._left_out += max(0, len(self._kept) + len(lines) - _KEPT)
        self._kept.extend(line[:_LINE] for line in lines)

    def flush(self) -> None:
        """Say what waits; also at the end, when nothing more comes."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        left_out, self._left_out = self._left_out, 0
        if left_out:
            self._note(left_out)
        while self._kept:
            self._say(self._kept.popleft())


class CalmNotifications:
    """Lets notifications pass; in a flood only those that nothing else can say."""

    def __init__(self, note: Callable[[int], None]) -> None:
        self._note = note
        self._rate = _Rate()
        self._last = b""
        self._left_out = 0
        self._timer: asyncio.TimerHandle | None = None

    def admits(self, method: str, line: bytes) -> bool:
        """Whether one may pass. Messages and progress need not, nor what was just said in the same words."""
        needed = method not in _TALK and line != self._last
        self._last = line if len(line) < _LINE else b""
        if self._rate.allows(1) or needed:
            return True
        self._left_out += 1
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_PAUSE, self.flush)
        return False

    def flush(self) -> None:
        """Say how many did not pass."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._note(self._left_out)
            self._left_out = 0


class _Rate:
    def __init__(self) -> None:
        self._tokens = float(_AT_ONCE)
        self._filled = 0.0

    def allows(self, count: int) -> bool:
        now = asyncio.get_running_loop().time()
        self._tokens = min(_AT_ONCE, self._tokens + (now - self._filled) * _PER_SECOND)
        self._filled = now
        if count > self._tokens:
            return False
        self._tokens -= count
        return True


class StandardError:
    """A stream of bytes as calm lines; `hold` stops and resumes the reading of it."""

    def __init__(self, lines: CalmLines, hold: Callable[[bool], None]) -> None:
        self._lines = lines
        self._hold = hold
        self._rest = b""
        self._volume = 0
        self._ends = 0.0
        self._held = False

    def feed(self, data: bytes) -> None:
        whole, end, self._rest = (self._rest + data).rpartition(b"\n")
        if end:
            self._lines.feed(whole)
        if len(self._rest) > _LINE:
            self._lines.feed(self._rest[-_LINE:])
            self._rest = b""
        self._measure(len(data))

    def finish(self) -> None:
        """The last line, if it has no end, and whatever waits."""
        if self._rest:
            self._lines.feed(self._rest)
            self._rest = b""
        self._lines.flush()

    def _measure(self, size: int) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now >= self._ends:
            self._volume, self._ends = 0, now + _WINDOW
        self._volume += size
        if self._volume >= _PER_WINDOW and not self._held:
            self._held = True
            self._hold(True)
            loop.call_at(self._ends, self._release)

    def _release(self) -> None:
        self._held = False
        self._hold(False)
