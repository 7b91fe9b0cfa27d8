"""Whether our code on the disk is still the code that runs."""

from __future__ import annotations

import os
import sys
import time

__all__ = ("Code",)

_LOOK = 1.0
"""Seconds for which it is taken to be what it was."""


class Code:
    """Our modules on the disk, as they were when they were loaded."""

    def __init__(self) -> None:
        self._looked_at = time.monotonic()
        ours = (getattr(module, "__file__", None) for name, module in sys.modules.items() if _is_ours(name))
        self._states = {path: _state(path) for path in ours if path is not None}

    def has_changed(self) -> bool:
        """Whether any of them is another one now, or gone: after an update, or somebody's edit."""
        now = time.monotonic()
        if now - self._looked_at < _LOOK:
            return False
        self._looked_at = now
        return any(_state(path) != state for path, state in self._states.items())


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in ("app", "services", "widgets")


def _state(path: str) -> tuple[int, int] | None:
    try:
        state = os.stat(path)  # noqa: PTH116 - hundreds, each time somebody comes
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size
