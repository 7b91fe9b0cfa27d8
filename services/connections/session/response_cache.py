"""Answers that may be used again: what a 2026-07-28 server says stays fresh, for as long as it says.

One a connection, so what is private to a login never reaches another, and `cacheScope` needs no
asking. Source: specification 2026-07-28, server/utilities/caching.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from services.json_size import json_size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.events import CatalogKind

__all__ = ("LIST_METHODS", "Answers", "Key")

LIST_METHODS: Final[Mapping[CatalogKind, str]] = {
    "tools": "tools/list",
    "resources": "resources/list",
    "templates": "resources/templates/list",
    "prompts": "prompts/list",
    "skills": "skills/list",
}

Key = tuple[str, str]
"""The method and what of its parameters changes the result: a URI, or a cursor."""

_MOST: Final = 256
_LARGEST: Final = 1 << 20
"""Characters of one answer (its JSON, roughly) above which it is not kept."""
_LONGEST: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class _Answer:
    raw: dict[str, Any]
    until: float


class Answers:
    """The answers of one connection that are still fresh."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[Key, _Answer] = {}
        self._until: dict[str, float] = {}
        """For each method until when all its answers are fresh, kept or not."""
        self._generation = 0

    def fresh(self, key: Key) -> dict[str, Any] | None:
        """The answer kept for this request; None where it has to be asked."""
        answer = self._kept.get(key)
        if answer is None or answer.until <= self._clock():
            self._kept.pop(key, None)
            return None
        return answer.raw

    @property
    def generation(self) -> int:
        """Changes with everything forgotten: `keep` wants the one from before the request."""
        return self._generation

    def keep(self, key: Key, raw: Mapping[str, Any], generation: int) -> None:
        """Remember a complete answer for its `ttlMs`, unless something was forgotten meanwhile."""
        ttl = raw.get("ttlMs")
        seconds = ttl / 1000 if isinstance(ttl, int | float) and not isinstance(ttl, bool) else 0.0
        until = self._clock() + min(max(seconds, 0.0), _LONGEST)
        method, which = key
        self._until[method] = min(until, self._until.get(method, until)) if which else until
        if until <= self._clock() or generation != self._generation or json_size(raw, _LARGEST) > _LARGEST:
            return
        self._kept.pop(key, None)
        self._kept[key] = _Answer(dict(raw), until)
        while len(self._kept) > _MOST:
            del self._kept[next(iter(self._kept))]

    def stale(self, method: str) -> bool:
        """Whether what was last read by this method may have changed without a word."""
        return self._until.get(method, 0.0) <= self._clock()

    def changed(self, kind: CatalogKind) -> None:
        """A list changed; with the list of resources what is in them may have."""
        self.forget(LIST_METHODS[kind])
        if kind == "resources":
            self.forget("resources/read")

    def forget(self, method: str, which: str | None = None) -> None:
        """Drop the answers of a method, or the one for a URI."""
        self._generation += 1
        self._until.pop(method, None)
        for key in [key for key in self._kept if key[0] == method and which in (None, key[1])]:
            del self._kept[key]
