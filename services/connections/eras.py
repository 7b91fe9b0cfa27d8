"""Which servers speak only the older protocol, so that the next start does not ask again first.

Kept in memory and in one file of the home, by a hash of name and address; forgotten when the older
handshake stops working, and after a week, so that a server that learned the new way is noticed.
"""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from services.errors import ConfigurationError
from services.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from services.settings import ServerSettings

__all__ = ("Eras", "home_eras", "server_mark")

_FILE: Final = "eras.json"
_KEPT: Final = 7 * 24 * 3600.0
_MOST: Final = 1000


class Eras:
    """The servers of the older era, with the time each was found to be one. Reads and writes files:
    not on the event loop, but for `is_old`."""

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._old = _read(path) if path is not None else {}

    def is_old(self, settings: ServerSettings) -> bool:
        """Whether the server is known to speak only the older protocol."""
        return 0 <= self._clock() - self._old.get(server_mark(settings), -_KEPT) < _KEPT

    def learn(self, settings: ServerSettings, *, old: bool) -> None:
        """Remember what worked; a file that cannot be written costs only the next start a question."""
        mark = server_mark(settings)
        if old == self.is_old(settings):
            return
        others = _read(self._path) if self._path is not None else self._old
        self._old = {key: when for key, when in others.items() if key != mark}
        if old:
            self._old[mark] = self._clock()
        self._old = dict(sorted(self._old.items(), key=lambda entry: entry[1])[-_MOST:])
        if self._path is not None:
            with suppress(ConfigurationError):
                write_whole(self._path, json.dumps(self._old))


def home_eras() -> Eras:
    """Those of the home directory; only in memory where there is none."""
    from services.config.paths import home

    try:
        return Eras(home() / _FILE)
    except ConfigurationError:
        return Eras()


def server_mark(settings: ServerSettings) -> str:
    """A server by name and address, as a hash that may be part of a file's name."""
    address = (
        settings.name,
        settings.transport,
        settings.url,
        settings.command,
        *settings.args,
        settings.written_cwd,
    )
    return hashlib.sha256(json.dumps(address).encode("utf-8", "replace")).hexdigest()[:32]


def _read(path: Path) -> dict[str, float]:
    try:
        known: Any = json.loads(path.read_bytes())
        items = known.items() if isinstance(known, dict) else ()
        return {mark: float(when) for mark, when in items if isinstance(when, int | float)}
    except (OSError, ValueError, OverflowError, RecursionError):
        return {}
