"""The small server that both sides of a comparison talk to, and the bare SDK client."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from services.settings import ServerSettings
from tests.support.places import ROOT

if TYPE_CHECKING:
    from mcp import Client

__all__ = ("ARGUMENTS", "bare_client", "quick")

ARGUMENTS = (str(ROOT / "tests" / "servers" / "quick.py"),)


def quick(name: str = "quick", *options: str) -> ServerSettings:
    """`tests/servers/quick.py` as a configured server, of the revision that it speaks."""
    return ServerSettings(name, command=sys.executable, args=(*ARGUMENTS, *options), protocol="legacy")


def bare_client(*options: str) -> Client:
    """The SDK's own client of the same server: its transport, its parsing, nothing of ours."""
    from mcp import Client, StdioServerParameters

    # The SDK hands its own standard error to the server, whose last words would stand in the table.
    quiet = ["-c", 'exec "$0" "$@" 2>/dev/null', sys.executable, *ARGUMENTS, *options]
    server = StdioServerParameters(command="sh", args=quiet)
    return Client(server, mode="legacy", read_timeout_seconds=120)
