"""A session of 100,000 cells reopened, and what keeping a session costs a call."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from app.jackfield import Jackfield
from app.session.cell_source import Source
from app.session.kept_cells import cell_of, source_of
from app.session.recording import Recording
from benchmarks.report import Figure
from benchmarks.servers import quick
from benchmarks.stall import watched
from services.connection_manager import ConnectionManager
from services.settings import Configuration
from services.transcript.entries import Entry, Heading, Part
from services.transcript.folder import new_path
from services.transcript.keeping import Keeping
from services.transcript.lines import entry_line, heading_line
from services.transcript.masking import Masker
from services.transcript.reading import newest_first
from services.transcript.recorder import Recorder
from widgets.history.cells import Cell, TextPart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ("measure",)

CELLS = 100_000
ROUNDS = 24
CALLS = 25
ANSWER = "The quick brown fox jumps over the lazy dog.\n" * 4


def measure() -> Iterable[Figure]:
    """Reading by itself, the same in the session, and a call that is kept beside one that is not."""
    with _home() as home:
        path = _session(home / "history")
        yield from _reading(path)
        yield from asyncio.run(_in_session(path))
        yield asyncio.run(_calls(home / "history"))


@contextmanager
def _home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, JACKFIELD_HOME=folder):
        yield Path(folder)


def _session(folder: Path) -> Path:
    """Calls, each entered before: a line that it was entered, one that it began, one that it ended."""
    folder.mkdir()
    path = folder / "2026-01-01-120000-p999999.jsonl"
    with path.open("wb") as file:
        file.write(heading_line(Heading(1_767_000_000.0, "/work")))
        for number in range(0, CELLS, 2):
            line = f"/call quick echo text={number}"
            file.write(entry_line(_entry(number, "entry", (Part("text", line),), again=line)))
            file.write(entry_line(_entry(number + 1, "running", name="quick.echo", server="quick")))
            raw = {"content": [{"type": "text", "text": ANSWER}]}
            done = _entry(number + 1, "done", (Part("text", ANSWER),), server="quick", result="tool", raw=raw)
            file.write(entry_line(done, changed=True))
    return path


def _entry(number: int, kind: str, parts: tuple[Part, ...] = (), **more: object) -> Entry:
    return Entry(number, 1_767_000_000.0 + number, kind, parts=parts, **more)  # type: ignore[arg-type]


def _reading(path: Path) -> Iterable[Figure]:
    began = time.perf_counter()
    found = newest_first([path])
    newest = [(cell_of(each), source_of(each)) for each in islice(found, 1_000)]
    first = time.perf_counter() - began
    rest = [(cell_of(each), source_of(each)) for each in found]
    note = f"{path.stat().st_size / 1e6:.0f} MB"
    yield Figure(f"{CELLS:,} cells kept: the newest 1,000", first, note=f"{note}, wished ≤ 300 ms")
    assert len(newest) + len(rest) == CELLS
    yield Figure(f"{CELLS:,} cells kept: all of them", time.perf_counter() - began, note=note)


async def _in_session(path: Path) -> list[Figure]:
    id = path.name.partition("-p")[0]
    app = Jackfield(Configuration, keeping=Keeping((), id))
    async with app.run_test(size=(120, 40)):
        await app.session.furnished.wait()
        await app.context.begun()
        began = time.perf_counter()
        async with watched() as stall:
            first = await _until(app, 1_000) - began
            whole = await _until(app, CELLS) - began
    await app.close_connections()
    return [
        Figure(f"{CELLS:,} cells in the session: readable", first, note="wished ≤ 300 ms"),
        Figure(f"{CELLS:,} cells in the session: complete", whole, stall=stall.longest, note="in a thread"),
    ]


async def _until(app: Jackfield, cells: int) -> float:
    """When there are so many cells."""
    while len(app.session.history.ids) < cells:  # noqa: ASYNC110 - the history tells nobody
        await asyncio.sleep(0.001)
    return time.perf_counter()


async def _calls(folder: Path) -> Figure:
    masker = Masker()
    recorder = Recorder(lambda: masker)
    recorder.open(new_path(folder), Heading(0.0))
    recording = Recording(recorder, time.time)
    number = 0
    async with ConnectionManager([quick()]) as manager, watched() as stall:
        await manager.settled(30)
        taken: dict[bool, list[float]] = {True: [], False: []}
        for turn in range(2 * ROUNDS):
            kept = turn % 4 in (0, 3)
            began = time.perf_counter()
            for _ in range(CALLS):
                source = Source("quick", '/call quick echo {"text": "hello"}', "jackfield call", "quick-echo")
                cell = Cell("running", "quick.echo", 'text="hello"', started=0.0)
                if kept:
                    recording.note(number, cell, source, True)
                source.result = result = await manager.call_tool("quick", "echo", {"text": "hello"})
                source.raw = result.raw
                done = Cell("done", "quick.echo", 'text="hello"', "3 ms", (TextPart("hello"),))
                if kept:
                    recording.note(number, done, source, False)
                number += 1
            taken[kept].append((time.perf_counter() - began) / CALLS)
            await asyncio.sleep(0.15)  # what waits is written before the others are timed
    recorder.close()
    ours, bare = (statistics.median(taken[kept]) for kept in (True, False))
    return Figure("one call that is kept / that is not", ours, bare, "≤ 1.02", stall.longest)
