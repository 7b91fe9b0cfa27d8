"""Noticing that files of the configuration changed: by looking, which works on every file system.

It sees edits in place and by rename, through symbolic links, and files and folders that come and
go, and costs a `stat` a file.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

__all__ = ("Look", "look", "look_until_still")

Look = tuple[tuple[str, int, int, int], ...]
"""Path, inode, size and time of change of every file that is there."""

_STILL: Final = 0.15
"""Seconds without a change after which a writer is taken to be done."""
_LONGEST: Final = 3.0
"""Seconds that somebody who goes on writing is waited for."""


def look(places: Iterable[Path]) -> Look:
    """What the files look like now."""
    return tuple(seen for path in places if (seen := _seen(path)))


def look_until_still(places: Callable[[], Iterable[Path]]) -> Look:
    """What the files look like once nobody writes them any more; blocks, so use it in a thread."""
    now, latest = look(places()), time.monotonic() + _LONGEST
    while time.monotonic() < latest:
        time.sleep(_STILL)
        before, now = now, look(places())
        if now == before:
            break
    return now


def _seen(path: Path) -> tuple[str, int, int, int] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return str(path), found.st_ino, found.st_size, found.st_mtime_ns
