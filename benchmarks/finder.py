"""A key typed in the finder over 10,000 tools of 50 servers, beside a filter that ranks nothing."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from typing import TYPE_CHECKING

from benchmarks.report import Figure
from benchmarks.stall import watched
from services.catalog.entries import Catalog, Tool
from services.finder.catalogs import Catalogs
from services.finder.finder import Finder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ("measure",)

SERVERS = 50
TOOLS = 200
"""Of each server."""
ROUNDS = 9
BOUND = "≤ 50 ms"
TYPED = {
    "a letter": ("a", "e"),
    "a word": ("weather", "server7"),
    "three words": ("weather of server7", "a e i"),
    "a slip": ("weahter", "calender"),
    "two slips": ("calender messsage", "wheather forcasts"),
    "nothing": ("zzzqqq", "getNothingLikeIt"),
}


class _Servers:
    """Catalogs as a manager has them; the words are the same at each run."""

    def __init__(self) -> None:
        chance = random.Random(14)
        letters = "abcdefghijklmnoprstuvwy"
        made = ["".join(chance.choices(letters, k=chance.randint(3, 11))) for _ in range(3_000)]
        self._words = [*made, "weather", "message", "calendar", "forecast"]
        self._chance = chance
        self.catalogs = {f"server{number}": self._catalog(f"server{number}") for number in range(SERVERS)}

    def _catalog(self, server: str) -> Catalog:
        return Catalog(tuple(self._tool(server) for _ in range(TOOLS)))

    def _tool(self, server: str) -> Tool:
        name = "_".join(self._chance.choices(self._words, k=3))
        text = " ".join(self._chance.choices(self._words, k=40))
        known = {word: {"type": "string"} for word in self._chance.choices(self._words, k=4)}
        return Tool(server, name, name, description=text, input_schema={"properties": known})

    def servers(self) -> Sequence[str]:
        return tuple(self.catalogs)

    def catalog(self, server: str) -> Catalog:
        return self.catalogs[server]


def measure() -> Iterable[Figure]:
    """Reading everything once, reading one server again, then keys beside the bare filter."""
    yield from asyncio.run(_figures())


async def _figures() -> list[Figure]:
    servers = _Servers()
    finder = Finder(Catalogs(servers))
    count = f"{SERVERS * TOOLS:,}"
    first = await _read(f"reading {count} tools for the finder", finder)
    servers.catalogs["server7"] = Catalog(tuple(servers.catalogs["server7"].tools[1:]))
    again = await _read("reading one of 50 servers again", finder)
    items = finder.find("").items
    texts = [f"{item.server} {item.name} {item.description}".lower() for item in items]

    def bare(words: str) -> object:
        return [at for at, text in enumerate(texts) if all(word in text for word in words.lower().split())]

    keys = [
        Figure(f"{what} among {count} / bare filter", *_compared(typed, finder.find, bare), BOUND)
        for what, typed in TYPED.items()
    ]
    return [first, again, *keys]


async def _read(name: str, finder: Finder) -> Figure:
    async with watched() as stall:
        began = time.perf_counter()
        await finder.freshen()
        seconds = time.perf_counter() - began
    return Figure(name, seconds, stall=stall.longest)


def _compared(
    typed: Sequence[str], ours: Callable[[str], object], bare: Callable[[str], object]
) -> tuple[float, float]:
    """The slowest of some queries by the finder and by the filter, each the median of alternating rounds."""
    pairs = [[(_seconds(ours, words), _seconds(bare, words)) for _ in range(ROUNDS)] for words in typed]
    medians = [tuple(statistics.median(side) for side in zip(*rounds, strict=True)) for rounds in pairs]
    slowest = max(medians)
    return slowest[0], slowest[1]


def _seconds(find: Callable[[str], object], words: str) -> float:
    began = time.perf_counter()
    find(words)
    return time.perf_counter() - began
