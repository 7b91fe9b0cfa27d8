"""Earlier entries, to walk through with Up and Down without losing what is being written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ("Earlier",)

_MOST = 1000


class Earlier:
    """Entries, oldest first, and where a walk through them stands; changed entries keep their changes."""

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self._entries = list(entries)[-_MOST:]
        self._at = len(self._entries)
        self._changed: dict[int, str] = {}

    @property
    def entries(self) -> tuple[str, ...]:
        """The entries, oldest first."""
        return tuple(self._entries)

    def add(self, text: str) -> None:
        """Keep an entry, unless it repeats the last one, and end the walk."""
        if text and self._entries[-1:] != [text]:
            self._entries = [*self._entries[1 - _MOST :], text]
        self._at = len(self._entries)
        self._changed.clear()

    def add_older(self, entries: Iterable[str]) -> None:
        """Put entries before all others; a walk stays where it is."""
        room = _MOST - len(self._entries)
        older = list(entries)[-room:] if room > 0 else []
        self._entries[:0] = older
        self._at += len(older)
        self._changed = {place + len(older): text for place, text in self._changed.items()}

    def walk(self, step: int, current: str) -> str | None:
        """The entry `step` further (-1 is older); past the newest is the draft. None at either end."""
        target = self._at + step
        if not 0 <= target <= len(self._entries):
            return None
        self._changed[self._at] = current
        self._at = target
        kept = self._entries[target] if target < len(self._entries) else ""
        return self._changed.get(target, kept)
