"""Gateways of others in front of one server over HTTP, while a block runs; where `.peers` has them."""

from __future__ import annotations

import asyncio
import json
import os
import time
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.programs import found
from tests.peers.install import PROGRAMS, node, ready
from tests.peers.servers import free_port
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

__all__ = ("fastmcp_proxy", "mcporter_serve")

LONGEST = 60.0
PROXY = """
import sys
from fastmcp.server import create_proxy
create_proxy(sys.argv[1]).run(
    transport="http", port=int(sys.argv[2]), show_banner=False, uvicorn_config={"log_level": "critical"}
)
"""


@asynccontextmanager
async def fastmcp_proxy(url: str) -> AsyncIterator[str | None]:
    """fastmcp's proxy, as its documentation begins it; None where it is not installed."""
    if not ready():
        yield None
        return
    port = free_port()
    words = [str(PROGRAMS / "python"), "-c", PROXY, url, str(port)]
    async with _listening(words, port, dict(os.environ)):
        yield f"http://127.0.0.1:{port}/mcp"


@asynccontextmanager
async def mcporter_serve(url: str, folder: Path) -> AsyncIterator[str | None]:
    """`mcporter serve` with a daemon that keeps the server alive; None where it is not installed."""
    program = found("mcporter")
    if not ready() or program is None:
        yield None
        return
    config = folder / "mcporter.json"
    table = {"mcpServers": {"suite": {"url": url, "lifecycle": "keep-alive"}}}
    config.write_text(json.dumps(table), encoding="utf-8")
    path = os.pathsep.join((str(node().parent), os.environ.get("PATH", "")))
    environ = {**os.environ, "HOME": str(folder), "PATH": path}
    port, base = free_port(), [program, "--config", str(config)]
    try:
        async with _listening([*base, "serve", "--http", str(port)], port, environ):
            yield f"http://127.0.0.1:{port}/mcp/suite"
    finally:
        await (await _started([*base, "daemon", "stop"], environ)).wait()


async def _started(words: Sequence[str], environ: Mapping[str, str]) -> asyncio.subprocess.Process:
    quiet = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(
        *words, cwd=ROOT, env=environ, stdin=quiet, stdout=quiet, stderr=quiet
    )


@asynccontextmanager
async def _listening(words: Sequence[str], port: int, environ: Mapping[str, str]) -> AsyncIterator[None]:
    """A program while the block runs, from when its port answers."""
    process = await _started(words, environ)
    try:
        until = time.monotonic() + LONGEST
        while not await _answers(port):
            if process.returncode is not None or time.monotonic() > until:
                raise SystemExit(f"{Path(words[0]).name} does not listen")
            await asyncio.sleep(0.1)
        yield
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
