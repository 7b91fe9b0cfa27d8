"""Noticing that files of the configuration changed: by looking, which works on every file system.

It sees edits in place and by rename, through symbolic links, and files and folders that come and
go, and costs a `stat` a file.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from services.config.source import Loaded, Source

__all__ = ("Look", "Watched", "look", "look_until_still")

Look = tuple[tuple[str, int, int, int], ...]
"""Path, inode, size and time of change of every file that is there."""

_PAUSE: Final = 0.5
"""Seconds between two looks; one costs a few system calls."""
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


class Watched:
    """A configuration, and whether its files are others now than when it was read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._looked: Look = ()

    def mark(self) -> None:
        """Take the files as read: what changes from now on is a change."""
        self._looked = look(self.source.places())

    def loaded(self) -> Loaded:
        """`Source.loaded`, in a thread alike; what changes meanwhile is a change."""
        self.mark()
        return self.source.loaded()

    async def changed(self) -> None:
        """Return once a file has changed and nobody writes it any more; each change once."""
        while True:
            await asyncio.sleep(_PAUSE)
            if await asyncio.to_thread(self._differs):
                return

    def _differs(self) -> bool:
        places = self.source.places
        return look(places()) != self._looked and look_until_still(places) != self._looked


def _seen(path: Path) -> tuple[str, int, int, int] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return str(path), found.st_ino, found.st_size, found.st_mtime_ns
