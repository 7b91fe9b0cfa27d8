"""The files below `history/`, one session each: how they are named, listed, taken over and tidied.

2026-11-27-230811-4711.jsonl         the session, written by process 4711
2026-11-27-230811-4711.older.jsonl   its beginning, where it grew too large for one file
2026-11-27-230811-4711.model.json    what was said with a model, for the model to go on from
"""

from __future__ import annotations

import os
import re
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from services.errors import JackfieldError
from services.owners import owner_runs
from services.text import one_line
from services.transcript.entries import Heading
from services.transcript.lines import heading_of, number_of, read_entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = (
    *("MODEL", "MOST_BYTES", "MOST_FILES", "OLDER", "OLDEST", "SUFFIX"),
    *(
        "KeptSession",
        "NoSuchSession",
        "beside",
        "find_session",
        "id_of",
        "latest",
        "new_path",
        "sessions",
        "take",
        "tidy",
    ),
)

SUFFIX, OLDER, MODEL = ".jsonl", ".older.jsonl", ".model.json"
MOST_FILES: Final = 500
MOST_BYTES: Final = 1 << 30
OLDEST: Final = 90 * 24 * 3600.0
"""Seconds since something was written to a session."""

_NAME: Final = re.compile(r"((\d{4}-\d\d-\d\d-\d{6})(?:-(\d{1,3}))?)-p(\d{1,10})")
"""Only what is named like this is ours to read and to remove."""
_LOOK: Final = 1 << 16
"""Bytes that are read of the beginning and of the end of a file to say what is in it."""


class NoSuchSession(JackfieldError):
    """No session that was kept goes by this name, or none was kept at all."""


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A session that was kept."""

    path: Path
    id: str
    """Its name without the process: `2026-11-27-230811`."""
    owner: int
    """The process that wrote it last."""
    changed: float
    """When that was, in seconds since 1970."""
    size: int
    """Bytes of all its files."""
    heading: Heading
    entries: int = 0
    """How many entries it has, about: cleared ones count."""
    first: str = ""
    """What was entered or called first."""

    @property
    def in_use(self) -> bool:
        """Whether another program goes on with it, as far as that can be known."""
        return self.owner != os.getpid() and owner_runs(self.owner, self.changed)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files with its entries, the newest first."""
        return self.path, beside(self.path, OLDER)


def beside(path: Path, suffix: str) -> Path:
    """Another file of the same session."""
    return path.with_name(path.name.removesuffix(SUFFIX) + suffix)


def new_path(folder: Path, stamp: str = "", but: Iterable[str] = ()) -> Path:
    """Where the file of a session of ours goes; `stamp` is when it began, else now.

    `but`: names of sessions that have no file yet.
    """
    stamp = stamp or time.strftime("%Y-%m-%d-%H%M%S")
    taken = {named[1] for name in _names(folder) if (named := _NAME.match(name))} | set(but)
    number, id = 1, stamp
    while id in taken:
        number += 1
        id = f"{stamp}-{number}"
    return folder / f"{id}-p{os.getpid()}{SUFFIX}"


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names are all that is needed
    except OSError:
        return []


def sessions(folder: Path, *, told: bool = True) -> list[KeptSession]:
    """The sessions that were kept, those last written to first; `told` says what is in them. Blocks."""
    found = []
    for name in _names(folder):
        named = _NAME.fullmatch(name.removesuffix(SUFFIX)) if name.endswith(SUFFIX) else None
        if named is None:
            continue
        path = folder / name
        with suppress(OSError):
            found.append(_told(path, named) if told else _named(path, named))
    return sorted(found, key=lambda session: (session.changed, session.id), reverse=True)


def _named(path: Path, named: re.Match[str]) -> KeptSession:
    state = path.lstat()
    if not path.is_file() or path.is_symlink():
        raise OSError(0, "not a regular file", str(path))
    size = state.st_size
    for suffix in (OLDER, MODEL):
        with suppress(OSError):
            size += beside(path, suffix).lstat().st_size
    return KeptSession(path, named[1], int(named[4]), state.st_mtime, size, Heading(_began(named[2])))


def _told(path: Path, named: re.Match[str]) -> KeptSession:
    kept = _named(path, named)
    older = beside(path, OLDER)
    with (older if older.is_file() else path).open("rb") as file:
        first, *lines = file.read(_LOOK).split(b"\n")
    heading = heading_of(first) or kept.heading
    entered = next((text for line in (first, *lines) if (text := _entered(line))), "")
    return replace(kept, heading=heading, entries=_last_number(path) + 1, first=entered)


def _began(stamp: str) -> float:
    try:
        return time.mktime(time.strptime(stamp, "%Y-%m-%d-%H%M%S"))
    except (ValueError, OverflowError):
        return 0.0


def _entered(line: bytes) -> str:
    if b'"kind":"entry"' not in line[:200] and b'"again":' not in line:
        return ""
    entry = read_entry(line)
    return one_line(entry.again, 300) if entry is not None else ""


def _last_number(path: Path) -> int:
    """The highest number near the end of a file; -1 where there is none."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        size = _LOOK
        while True:
            file.seek(max(end - size, 0))
            numbers = [found[0] for line in file.read(size).split(b"\n") if (found := number_of(line))]
            if numbers or size >= end:
                return max(numbers, default=-1)
            size *= 8


# Which one.


def id_of(path: Path) -> str:
    """The name of the session that a file of ours is."""
    return path.name.rpartition("-p")[0]


def find_session(folder: Path, id: str) -> KeptSession:
    """The session of that name or the beginning of one, the newest of several. Raises NoSuchSession."""
    kept = sessions(folder, told=False)
    exact = [session for session in kept if session.id == id or session.path.name.startswith(f"{id}-p")]
    found = exact or [session for session in kept if id and session.path.name.startswith(id)]
    if not found:
        hint = "jackfield history list shows them." if kept else ""
        raise NoSuchSession(f"no session {one_line(id, 80)} was kept", hint=hint)
    return _whole(found[0])


def latest(folder: Path, directory: str, way: tuple[str, ...] = ()) -> KeptSession:
    """The newest session of a working directory that was opened the same way, else the newest of that way.

    Raises NoSuchSession. One that another program goes on with is passed over.
    """
    fitting = [
        session
        for session in sessions(folder)
        if session.heading.way[:1] == way[:1] and not session.in_use and session.entries
    ]
    here = [session for session in fitting if session.heading.directory == directory]
    same = [session for session in here or fitting if session.heading.way == way]
    if not fitting:
        raise NoSuchSession("no session to continue was kept")
    return (same or here or fitting)[0]


def _whole(session: KeptSession) -> KeptSession:
    named = _NAME.fullmatch(session.path.name.removesuffix(SUFFIX))
    assert named is not None
    try:
        return _told(session.path, named)
    except OSError as error:
        raise NoSuchSession(f"the session {session.id} cannot be read: {_reason(error)}") from error


def take(session: KeptSession) -> Path:
    """Make a session ours, to go on with it: its file, renamed; of one that is in use a copy.

    Raises NoSuchSession when it is gone, OSError where that cannot be done. Blocks.
    """
    if session.owner == os.getpid():
        return session.path
    if session.in_use:
        target = new_path(session.path.parent)
        act = shutil.copyfile
    else:
        target = session.path.with_name(f"{session.id}-p{os.getpid()}{SUFFIX}")
        act = os.replace  # type: ignore[assignment]
    try:
        act(session.path, target)
    except FileNotFoundError as error:
        raise NoSuchSession(
            f"the session {session.id} is gone, or another program goes on with it"
        ) from error
    target.chmod(0o600)
    for suffix in (OLDER, MODEL):
        with suppress(FileNotFoundError):
            act(beside(session.path, suffix), beside(target, suffix))
    return target


# Bounds.


def tidy(
    folder: Path,
    keep: Iterable[Path] = (),
    *,
    files: int = MOST_FILES,
    size: int = MOST_BYTES,
    oldest: float = OLDEST,
) -> tuple[Path, ...]:
    """Remove the oldest sessions beyond any of the bounds; those removed. Blocks; raises nothing.

    Those to `keep`, and those of programs that still run, stay and count.
    """
    kept = {path.absolute() for path in keep}
    found = sorted(sessions(folder, told=False), key=lambda session: session.changed)
    number, weight, now = len(found), sum(session.size for session in found), time.time()
    removed = []
    for session in found:
        beyond = number > files or weight > size or now - session.changed > oldest
        if not beyond or session.path.absolute() in kept or session.in_use or session.owner == os.getpid():
            continue
        for path in _files(session.path):
            with suppress(OSError):
                path.unlink()
        number, weight = number - 1, weight - session.size
        removed.append(session.path)
    return tuple(removed)


def _files(path: Path) -> Iterator[Path]:
    yield from (path, beside(path, OLDER), beside(path, MODEL))


def _reason(error: OSError) -> str:
    return one_line(error.strerror or type(error).__name__, 200)
