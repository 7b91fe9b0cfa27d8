"""A history alone on a screen, which fills, grows and scrolls itself: `history_app.py SIZE ANSWER_FILE`.

A step is over when its frame has been painted. Textual paints at most 60 frames a second.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.app import App, ComposeResult

from benchmarks.stall import watched
from widgets.history.cells import Cell, TextPart
from widgets.history.history import History

if TYPE_CHECKING:
    from collections.abc import Callable

FRAMES = 90
WORDS = ("a", "history", "is", "read", "far", "more", "often", "than", "it", "is", "written")


class HistoryApp(App[None]):
    """Does its work once and leaves."""

    def __init__(self, size: int, answer: Path) -> None:
        super().__init__()
        self._count = size
        self._answer = answer
        self._found: dict[str, tuple[float, float]] = {}

    def compose(self) -> ComposeResult:
        yield History()

    def on_ready(self) -> None:
        self.measure()

    @work
    async def measure(self) -> None:
        """Every step, then the answer."""
        history, chance = self.query_one(History), random.Random(5)
        cells = [_cell(number, chance) for number in range(self._count)]
        await self._step("fill", 1, lambda _: history.append_many(cells))
        await self._step("append", 30, lambda number: history.append(_cell(number, chance)))
        history.focus()
        await self._step(
            "scroll",
            FRAMES,
            lambda number: history.scroll_relative(
                y=-5 if number % 60 < 30 else 5, animate=False, immediate=True
            ),
        )
        await self._step(
            "jump",
            FRAMES,
            lambda _: history.scroll_to(
                y=chance.randrange(history.max_scroll_y), animate=False, immediate=True
            ),
        )
        self._answer.write_text(json.dumps(self._found), encoding="utf-8")
        self.exit()

    async def _step(self, name: str, times: int, act: Callable[[int], object]) -> None:
        taken = []
        async with watched() as stall:
            for number in range(times):
                began = time.perf_counter()
                act(number)
                await self._painted()
                taken.append(time.perf_counter() - began)
        self._found[name] = (statistics.median(taken), stall.longest)

    async def _painted(self) -> None:
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        await painted.wait()


def _cell(number: int, chance: random.Random) -> Cell:
    text = " ".join(chance.choices(WORDS, k=chance.randrange(4, 60)))
    if number % 2:
        return Cell("entry", parts=(TextPart(f"/call demo echo text={number}"),))
    return Cell("done", "demo.echo", f"text={number}", "12 ms", (TextPart(text),))


if __name__ == "__main__":
    app = HistoryApp(int(sys.argv[1]), Path(sys.argv[2]))
    app.run()
    sys.exit(app.return_code)
