"""A session whose model says what it is told to, as fast as is asked: `answers_app.py ANSWER_FILE`.

The model is a function of the library, so that no network is measured.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import work

import app
from app.jackfield import Jackfield
from app.session.turn_cells import TurnCells
from benchmarks.stall import watched
from services.model.events import Ended, TextDelta, Usage
from services.settings import Configuration, ModelSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

MODEL = ModelSettings("", "ollama", "teller", context_window=1_000_000)
TEXT = (
    "A sentence with **bold** words and `code` in it, as models write them, goes on for a while. "
    "Then another one.\n\n- an item of a list\n- another item with a [link](http://host/)\n\n"
    "```python\ndef answer(question: str) -> int:\n    return 42  # always\n```\n\n## A heading\n\n"
)
PACE = 0.005
PACED = 1_000


def _tokens(count: int) -> list[str]:
    words = [TEXT[start : start + 4] for start in range(0, len(TEXT), 4)]
    return [words[number % len(words)] for number in range(count)]


class Teller:
    """Says so many tokens as the text asks for; with a pace when it says so."""

    def __init__(self) -> None:
        self.began = 0.0

    async def stream(self, messages: list[Any], _info: Any) -> AsyncIterator[str]:
        count, _, pace = str(messages[-1].parts[-1].content).partition(" ")
        self.began = time.perf_counter()
        due = self.began
        for token in _tokens(int(count)):
            yield token
            if pace:
                due += PACE
                await asyncio.sleep(max(due - time.perf_counter(), 0))


def _engine(teller: Teller) -> Any:
    def opened(model: ModelSettings, key: str | None, _environ: Mapping[str, str]) -> Any:
        from pydantic_ai.models.function import FunctionModel

        from services.model.library.engine import Engine

        return Engine(model, FunctionModel(stream_function=teller.stream), key, None)

    return opened


class AnswersApp(Jackfield):
    """Asks, measures and leaves."""

    CSS_PATH = str(Path(app.__file__ or "").with_name("session") / "screens" / "session.tcss")

    def __init__(self, answer: Path) -> None:
        self.teller = Teller()
        super().__init__(lambda: Configuration(models=(MODEL,)), open_engine=_engine(self.teller))
        self._answer = answer

    def on_ready(self) -> None:
        super().on_ready()
        self.measure()

    @work(exit_on_error=True)
    async def measure(self) -> None:
        """Every step, then the answer file."""
        await self.context.begun()
        found: dict[str, float] = {}
        await self._ask("5")  # imports
        found["first"] = await self._first()
        found["short"] = await self._ask("1000") / 1_000
        found["long"] = await self._ask("20000") / 20_000
        async with watched() as stall:
            found["paced"] = await self._ask(f"{PACED} paced") / PACED
        found["stall"] = stall.longest
        found["reopened"] = await self._reopened()
        self._answer.write_text(json.dumps(found), encoding="utf-8")
        self.exit()

    async def _ask(self, text: str) -> float:
        """Processor seconds of one turn."""
        began = time.process_time()
        self.dispatcher.talk.say(text)
        await self._over()
        return time.process_time() - began

    async def _over(self) -> None:
        while self.dispatcher.talk.busy:  # noqa: ASYNC110
            await asyncio.sleep(0.005)

    async def _first(self) -> float:
        """Seconds from the model's first token to the painted cell, the least of five."""
        found = []
        for _ in range(5):
            before = self._answers()
            self.dispatcher.talk.say("300 paced")
            while self._answers() == before:  # noqa: ASYNC110
                await asyncio.sleep(0)
            painted = asyncio.Event()
            self.call_after_refresh(painted.set)
            await painted.wait()
            found.append(time.perf_counter() - self.teller.began)
            self.dispatcher.talk.stop()
            await self._over()
        return min(found)

    def _answers(self) -> int:
        history = self.session.history
        return sum(history.cell(number).kind == "answer" for number in history._store.ids)

    async def _reopened(self) -> float:
        """Seconds to write 500 turns into the history and paint them."""
        began = time.perf_counter()
        for _ in range(500):
            self.session.transcript.entry("a question of before")
            cells = TurnCells(self.session.transcript, lambda _: False)
            await cells.hear(TextDelta(TEXT * 3))
            await cells.hear(Ended(TEXT, Usage()))
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        await painted.wait()
        return time.perf_counter() - began


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ["JACKFIELD_HOME"] = home
        running = AnswersApp(Path(sys.argv[1]))
        running.run()
    sys.exit(running.return_code)
