"""Programs as a person runs them: where they are, and how long one takes from its start to its end."""

from __future__ import annotations

import shutil
import subprocess
import time
from typing import TYPE_CHECKING

from tests.peers.install import PEERS
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ("found", "seconds_of")


def found(name: str) -> str | None:
    """A program of npm: that in `.peers`, else that on the path."""
    installed = PEERS / "node" / "node_modules" / ".bin" / name
    return str(installed) if installed.exists() else shutil.which(name)


def seconds_of(command: Sequence[str], environ: Mapping[str, str], says: str = "") -> float:
    """How long a command takes. Raises RuntimeError for one that fails, or does not print what it `says`."""
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    taken = time.perf_counter() - began
    if done.returncode or says not in done.stdout:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr[-500:]}")
    return taken
