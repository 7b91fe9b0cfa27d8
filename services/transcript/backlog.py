"""What of a session waits to be written down, and when it is due: values alone, no thread and no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.transcript.entries import Entry

__all__ = ("Backlog", "Waiting")

_GROWTH: Final = 0.9
"""Seconds between two lines of an entry that grows: an answer, a call that waits."""
_MOST_WAITING: Final = 20_000
_MOST_LAST: Final = 1_000
_BY_ITSELF: Final = frozenset({"notice", "warning", "error", "text"})


@dataclass(slots=True)
class Waiting:
    """An entry that waits: how it is made, whether it is not in the file yet, when it is due."""

    kind: str
    make: Callable[[], Entry]
    new: bool
    due: float


class Backlog:
    """Entries by number, a clearing, and what was said with a model; one thread at a time."""

    def __init__(self) -> None:
        self._waiting: dict[int, Waiting] = {}
        self._last: dict[int, tuple[str, float]] = {}
        """Of entries written lately: the kind, and when."""
        self.cleared: int | None = None
        """All entries below that number of the file are to be told as cleared."""
        self.conversation: Callable[[], bytes] | None = None
        """What dumps a conversation that is to be kept."""
        self.worth = False
        """Whether the person did anything: of a session that only told something no file is made."""

    @property
    def waits(self) -> bool:
        """Whether there are entries, or a clearing."""
        return bool(self._waiting) or self.cleared is not None

    @property
    def has_one(self) -> bool:
        """Whether one entry waits and no more."""
        return len(self._waiting) == 1

    @property
    def to_write(self) -> bool:
        """Whether anything is to be written, now or later."""
        return self.worth and (self.waits or self.conversation is not None)

    def begin(self) -> None:
        """Another file is written from now on."""
        self.worth = any(wait.kind not in _BY_ITSELF for wait in self._waiting.values())
        self._last.clear()

    def put(self, number: int, kind: str, make: Callable[[], Entry], *, new: bool) -> None:
        """An entry came or changed; one that grows is due a while after it was written last."""
        known, last = self._waiting.get(number), self._last.get(number)
        due = last[1] + _GROWTH if last is not None and last[0] == kind else 0.0
        self._waiting[number] = Waiting(kind, make, new or (known is not None and known.new), due)
        self.worth = self.worth or kind not in _BY_ITSELF
        if len(self._waiting) > _MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]

    def drop_below(self, number: int) -> None:
        """Leave out what waits below a number."""
        self._waiting = {each: wait for each, wait in self._waiting.items() if each >= number}

    def forget(self) -> None:
        """Nothing is to be written."""
        self._waiting.clear()
        self.conversation = self.cleared = None

    def hurry(self) -> None:
        """All is due at once."""
        for wait in self._waiting.values():
            wait.due = 0.0

    def rest(self, now: float) -> float | None:
        """Seconds until something is due; None for until something comes."""
        if not self.to_write:
            return None
        if self.conversation is not None or self.cleared is not None:
            return 0
        return max(min(wait.due for wait in self._waiting.values()) - now, 0)

    def due(self, now: float, *, everything: bool) -> dict[int, Waiting]:
        """The entries that are to be written now."""
        return {
            number: wait
            for number, wait in self._waiting.items()
            if everything or wait.due <= now or wait.new
        }

    def wrote(self, some: Mapping[int, Waiting], now: float) -> None:
        """These are in the file; those that changed meanwhile go on waiting."""
        for number, wait in some.items():
            self._last.pop(number, None)
            self._last[number] = (wait.kind, now)
            later = self._waiting.get(number)
            if later is wait:
                del self._waiting[number]
            elif later is not None:  # it changed meanwhile
                later.new, later.due = False, now + _GROWTH if later.kind == wait.kind else 0.0
        while len(self._last) > _MOST_LAST:
            del self._last[next(iter(self._last))]

    def told_cleared(self, place: int) -> None:
        """The clearing is in the file, unless there was another one meanwhile."""
        if self.cleared == place:
            self.cleared = None

    def kept(self, dump: Callable[[], bytes]) -> None:
        """The conversation is kept, unless there is a newer one."""
        if self.conversation is dump:
            self.conversation = None
