"""Files of skills that were fetched, so that the same file is not fetched twice.

One file of the home for each, by a hash of the server and the digest, as the server answered. What is read
here is verified like an answer of the server: whoever changed it gets it fetched again.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from services.connections.eras import server_mark
from services.errors import ConfigurationError
from services.files import make_directory, write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from services.settings import ServerSettings
    from services.skills.entries import SkillFile

__all__ = ("SkillFiles", "home_skill_files")

_FOLDER: Final = "skill-files"
_MOST_FILES: Final = 1_000
_MOST_BYTES: Final = 64 << 20
"""Of them all: the files that were used longest ago go first."""
_LARGEST: Final = 24 << 20
"""Bytes of one answer: a file of 16 MiB in base64, and something around it."""


class SkillFiles:
    """Reads and writes files: not on the event loop. Without a folder nothing is kept."""

    def __init__(
        self, folder: Path | None = None, *, most: int = _MOST_FILES, size: int = _MOST_BYTES
    ) -> None:
        self._folder = folder
        self._most = most
        self._size = size

    def answer(self, settings: ServerSettings, file: SkillFile) -> dict[str, Any] | None:
        """The answer to `resources/read` that was kept of a file, not yet verified; None where none was."""
        if (path := self._path(settings, file)) is None:
            return None
        try:
            if path.stat().st_size > _LARGEST:
                return None
            contents = json.loads(path.read_bytes())
            os.utime(path)
        except (OSError, ValueError, RecursionError):
            return None
        return {"contents": contents}

    def keep(self, settings: ServerSettings, file: SkillFile, raw: dict[str, Any]) -> None:
        """Keep an answer that was verified; what cannot be written costs only the next fetch."""
        path = self._path(settings, file)
        with suppress(ConfigurationError, OSError, ValueError, RecursionError):
            text = json.dumps(raw["contents"])
            if path is not None and len(text) <= min(_LARGEST, self._size):
                make_directory(path.parent)
                write_whole(path, text)
                self._tidy(path.parent)

    def forget(self, settings: ServerSettings, file: SkillFile) -> None:
        """What was kept of a file is not what its digest says."""
        if (path := self._path(settings, file)) is not None:
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _path(self, settings: ServerSettings, file: SkillFile) -> Path | None:
        """None for a file without a digest, whose content is generated each time.

        Of each server apart: none may learn, from what is not fetched, what another one has.
        """
        if self._folder is None or not file.digest:
            return None
        return self._folder / hashlib.sha256(f"{server_mark(settings)} {file.digest}".encode()).hexdigest()

    def _tidy(self, folder: Path) -> None:
        with os.scandir(folder) as entries:
            states = [(entry.path, entry.stat(follow_symlinks=False)) for entry in entries]
        number, weight = len(states), sum(state.st_size for _, state in states)
        for path, state in sorted(states, key=lambda one: one[1].st_mtime):
            if number <= self._most and weight <= self._size:
                return
            with suppress(OSError):
                os.unlink(path)  # noqa: PTH108 - as the directory was read
            number, weight = number - 1, weight - state.st_size


def home_skill_files() -> SkillFiles:
    """Those of the home directory; none where there is none."""
    from services.config.paths import home

    try:
        return SkillFiles(home() / _FOLDER)
    except ConfigurationError:
        return SkillFiles()
