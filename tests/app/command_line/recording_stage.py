"""Commands that serve until they are told to end."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.app.command_line.connect_stage import starting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ("serving",)


@contextmanager
def serving(*words: str, home: Path) -> Iterator[str]:
    """A command that prints its URL and serves until it is told to end."""
    with starting(*words, home=home) as process:
        assert process.stderr is not None
        try:
            yield process.stderr.readline().decode().strip()
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)
