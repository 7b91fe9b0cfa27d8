"""One call from a cold start, over stdio and over HTTP, beside a bare SDK client and the tools people use.

From the start of the program to its end, the server's start included over stdio, in alternating rounds.
mcporter and the Inspector's command line are shown where they are found (in `.peers`, or on the path).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.programs import found, seconds_of
from benchmarks.report import Figure
from benchmarks.servers import ARGUMENTS
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ("measure",)

ROUNDS = 5
WORDS = "hello"
BARE = f"""\
import asyncio, sys
from mcp import Client, StdioServerParameters
async def main(words):
    server = words[0] if len(words) == 1 else StdioServerParameters(command=words[0], args=words[1:])
    async with Client(server) as client:
        print(await client.call_tool("echo", {{"text": "{WORDS}"}}))
asyncio.run(main(sys.argv[1:]))
"""
SERVER = [sys.executable, *ARGUMENTS]


def measure() -> Iterable[Figure]:
    """Each transport; the bare client is a script that does nothing but the call."""
    with tempfile.TemporaryDirectory() as home, _web() as url:
        args = ", ".join(f'"{word}"' for word in ARGUMENTS)
        (Path(home) / "config.toml").write_text(
            f'[mcp_servers.stdio]\ncommand = "{sys.executable}"\nargs = [{args}]\n\n'
            f'[mcp_servers.http]\nurl = "{url}"\n',
            encoding="utf-8",
        )
        for transport, server in (("stdio", SERVER), ("http", [url])):
            programs = _programs(transport, server)
            seconds = _medians(programs, home)
            for name in list(programs)[1:]:
                yield Figure(f"cold call over {transport} / {name}", seconds["jackfield"], seconds[name])


def _programs(transport: str, server: Sequence[str]) -> dict[str, Sequence[str]]:
    programs: dict[str, Sequence[str]] = {
        "jackfield": [sys.executable, "-m", "app", "call", transport, "echo", f"text={WORDS}"],
        "bare SDK": [sys.executable, "-c", BARE, *server],
    }
    if mcporter := found("mcporter"):
        where = (
            ["--http-url", *server, "--allow-http"] if transport == "http" else ["--stdio", " ".join(server)]
        )
        programs["mcporter"] = [mcporter, "call", *where, "echo", f"text={WORDS}"]
    if inspector := found("mcp-inspector"):
        call = ["--method", "tools/call", "--tool-name", "echo", "--tool-arg", f"text={WORDS}"]
        programs["Inspector"] = [inspector, "--cli", *server, *call]
    return programs


@contextmanager
def _web() -> Iterator[str]:
    """The URL of `tests/servers/web.py` in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.servers.web"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def _medians(programs: Mapping[str, Sequence[str]], home: str) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in programs}
    with tempfile.TemporaryDirectory() as bytecode:
        kept = {"PYTHONPYCACHEPREFIX": bytecode, "PYTHONDONTWRITEBYTECODE": ""}
        environ = {**os.environ, "JACKFIELD_HOME": home, **kept}
        for number in range(ROUNDS + 1):
            for name, command in programs.items():
                seconds = seconds_of(command, environ, WORDS)
                if number:  # the first round compiles, and warms the caches of the file system
                    taken[name].append(seconds)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}
