"""The suite's scenarios for servers: through our gateway, in front of a server that passes them directly.

The server (`tests/servers/suite_server.py`) stands behind the gateway twice, once in each era, and the
gateway offers it at `/mcp/NAME` under the names that the suite knows. Clients of 2025-11-25 are served from
either; those of 2026-07-28 from the newer one: scenarios of that revision look for what the handshake cannot
tell a server, such as the capabilities of each request.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conformance.outcome import Outcome
from tests.support.places import ROOT, SERVERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    Suite = Callable[..., Awaitable[tuple[int, str, str]]]

SECONDS = 60.0
CONFIG = """
[mcp_servers.newer]
url = "{url}"
[mcp_servers.older]
url = "{url}"
protocol = "legacy"
"""


@dataclass(frozen=True, slots=True)
class Leg:
    """One address, in the words of one revision."""

    revision: str
    way: str
    url: str


@asynccontextmanager
async def legs() -> AsyncIterator[tuple[Leg, ...]]:
    """The server and the gateway in front of it, while the block runs."""
    with tempfile.TemporaryDirectory(prefix="gateway-") as home:
        async with _line([SERVERS / "suite_server.py", "0"], {}, error=False) as port:
            direct = f"http://127.0.0.1:{port}/mcp"
            Path(home, "config.toml").write_text(CONFIG.format(url=direct), encoding="utf-8")
            words = ["-m", "app", "serve", "--http", "127.0.0.1:0", "--no-token"]
            async with _line(words, {"JACKFIELD_HOME": home}, error=True) as gateway:
                yield (
                    Leg("2025-11-25", "direct", direct),
                    Leg("2026-07-28", "direct", direct),
                    Leg("2025-11-25", "gateway", f"{gateway}/older"),
                    Leg("2025-11-25", "gateway, newer server", f"{gateway}/newer"),
                    Leg("2026-07-28", "gateway", f"{gateway}/newer"),
                )


async def required(suite: Suite, revision: str) -> list[str]:
    """The scenarios for servers that a revision requires."""
    status, out, err = await suite("list", "--server", "--requirements", revision)
    if status:
        raise SystemExit(f"the suite cannot list its scenarios: {err}")
    named = out.partition("Server scenarios")[2].partition("Client scenarios")[0].partition("Run and")[0]
    return re.findall(r"^ +- (\S+)$", named, re.MULTILINE)


async def run(suite: Suite, leg: Leg, wanted: tuple[str, ...]) -> list[Outcome]:
    """Every required scenario, or those of them that are wanted, at one address."""
    names = [name for name in await required(suite, leg.revision) if not wanted or name in wanted]
    if not names:
        return []
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        one = ("--scenario", names[0], "--spec-version", leg.revision) if len(names) == 1 else ()
        which = one or ("--requirements", leg.revision)
        _, out, err = await suite("server", "--url", leg.url, *which, "--output-dir", folder)
        seconds = time.monotonic() - started
        return [_outcome(leg, name, Path(folder), seconds / len(names), out + err) for name in names]


def _outcome(leg: Leg, name: str, folder: Path, seconds: float, said: str) -> Outcome:
    pattern = re.compile(rf"server-{re.escape(name.replace('/', '-'))}-\d{{4}}-\d\d-\d\dT.*")
    found = next((each / "checks.json" for each in folder.iterdir() if pattern.fullmatch(each.name)), None)
    checks = json.loads(found.read_text(encoding="utf-8")) if found is not None else []
    return Outcome.of(leg.revision, f"{leg.way}: {name}", checks, seconds, said)


@asynccontextmanager
async def _line(words: Sequence[str | Path], environ: dict[str, str], *, error: bool) -> AsyncIterator[str]:
    """A program of ours while the block runs, and what it prints of where it listens."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        cwd=ROOT,
        env={**os.environ, **environ},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL if error else asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE if error else asyncio.subprocess.DEVNULL,
    )
    stream = process.stderr if error else process.stdout
    assert stream is not None
    try:
        async with asyncio.timeout(SECONDS):
            line = ""
            while not (line.startswith("http://") or line.isdecimal()):
                line = (await stream.readline()).decode().strip()
                if not line and process.returncode is not None:
                    raise SystemExit("the server ended before it listened")
        reading = asyncio.create_task(stream.read())
        yield line
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
    reading.cancel()
