"""An answer of a model as it streams onto the screen: first token, cost of each, the keys meanwhile."""

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

LIMIT = 90.0


def measure() -> Iterable[Figure]:
    """Answers of 1,000 and 20,000 tokens as fast as they come, and one of 200 tokens a second."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        Terminal.complete([sys.executable, "-m", "benchmarks.answers_app", str(answer)], LIMIT)
        found: dict[str, float] = json.loads(answer.read_text(encoding="utf-8"))
    yield Figure("first token on the screen after the model's", found["first"], wished="")
    yield Figure("a token of 1,000", found["short"])
    yield Figure("a token of 20,000 / of 1,000", found["long"], found["short"], "≤ 1.5")
    yield Figure(
        "200 tokens a second, a token / its 5 ms",
        found["paced"],
        0.005,
        "",
        found["stall"],
        "processor time of a token; stall wished ≤ 50 ms",
    )
    yield Figure("500 turns shown again", found["reopened"])
