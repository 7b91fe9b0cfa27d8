"""Looking through a result of 10 MB: what a search costs, as text and as a tree, and what the loop feels."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import on
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
    """A rare word and one that stands everywhere, in each way of showing 10 MB; then a million keys."""
    value = rows(SIZE)
    text = json.dumps(value, indent=2)
    for name, content in (("tree", JsonContent(value)), ("text", text)):
        for needle in ("number 54321", "row"):
            took, stall, told = asyncio.run(search(content, needle))
            yield Figure(f"10 MB as a {name}: search {needle!r}", took, wished=WISHED, stall=stall, note=told)
    keys = {f"key{number}": number for number in range(1_000_000)}
    took, stall, told = asyncio.run(search(JsonContent(keys), "key777777"))
    yield Figure("1,000,000 keys: search the last but few", took, stall=stall, note=told)


def rows(size: int) -> dict[str, Any]:
    """An object with an array of objects, about so many characters of indented JSON."""
    row = {"price": 1.5, "sold": False}
    return {"rows": [{"id": n, "name": f"row number {n}", **row} for n in range(size // 110)]}


async def search(content: Any, needle: str) -> tuple[float, float, str]:
    """Seconds until the match is shown, the longest stall, and what the search bar says."""
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
        return took, stall.longest, viewer.bar.said


class Watched(Viewer):
    """A viewer that says when a search has ended."""

    CSS_PATH = str(Path(viewer_module.__file__).with_name("viewer.tcss"))

    def __init__(self, content: Any) -> None:
        super().__init__("benchmark", content)
        self.told = asyncio.Event()

    @on(JsonExplorer.Searched)
    @on(JsonView.Searched)
    def set_told(self) -> None:
        self.told.set()
