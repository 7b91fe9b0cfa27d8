"""A history that is given a picture, draws it and scrolls over it: FILE, ANSWER_FILE and a protocol."""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import work

from app.terminal.leaving import driver_class
from app.terminal.painting import PaintsPictures
from benchmarks.stall import watched
from services.garbage import look_again
from services.pictures.graphics import Graphics
from services.results.content import ImageBlock
from services.results.endings import in_thread
from services.results.found_pictures import decode_all
from widgets.history.cells import Cell, PicturePart, TextPart
from widgets.history.history import History

if TYPE_CHECKING:
    from textual.app import ComposeResult

CELL = (10, 20)
PLACED = re.compile(r"\x1b_Ga=p,|\x1bP0;1;0q")
"""A sequence that shows a picture."""
ROUNDS = 5
FRAMES = 60


class PicturesApp(PaintsPictures[None]):
    """Does its work once and leaves."""

    def __init__(self, file: Path, answer: Path, protocol: Any) -> None:
        super().__init__(driver_class=driver_class())
        self._data = file.read_bytes()
        self._answer = answer
        self._protocol = protocol
        self._sent = 0
        self._sizes: list[int] = []
        self._in_pixels = asyncio.Event()

    def compose(self) -> ComposeResult:
        yield History()

    def on_ready(self) -> None:
        assert self._driver is not None
        write = self._driver.write

        def watched_write(text: str) -> None:
            write(text)
            self._sent += len(text) * ("\x1b_G" in text or "\x1bP" in text)
            if PLACED.search(text):
                self._in_pixels.set()

        vars(self._driver)["write"] = watched_write
        self.graphics = Graphics(self._protocol, cell=CELL)
        look_again()  # as the session does
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
            "busy": stall.busiest,
            "frame": statistics.median(frames),
            "frame_stall": frame_stall.longest,
            "frame_busy": frame_stall.busiest,
            "sent": statistics.median(self._sizes) if self._sizes else 0,
        }
        self._answer.write_text(json.dumps(found), encoding="utf-8")
        self.exit()

    async def _show(self, history: History) -> tuple[float, float]:
        # What was shown before is out of view: else its sequences would be taken for those of this one.
        history.append_many(Cell("entry", parts=(TextPart("something else"),)) for _ in range(50))
        await self._painted()
        began = time.perf_counter()
        pictures, _ = await in_thread(decode_all, [ImageBlock("", self._data)])
        decoded = time.perf_counter() - began
        self._in_pixels.clear()
        self._sent = 0
        history.append(Cell("done", "demo.picture", parts=(PicturePart(pictures[0]),)))
        await self._painted()
        if self.graphics.protocol != "halfblock":
            async with asyncio.timeout(10):
                await self._in_pixels.wait()
            self._sizes.append(self._sent)
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
    app = PicturesApp(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
    app.run()
    sys.exit(app.return_code)
