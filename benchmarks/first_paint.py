"""From the start of the process to a composer that takes a key, against an empty Textual app.

Both run in a real pseudo-terminal, in turns. A letter is typed as soon as the first paint is there; the
composer is usable when the letter shows. Both run from bytecode, as installed programs do.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.report import Figure
from benchmarks.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ("measure",)

ROUNDS = 9
LETTER = "ж"
JACKFIELD = [sys.executable, "-m", "app"]
EMPTY = [sys.executable, str(Path(__file__).with_name("empty_app.py"))]
PROGRAMS = {
    "no servers": (JACKFIELD, "›"),
    "demo": ([*JACKFIELD, "demo"], "›"),
    "empty": (EMPTY, "ay something"),  # the cursor stands on the first letter
}


def measure() -> Iterable[Figure]:
    """Paint and use, with no servers configured and with the demo server starting behind the screen."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as bytecode:
        for number in range(ROUNDS + 1):
            for name, (command, mark) in PROGRAMS.items():
                taken = _start(command, mark, bytecode)
                if number:  # the first round compiles, and warms the caches of the file system
                    times[name].append(taken)
    for index, what in enumerate(("first paint", "composer usable")):
        median = {name: statistics.median(pair[index] for pair in pairs) for name, pairs in times.items()}
        for name in ("no servers", "demo"):
            yield Figure(f"{what}, {name} / empty app", median[name], median["empty"], "≤ 1.15")


def _start(command: Sequence[str], mark: str, bytecode: str) -> tuple[float, float]:
    """Seconds to the first paint and to the letter on the screen."""
    kept = {"PYTHONPYCACHEPREFIX": bytecode, "PYTHONDONTWRITEBYTECODE": ""}
    with (
        tempfile.TemporaryDirectory() as home,
        Terminal(command, {"JACKFIELD_HOME": home, **kept}) as terminal,
    ):
        painted = terminal.read_until(mark)
        terminal.write(LETTER)
        return painted, terminal.read_until(LETTER)
