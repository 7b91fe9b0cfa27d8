"""Configurations that need no file: the demo server, one command, one URL."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from services.config.program_names import program_name
from services.errors import ConfigurationError
from services.settings import Configuration, ServerSettings
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("demo", "single")


def demo() -> Configuration:
    """The built-in demo server: no configuration, no network."""
    root = Path(__file__).resolve().parents[2]
    server = ServerSettings("demo", command=sys.executable, args=("-m", "services.demo"), cwd=str(root))
    return Configuration(servers=(server,))


def single(words: Sequence[str], environ_names: Sequence[str] = ()) -> Configuration:
    """One server that is not configured: a URL, or a command with its arguments.

    A command given by hand is ours to trust: it sees the variables named in `environ_names`.
    """
    if not words:
        raise ConfigurationError(
            "no command and no URL given", hint="jackfield run -- CMD ARGS… or jackfield run URL"
        )
    first = words[0]
    if first.startswith(("http://", "https://")):
        if len(words) > 1:
            raise ConfigurationError(f"one URL takes no arguments: {one_line(words[1], 80)}")
        host = urlsplit(first).hostname
        if not host:
            raise ConfigurationError(f"not a usable URL: {one_line(first, 120)}")
        return Configuration(servers=(ServerSettings(host, transport="http", url=first),))
    server = ServerSettings(
        program_name(words),
        command=first,
        args=tuple(words[1:]),
        env_vars=tuple(environ_names),
        cwd=str(Path.cwd()),
    )
    return Configuration(servers=(server,))
