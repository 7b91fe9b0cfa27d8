"""Histories of 1,000, 10,000 and 100,000 cells: filling, adding one, scrolling, frame by frame."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.report import Figure
from benchmarks.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ("measure",)

SIZES = (1_000, 10_000, 100_000)
LIMIT = 40.0


def measure() -> Iterable[Figure]:
    """Each size in a terminal of its own, beside the smallest."""
    smallest: dict[str, float] = {}
    for size in SIZES:
        for what, (frame, stall) in _in_terminal(size).items():
            note = f"{1 / frame:.0f} frames a second, wished ≥ 30" if what in ("scroll", "jump") else ""
            if size == SIZES[0]:
                smallest[what] = frame
                yield Figure(f"{size:,} cells: {what}", frame, stall=stall, note=note)
            else:
                name = f"{size:,} cells: {what} / {SIZES[0]:,}"
                yield Figure(name, frame, smallest[what], stall=stall, note=note)


def _in_terminal(size: int) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        Terminal.complete([sys.executable, "-m", "benchmarks.history_app", str(size), str(answer)], LIMIT)
        found: dict[str, list[float]] = json.loads(answer.read_text(encoding="utf-8"))
        return found
