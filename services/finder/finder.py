"""The finder: whatever providers offer, found by words."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from services.finder.index import Index, Part
from services.finder.query import read_query
from services.finder.ranking import rank

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable

    from services.finder.items import Item, Provider

    _Key = tuple[int, Hashable]

__all__ = ("Finder", "Found")

_AT_ONCE: Final = 100
"""Things that are read on the event loop: some milliseconds."""
_MUCH: Final = 20_000
"""Things above which a search goes to a thread."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, best first."""

    items: tuple[Item, ...] = ()
    weights: tuple[int, ...] = ()
    """How well each fits: 0 is the name itself, and the more the worse (`services.finder.ranking.Fit`)."""
    total: int = 0
    """How many things were looked at."""
    loose: bool = False
    """Nothing fits as it was typed; these come near it."""


@dataclass(slots=True)
class _Known:
    """A part as it was read last."""

    content: object
    part: Part = field(default_factory=lambda: Part(()))


class Finder:
    """Finds over all providers with one index, of which only what changed is read again."""

    def __init__(self, *providers: Provider) -> None:
        self._providers = list(providers)
        self._known: dict[_Key, _Known] = {}
        self._index = Index()
        self._reading = asyncio.Lock()

    def add(self, provider: Provider) -> None:
        """One more provider; what it offers comes behind that of the others."""
        self._providers.append(provider)

    async def freshen(self) -> bool:
        """Read what has changed since the last time, in a thread where it is much; whether anything had."""
        async with self._reading:
            parts = {
                (number, key): content
                for number, provider in enumerate(self._providers)
                for key, content in provider.parts().items()
            }
            old = self._known
            stale = {
                key: content
                for key, content in parts.items()
                if key not in old or old[key].content is not content
            }
            if not stale and list(old) == list(parts):
                return False
            known = {key: _Known(content) if key in stale else old[key] for key, content in parts.items()}
            much = sum(len(each) if isinstance(each, tuple) else _AT_ONCE for each in stale.values())
            if much > _AT_ONCE:
                index = await asyncio.to_thread(self._read, known, stale)
            else:
                index = self._read(known, stale)
            self._known, self._index = known, index
            return True

    def _read(self, known: dict[_Key, _Known], stale: Collection[_Key]) -> Index:
        for number, key in stale:
            one = known[number, key]
            one.part = Part(self._providers[number].items(key, one.content))
        return Index([one.part for one in known.values()])

    def find(self, words: str, kinds: Collection[str] = ()) -> Found:
        """What every word fits, as the index stands; of these kinds, or of all.

        10,000 things cost some 10 ms. Without words everything in its order.
        """
        index = self._index
        ranked = rank(read_query(words), index)
        items, weights = [index.items[place] for place in ranked.places], ranked.weights
        if kinds:
            kept = [at for at, item in enumerate(items) if item.kind in kinds]
            items, weights = [items[at] for at in kept], [weights[at] for at in kept]
        return Found(tuple(items), tuple(weights), index.size, ranked.loose)

    async def search(self, words: str, kinds: Collection[str] = ()) -> Found:
        """The same without holding up the loop, however much there is."""
        if len(self._index.items) <= _MUCH:
            return self.find(words, kinds)
        return await asyncio.to_thread(self.find, words, kinds)
