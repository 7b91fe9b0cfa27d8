"""Processor time of short commands, beside what Python and the libraries cost by themselves.

User and system time of the whole process, as the operating system counts it, medians of alternating rounds.
No server of the configuration needs a probe; `codex mcp list` reads the same file.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.report import Figure
from tests.peers.install import PEERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ("measure",)

ROUNDS = 15
BOUND = "≤ 1.30"
STDIO = """\
[mcp_servers.server-{}]
command = "uvx"
args = ["mcp-server-time", "--local-timezone", "UTC"]

"""
HTTP = """\
[mcp_servers.docs]
url = "https://example.com/mcp"
bearer_token_env_var = "HOME"
"""
CONFIGURATION = "".join(STDIO.format(number) for number in range(5)) + HTTP
COMPLETION = {
    "_JACKFIELD_COMPLETE": "bash_complete",
    "COMP_WORDS": "jackfield mcp get server",
    "COMP_CWORD": "3",
}
OURS: dict[str, tuple[str, ...]] = {
    "--version": ("--version",),
    "completion": (),
    "mcp list": ("mcp", "list"),
    "mcp get": ("mcp", "get", "server-1"),
    "mcp add": ("mcp", "add", "new", "--", "sh"),
    "mcp remove": ("mcp", "remove", "new"),
}
"""What is measured; `add` and `remove` stand in this order, as the one undoes the other."""

PYTHON = {
    "pass": "pass",
    "click": "import click",
    "pydantic, click, tomllib": "from pydantic import BaseModel; import click, tomllib",
}


def measure() -> Iterable[Figure]:
    """Each command against its bound, then `mcp list` beside Codex and bare Python."""
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "config.toml").write_text(CONFIGURATION, encoding="utf-8")
        seconds = _medians(_commands(), home)
    for name in OURS:
        beside = "click" if name in ("--version", "completion") else "pydantic, click, tomllib"
        yield Figure(f"CPU, {name} / {beside}", seconds[name], seconds[beside], BOUND)
    yield Figure("CPU, mcp list / python -c pass", seconds["mcp list"], seconds["pass"])
    if "codex" in seconds:
        yield Figure("CPU, mcp list / codex mcp list", seconds["mcp list"], seconds["codex"])


def _commands() -> dict[str, Sequence[str | Path]]:
    script = Path(sys.executable).with_name("jackfield")
    program = [script] if script.exists() else [sys.executable, "-m", "app"]
    commands: dict[str, Sequence[str | Path]] = {name: [*program, *words] for name, words in OURS.items()}
    commands |= {name: [sys.executable, "-c", code] for name, code in PYTHON.items()}
    installed = PEERS.glob("node/node_modules/@openai/codex-*/vendor/*/bin/codex*")
    codex = next((path for path in installed if path.stem == "codex"), None) or shutil.which("codex")
    return commands | ({"codex": [codex, "mcp", "list"]} if codex else {})


def _medians(commands: Mapping[str, Sequence[str | Path]], home: str) -> dict[str, float]:
    environ = {**os.environ, "JACKFIELD_HOME": home, "CODEX_HOME": home}
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(ROUNDS + 1):
        for name, command in commands.items():
            seconds = _cpu(command, environ | (COMPLETION if name == "completion" else {}))
            if number:  # the first round writes byte code and warms the caches of the file system
                taken[name].append(seconds)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def _cpu(command: Sequence[str | Path], environ: Mapping[str, str]) -> float:
    """User and system seconds of one process and of those it waited for."""
    with subprocess.Popen(
        command,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime
