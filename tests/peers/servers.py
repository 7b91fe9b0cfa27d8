"""How each peer is started: as a command for stdio, or as a running HTTP server with its URL."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.peers.install import PEERS, PROGRAMS, node
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = (
    "everything_http",
    "everything_stdio",
    "free_port",
    "git_stdio",
    "protected_http",
    "tasks_stdio",
    "time_stdio",
)

Command = tuple[str, tuple[str, ...]]
"""A program and its arguments."""

START_TIMEOUT = 20.0


def everything_stdio() -> Command:
    """`@modelcontextprotocol/server-everything`: every feature of the 2025-11-25 revision."""
    return str(node()), (_everything(), "stdio")


def time_stdio() -> Command:
    """`mcp-server-time`: two tools, in Python."""
    return str(PROGRAMS / "mcp-server-time"), ("--local-timezone", "Europe/Vienna")


def git_stdio(repository: Path) -> Command:
    """`mcp-server-git` on one repository."""
    return str(PROGRAMS / "mcp-server-git"), ("--repository", str(repository))


def tasks_stdio() -> Command:
    """`fastmcp-tasks`: a tool whose calls become tasks."""
    return str(PROGRAMS / "python"), (str(ROOT / "tests" / "peers" / "tasks_server.py"),)


@contextmanager
def everything_http(transport: str = "streamableHttp", port: int = 0) -> Iterator[str]:
    """`server-everything` over Streamable HTTP, or "sse", while the block runs; gives its URL."""
    port = port or free_port()
    server = subprocess.Popen(
        [node(), _everything(), transport],
        env={**os.environ, "PORT": str(port)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(port, server)
        yield f"http://127.0.0.1:{port}/{'sse' if transport == 'sse' else 'mcp'}"
    finally:
        end(server)


@contextmanager
def protected_http(port: int, issuer: str) -> Iterator[str]:
    """The Python SDK's protected server while the block runs; gives its URL."""
    server = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("protected_server.py"), str(port), issuer],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(port, server)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        end(server)


def end(server: subprocess.Popen[bytes]) -> None:
    """End a process that leads its own group, and the group with it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if server.poll() is None:
            os.killpg(server.pid, number)
        try:
            server.wait(5)
        except subprocess.TimeoutExpired:
            continue
        return


def _everything() -> str:
    return str(PEERS / "node/node_modules/@modelcontextprotocol/server-everything/dist/index.js")


def free_port() -> int:
    """A port that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"the server does not answer on port {port} (exit status {server.poll()})")
