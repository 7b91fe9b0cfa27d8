"""Whether what a program keeps is still in use: its process is part of the name it is kept under."""

from __future__ import annotations

import os
import sys
import time
from typing import Final

__all__ = ("owner_runs",)

_DAY: Final = 24 * 3600.0


def owner_runs(pid: int, changed: float) -> bool:
    """Whether the program that made something still runs, as far as that can be known.

    `changed` is when it last changed that, in seconds of `time.time`.
    """
    if sys.platform == "win32":  # where a signal of 0 ends the process
        return pid == os.getpid() or time.time() - changed < _DAY
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # another person's
    return True
