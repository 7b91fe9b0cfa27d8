"""Settings of the servers that tests start."""

from __future__ import annotations

import sys
from typing import Any

from services.settings import ServerSettings
from tests.servers.warm import demo_command
from tests.support.places import ROOT, SERVERS

__all__ = ("demo", "quick")


def quick(name: str = "quick", *options: str, **settings: Any) -> ServerSettings:
    """A server of tests/servers/quick.py with its options; `settings` as in config.toml."""
    return ServerSettings(
        name, command=sys.executable, args=(str(SERVERS / "quick.py"), *options), **settings
    )


def demo(name: str = "demo", **settings: Any) -> ServerSettings:
    """The built-in demo server, warm."""
    command, args = demo_command()
    return ServerSettings(name, command=command, args=args, cwd=str(ROOT), **settings)
