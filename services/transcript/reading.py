"""Reading kept sessions from their newest line on: what is looked at first is there first.

Nothing raises for what is in a file: a torn line, a foreign one and a broken one are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from services.transcript.entries import CALLS
from services.transcript.folder import MODEL, OLDER, beside, sessions
from services.transcript.lines import cleared_of, head_of, number_of, read_entry
from services.transcript.masking import is_masked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from services.transcript.entries import Entry
    from services.transcript.folder import KeptSession

__all__ = (
    *("Found", "Place", "called_before", "conversation"),
    *("entered_before", "newest_first", "oldest_first"),
)

_BLOCK: Final = 1 << 18
_LONGEST: Final = 32 << 20
"""Bytes of a line after which a file is none of ours."""
_MOST_FILES: Final = 60
_MOST_READ: Final = 1 << 20
"""Bytes of the end of each file that are searched for what was entered."""
_MOST_ENTERED: Final = 1 << 14
"""Characters of one text that is offered again."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry's line stands, to read again what is not kept in memory."""

    path: Path
    start: int
    size: int

    def entry(self, number: int) -> Entry | None:
        """The entry of that number, if it still stands there. Blocks."""
        for path in (self.path, beside(self.path, OLDER)):  # the file may have become the older one
            try:
                with path.open("rb") as file:
                    file.seek(self.start)
                    entry = read_entry(file.read(self.size))
            except OSError:
                continue
            if entry is not None and entry.number == number:
                return entry
        return None


class Found(NamedTuple):
    """An entry as it was read, and where."""

    entry: Entry
    place: Place


def newest_first(paths: Iterable[Path]) -> Iterator[Found]:
    """The entries of a session as they were last, the highest number first; `paths` newest first. Blocks.

    Calls that had not ended are `interrupted`. What was cleared is left out.
    """
    changed: dict[int, tuple[Path, int, bytes]] = {}
    seen: set[int] = set()
    for place in _backwards(paths):
        line = place[2]
        found = number_of(line)
        if found is None:
            if (below := cleared_of(line)) is not None:
                changed = {number: place for number, place in changed.items() if number >= below}
                break
            continue
        number, is_change = found
        if is_change:
            changed.setdefault(number, place)
            continue
        told = _found(changed.pop(number, None)) or _found(place)
        if told is not None and number not in seen:
            seen.add(number)
            yield told
    # The beginning of these was lost: a file that could not be written for a while, or one that is gone.
    for number in sorted(changed, reverse=True):
        if number not in seen and (told := _found(changed[number])) is not None:
            yield told


def oldest_first(paths: Iterable[Path]) -> Iterator[Entry]:
    """The entries of a session in their order, each with what it brought back. Blocks."""
    places = [(found.entry.number, found.place) for found in newest_first(paths)]
    for number, place in reversed(places):
        if (entry := place.entry(number)) is not None:
            yield _settled(entry)


def conversation(session: KeptSession | Path) -> bytes:
    """What was said with a model, as `Conversation.restore` takes it; nothing where none was kept. Blocks."""
    path = session if not hasattr(session, "path") else session.path
    try:
        return beside(path, MODEL).read_bytes()
    except OSError:
        return b""


def entered_before(
    folder: Path,
    directory: str,
    most: int = 1_000,
    *,
    but: Path | None = None,
    above_all: Path | None = None,
) -> list[str]:
    """What was entered in earlier sessions, the newest last, those of this directory after the others.

    Each text once; none in which something is masked. The session `but` is left out, that `above_all`
    comes last. Blocks.
    """
    kept = [session for session in _those_before(folder, directory) if session.path != but]
    kept.sort(key=lambda session: session.path != above_all)
    texts: dict[str, None] = {}
    for session in kept:
        for entry in islice(_sendable(session.paths, _is_entered), most):
            texts.setdefault(entry.again)
        if len(texts) >= most:
            break
    return list(reversed(list(texts)[:most]))


def called_before(folder: Path, directory: str, most: int = 1_000) -> list[Entry]:
    """The tool calls of earlier sessions, those of this directory first, each group newest first.

    Each call once, without its result; none in which something is masked. Blocks.
    """
    calls: dict[str, Entry] = {}
    for session in _those_before(folder, directory):
        for entry in _sendable(session.paths, _is_call):
            calls.setdefault(entry.again, entry)
            if len(calls) >= most:
                return list(calls.values())
    return list(calls.values())


def _those_before(folder: Path, directory: str) -> list[KeptSession]:
    """Sessions to look through, those of this directory first, each group newest first."""
    kept = sessions(folder)[:_MOST_FILES]
    return sorted(kept, key=lambda session: session.heading.directory != directory)


def _sendable(paths: Iterable[Path], wanted: Callable[[bytes], bool]) -> Iterator[Entry]:
    """Of one session what can be sent again as it stands, the newest first."""
    read = 0
    for _, _, line in _backwards(paths):
        read += len(line)
        if read > _MOST_READ:
            return
        if not wanted(line):
            continue
        entry = read_entry(head_of(line))
        text = entry.again if entry is not None else ""
        if entry is not None and text and len(text) <= _MOST_ENTERED and not is_masked(text):
            yield entry


def _is_entered(line: bytes) -> bool:
    return b'"kind":"entry"' in line[:100]


def _is_call(line: bytes) -> bool:
    kind = line[:100].partition(b'"kind":"')[2].partition(b'"')[0]
    return kind.decode("ascii", "replace") in CALLS and b'"again":"/call ' in head_of(line)


def _found(place: tuple[Path, int, bytes] | None) -> Found | None:
    if place is None:
        return None
    path, start, line = place
    entry = read_entry(line)
    return None if entry is None else Found(_settled(entry), Place(path, start, len(line)))


def _settled(entry: Entry) -> Entry:
    return replace(entry, kind="interrupted") if entry.kind == "running" else entry


def _backwards(paths: Iterable[Path]) -> Iterator[tuple[Path, int, bytes]]:
    """The whole lines of files, the last first: the file, where the line begins, and the line."""
    for path in paths:
        try:
            yield from _lines(path)
        except OSError:
            continue


def _lines(path: Path) -> Iterator[tuple[Path, int, bytes]]:
    with path.open("rb") as file:
        end, rest, size = file.seek(0, 2), b"", _BLOCK
        while end > 0 and len(rest) <= _LONGEST:
            start = max(end - size, 0)
            file.seek(start)
            first, *lines = (file.read(end - start) + rest).split(b"\n")
            # What follows the last line end is a line that was torn.
            at = start + len(first) + sum(len(line) + 1 for line in lines) + 1
            for line in reversed(lines):
                at -= len(line) + 1
                if line:
                    yield path, at, line
            # A long line is not copied again for every block of it.
            size = _BLOCK if lines else min(size * 2, _LONGEST)
            rest, end = first, start
        if rest and end == 0:
            yield path, 0, rest
