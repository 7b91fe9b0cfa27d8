"""The folders below `results/`, one a conversation: what a model was not given whole is kept in them.

They are bounded in number, bytes and age: the oldest go first, never those that are in use.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.files import make_directory
from services.owners import owner_runs
from services.results.saving import save

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from services.results.sent import Result

__all__ = ("MOST_BYTES", "MOST_FOLDERS", "OLDEST", "keep_result", "results_folder", "tidy_results")

MOST_FOLDERS: Final = 200
MOST_BYTES: Final = 1 << 30
OLDEST: Final = 30 * 24 * 3600.0
"""Seconds since a folder last got a file."""

_NAME: Final = re.compile(r"\d{4}-\d\d-\d\d-\d{6}-(\d+)(?:-\d+)?")
"""Only what is named like this is ours to remove."""


def results_folder(home: Path) -> Path:
    """Where the files of a new conversation go; made when there is one."""
    stem = home / "results" / f"{time.strftime('%Y-%m-%d-%H%M%S')}-{os.getpid()}"
    number, path = 1, stem
    while path.exists():
        number += 1
        path = stem.with_name(f"{stem.name}-{number}")
    return path


async def keep_result(result: Result | str, folder: Path, stem: str) -> tuple[Path, ...]:
    """Save a result into a folder that nobody else may read; its files. Raises SaveFailed."""
    with suppress(OSError):  # then it cannot be saved either, and that says why
        await asyncio.to_thread(make_directory, folder)
    return await save(result, folder, stem)


def tidy_results(
    home: Path,
    keep: Collection[Path] = (),
    *,
    folders: int = MOST_FOLDERS,
    size: int = MOST_BYTES,
    oldest: float = OLDEST,
) -> tuple[Path, ...]:
    """Remove the oldest folders beyond any of the bounds; those removed. Blocks; raises nothing.

    Folders to `keep`, and those of programs that still run, stay and count.
    """
    kept = {path.absolute() for path in keep}
    found = sorted(_folders(home / "results"), key=lambda folder: folder.changed)
    number, weight, now = len(found), sum(folder.size for folder in found), time.time()
    removed = []
    for folder in found:
        beyond = number > folders or weight > size or now - folder.changed > oldest
        if not beyond or folder.path in kept or owner_runs(folder.owner, folder.changed):
            continue
        shutil.rmtree(folder.path, ignore_errors=True)
        number, weight = number - 1, weight - folder.size
        removed.append(folder.path)
    return tuple(removed)


@dataclass(frozen=True, slots=True)
class _Folder:
    path: Path
    changed: float
    """When it last got a file, in seconds of `time.time`."""
    size: int
    owner: int
    """The process that made it."""


def _folders(results: Path) -> Iterator[_Folder]:
    """The folders of conversations; links are not followed, and what cannot be read is left alone."""
    try:
        entries = list(os.scandir(results.absolute()))
    except OSError:
        return
    for entry in entries:
        named = _NAME.fullmatch(entry.name)
        try:
            if named and entry.is_dir(follow_symlinks=False):
                path = Path(entry.path)
                yield _Folder(path, entry.stat(follow_symlinks=False).st_mtime, _size(path), int(named[1]))
        except OSError:
            continue


def _size(folder: Path) -> int:
    return sum((Path(where) / name).lstat().st_size for where, _, names in os.walk(folder) for name in names)
