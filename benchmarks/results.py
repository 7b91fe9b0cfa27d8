"""Looking through a result of 10 MB: what a search costs, as text and as a tree, and what the loop feels."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from textual import events, on
from textual.app import App

from app.session.screens import viewer as viewer_module
from app.session.screens.viewer import Viewer
from benchmarks.report import Figure
from benchmarks.stall import watched
from widgets.views.find_bar import FindBar
from widgets.views.json_content import JsonContent
from widgets.views.json_explorer import JsonExplorer
from widgets.views.json_view import JsonView

if TYPE_CHECKING:
    from collections.abc import Iterable


__all__ = ("measure",)

SIZE = 10_000_000
WISHED = "≤ 200 ms"
PATIENCE = 30.0


def measure() -> Iterable[Figure]:
    """Rare words and such as stand everywhere, in each way of showing 10 MB; then a million keys."""
    value = rows(SIZE)
    text = json.dumps(value, indent=2)
    for name, content in (("tree", JsonContent(value)), ("text", f"Rows:\n{text}")):
        for needle in ("number 54321", "row"):
            took, stall, told = asyncio.run(search(content, needle))
            yield Figure(f"10 MB as a {name}: search {needle!r}", took, wished=WISHED, stall=stall, note=told)
    for name, hard, needle in hard_ones():
        took, stall, told = asyncio.run(search(JsonContent(hard), needle))
        yield Figure(f"10 MB of {name}: search {needle!r}", took, wished=WISHED, stall=stall, note=told)
    took, stall = asyncio.run(opened(text))
    yield Figure("10 MB of JSON text: until it is a tree", took, stall=stall)
    wide = {f"key{number}": number for number in range(1_000_000)}
    took, stall, told = asyncio.run(search(JsonContent(wide), "key777777"))
    yield Figure("1,000,000 keys: search the last but few", took, wished=WISHED, stall=stall, note=told)
    hard = [{f"k{number}": number} for number in range(1_000_000)]
    yield Figure(
        "while a search goes on: a key", asyncio.run(keys(JsonContent(hard), "zzz")), wished="< 20 ms"
    )


def rows(size: int) -> dict[str, Any]:
    """An object with an array of objects, about so many characters of indented JSON."""
    row = {"price": 1.5, "sold": False}
    return {"rows": [{"id": n, "name": f"row number {n}", **row} for n in range(size // 110)]}


def hard_ones() -> Iterable[tuple[str, Any, str]]:
    """What costs most to look through, with something that stands in none of it, or in few places."""
    random = Random(1)
    yield (
        "pairs of numbers",
        [[random.random() * 180, random.random() * 90] for _ in range(SIZE // 60)],
        "54321",
    )
    yield "objects, each with keys of its own", [{f"k{n}": n, f"j{n}": "x"} for n in range(SIZE // 50)], "zzz"
    yield "objects in objects", [{"a": {"b": {"c": [n]}}} for n in range(SIZE // 90)], "zzz"
    yield "empty objects", [{} for _ in range(SIZE // 5)], "zzz"


async def opened(text: str) -> tuple[float, float]:
    """Seconds until a text is shown as a tree, and the longest stall."""
    async with App[None]().run_test(size=(120, 40)) as pilot:
        viewer = Watched(text)
        async with watched() as stall:
            began = time.perf_counter()
            await pilot.app.push_screen(viewer)
            async with asyncio.timeout(PATIENCE):
                while not viewer.query(JsonExplorer):  # noqa: ASYNC110 - nobody tells of it
                    await asyncio.sleep(0.01)
            took = time.perf_counter() - began
        return took, stall.longest


async def search(content: Any, needle: str) -> tuple[float, float, str]:
    """Seconds until the bar says something, the longest stall, and what it says at the end."""
    app = App[None]()
    async with app.run_test(size=(120, 40)) as pilot:
        viewer = Watched(content)
        await app.push_screen(viewer)
        await pilot.pause(0.5)
        async with watched() as stall:
            began = time.perf_counter()
            viewer.post_message(FindBar.Wanted(viewer.bar, needle, 0))
            async with asyncio.timeout(PATIENCE):
                await viewer.told.wait()
                took = time.perf_counter() - began
                await viewer.ended.wait()
            whole = time.perf_counter() - began
        return took, stall.longest, f"{viewer.bar.said} after {whole * 1000:.0f} ms"


async def keys(content: Any, needle: str) -> float:
    """Seconds from a key to the screen that shows it while a search goes on: the median."""
    app = App[None]()
    async with app.run_test(size=(120, 40)) as pilot:
        viewer = Watched(content)
        await app.push_screen(viewer)
        viewer.bar.open()
        await pilot.pause(0.5)
        viewer.post_message(FindBar.Wanted(viewer.bar, needle, 0))
        await viewer.told.wait()
        found = []
        while not viewer.ended.is_set() and (field := app.focused) is not None:
            began, drawn = time.perf_counter(), asyncio.Event()
            field.post_message(events.Key("left", None))
            field.call_later(field.call_after_refresh, drawn.set)
            await drawn.wait()
            found.append(time.perf_counter() - began)
            await asyncio.sleep(0.01)
        return statistics.median(found)


class Watched(Viewer):
    """A viewer that says when a search has something to say, and when it has ended."""

    CSS_PATH = str(Path(viewer_module.__file__).with_name("viewer.tcss"))

    def __init__(self, content: Any) -> None:
        super().__init__("benchmark", content)
        self.told, self.ended = asyncio.Event(), asyncio.Event()

    @on(JsonExplorer.Searched)
    @on(JsonView.Searched)
    def set_told(self, event: JsonExplorer.Searched | JsonView.Searched) -> None:
        self.told.set()
        if isinstance(event, JsonView.Searched) or not event.is_going:
            self.ended.set()
