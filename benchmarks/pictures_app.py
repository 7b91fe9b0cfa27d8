"""A history that is given one picture, draws it and scrolls over it: `pictures_app.py FILE ANSWER_FILE`."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from pathlib import Path

from textual import work
from textual.app import App, ComposeResult

from benchmarks.stall import watched
from services.results.content import ImageBlock
from services.results.endings import in_thread
from services.results.found_pictures import decode_all
from widgets.history.cells import Cell, PicturePart, TextPart
from widgets.history.history import History

ROUNDS = 5
FRAMES = 60


class PicturesApp(App[None]):
    """Does its work once and leaves."""

    def __init__(self, file: Path, answer: Path) -> None:
        super().__init__()
        self._data = file.read_bytes()
        self._answer = answer

    def compose(self) -> ComposeResult:
        yield History()

    def on_ready(self) -> None:
        self.measure()

    @work
    async def measure(self) -> None:
        """The first round imports Pillow behind the screen, as in the session; it counts for the stall."""
        history = self.query_one(History)
        history.append_many(Cell("entry", parts=(TextPart("something else"),)) for _ in range(50))
        await self._painted()
        async with watched() as stall:
            rounds = [await self._show(history) for _ in range(ROUNDS)]
        async with watched() as frame_stall:
            frames = [
                await self._scroll(history, -1 if number < FRAMES // 2 else 1) for number in range(FRAMES)
            ]
        found = {
            "decoded": statistics.median(decoded for decoded, _ in rounds),
            "painted": statistics.median(painted for _, painted in rounds),
            "stall": stall.longest,
            "frame": statistics.median(frames),
            "frame_stall": frame_stall.longest,
        }
        self._answer.write_text(json.dumps(found), encoding="utf-8")
        self.exit()

    async def _show(self, history: History) -> tuple[float, float]:
        began = time.perf_counter()
        pictures, _ = await in_thread(decode_all, [ImageBlock("", self._data)])
        decoded = time.perf_counter() - began
        history.append(Cell("done", "demo.picture", parts=(PicturePart(pictures[0]),)))
        await self._painted()
        return decoded, time.perf_counter() - began

    async def _scroll(self, history: History, rows: int) -> float:
        began = time.perf_counter()
        history.scroll_relative(y=rows, animate=False, immediate=True)
        await self._painted()
        return time.perf_counter() - began

    async def _painted(self) -> None:
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        await painted.wait()


if __name__ == "__main__":
    app = PicturesApp(Path(sys.argv[1]), Path(sys.argv[2]))
    app.run()
    sys.exit(app.return_code)
