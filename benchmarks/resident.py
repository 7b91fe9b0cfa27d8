"""One call through a resident, from the start of the program to its end, beside Python and mcporter's daemon.

In alternating rounds, each call with a pause before it, as people call; the server runs already. mcporter is
shown where it is found (in `.peers`, or on the path), with a server that its daemon keeps alive.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.programs import found, seconds_of
from benchmarks.report import Figure
from benchmarks.servers import ARGUMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ("measure",)

ROUNDS = 15
PAUSE = 0.3
WORDS = "hello"
RUN = "from app.__main__ import main; main()"
"""As the installed command begins."""
WARM, PYTHON, COLD, PEER = "jackfield", "bare Python", "jackfield --cold", "mcporter's daemon"


def measure() -> Iterable[Figure]:
    """The warm call beside each of the others."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        with _configured(folder) as environ, _programs(folder, environ) as programs:
            seconds = _medians(programs, environ)
    for name in list(programs)[1:]:
        wished = "≤ 3" if name == PYTHON else "< 1"
        yield Figure(f"warm call / {name}", seconds[WARM], seconds[name], wished)


@contextmanager
def _configured(folder: Path) -> Iterator[dict[str, str]]:
    """The environment of a home with one server, whose resident runs."""
    args = ", ".join(json.dumps(word) for word in ARGUMENTS)
    (folder / "config.toml").write_text(
        f"[mcp_servers.kept]\ncommand = {json.dumps(sys.executable)}\nargs = [{args}]\n", encoding="utf-8"
    )
    (folder / "run").mkdir(mode=0o700)
    (folder / "mcporter.json").write_text(
        json.dumps(
            {
                "mcpServers": {
                    "kept": {"command": sys.executable, "args": ARGUMENTS, "lifecycle": "keep-alive"},
                }
            }
        ),
        encoding="utf-8",
    )
    bytecode = {"PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "PYTHONDONTWRITEBYTECODE": ""}
    places = {"JACKFIELD_HOME": str(folder), "XDG_RUNTIME_DIR": str(folder / "run")}
    environ = {**os.environ, **places, **bytecode, "HOME": str(folder)}
    seconds_of([sys.executable, "-c", RUN, "resident", "start"], environ)
    try:
        yield environ
    finally:
        seconds_of([sys.executable, "-c", RUN, "resident", "stop"], environ)


@contextmanager
def _programs(folder: Path, environ: Mapping[str, str]) -> Iterator[dict[str, Sequence[str]]]:
    call = [sys.executable, "-c", RUN, "call", "kept", "echo", f"text={WORDS}"]
    programs: dict[str, Sequence[str]] = {
        WARM: call,
        PYTHON: [sys.executable, "-c", "pass"],
        COLD: [*call, "--cold"],
    }
    if (peer := found("mcporter")) is None:
        yield programs
        return
    base = [peer, "--config", str(folder / "mcporter.json")]
    programs[PEER] = [*base, "call", "kept.echo", f"text={WORDS}"]
    try:
        yield programs
    finally:
        with suppress(RuntimeError):
            seconds_of([*base, "daemon", "stop"], environ)


def _medians(programs: Mapping[str, Sequence[str]], environ: Mapping[str, str]) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(ROUNDS + 2):
        for name, command in programs.items():
            if name == COLD and number > 4:
                continue
            time.sleep(PAUSE)
            seconds = seconds_of(command, environ, WORDS if "echo" in command else "")
            if number > 1:  # the first rounds compile, start servers, and warm the caches of the file system
                taken[name].append(seconds)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}
