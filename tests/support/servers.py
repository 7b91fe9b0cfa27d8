"""Settings of the servers that tests start."""

from __future__ import annotations

import json
import sys
from typing import Any

from services.settings import ServerSettings
from tests.servers.warm import demo_command
from tests.support.places import ROOT, SERVERS

__all__ = ("demo", "odd", "quick")


def quick(name: str = "quick", *options: str, **settings: Any) -> ServerSettings:
    """A server of tests/servers/quick.py with its options; `settings` as in config.toml."""
    return ServerSettings(
        name, command=sys.executable, args=(str(SERVERS / "quick.py"), *options), **settings
    )


def odd(name: str = "odd", *, answers: dict[str, Any] | None = None, **settings: Any) -> ServerSettings:
    """A server of tests/servers/odd.py with what it answers otherwise than it should."""
    args = (str(SERVERS / "odd.py"), json.dumps(answers or {}))
    return ServerSettings(name, command=sys.executable, args=args, **settings)


def demo(name: str = "demo", **settings: Any) -> ServerSettings:
    """The built-in demo server, warm."""
    command, args = demo_command()
    return ServerSettings(name, command=command, args=args, cwd=str(ROOT), **settings)
