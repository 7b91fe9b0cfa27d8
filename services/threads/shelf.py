"""Where threads are kept: sessions below `history/`, begun, listed and gone on with."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

from services.model.allowances import Allowances
from services.model.kept_results import results_folder, tidy_results
from services.model.place import Place
from services.threads.kept import turns_of
from services.threads.record import ThreadRecord
from services.transcript.folder import find_session, id_of, new_path, take
from services.transcript.reading import conversation as said_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from services.approval import Approver
    from services.connection_manager import ConnectionManager
    from services.threads.thread import Thread
    from services.transcript.folder import KeptSession

__all__ = ("Shelf", "place_at")


class Shelf:
    """The threads of a home."""

    def __init__(self, home: Path, warn: Callable[[str], None], *, keeps: Callable[[], bool]) -> None:
        """`warn` may be called from any thread; `keeps` says whether a history is kept now."""
        self.folder = home / "history"
        self._warn = warn
        self._keeps = keeps

    async def begin(self, thread: Thread, manager: ConnectionManager, but: Iterable[str]) -> bool:
        """Name a new thread and keep it, beside those that have no file yet; False where none is kept."""
        if not self._keeps():
            return False
        path = await asyncio.to_thread(new_path, self.folder, but=tuple(but))
        thread.id = id_of(path)
        thread.record = ThreadRecord(manager, path, thread.heading, 0, self._warn)
        return True

    async def find(self, name: str) -> KeptSession:
        """The session of that name, or of a beginning of it. Raises NoSuchSession."""
        return await asyncio.to_thread(find_session, self.folder, name)

    async def bring_back(self, thread: Thread, manager: ConnectionManager, session: KeptSession) -> None:
        """Go on with what was kept; ours from now on, where it can be. Raises JackfieldError."""
        said = await asyncio.to_thread(said_in, session)
        await asyncio.to_thread(thread.conversation.restore, said)
        thread.id, thread.heading, thread.preview = session.id, session.heading, session.first
        paths = session.paths
        if self._keeps() and (path := await asyncio.to_thread(_taken_over, session)) is not None:
            thread.id = id_of(path)
            record = ThreadRecord(manager, path, session.heading, session.entries, self._warn)
            thread.record, paths = record, record.paths
        thread.before = await asyncio.to_thread(turns_of, thread.id, paths)
        thread.turns = itertools.count(len(thread.before) + 1)


async def place_at(
    home: Path, manager: ConnectionManager, approver: Approver, config_file: Path | None = None
) -> Place:
    """Where the calls of a new conversation are made; its results go below the home."""
    await asyncio.to_thread(tidy_results, home)
    folder = await asyncio.to_thread(results_folder, home)
    return Place(manager, approver, Allowances(home), folder, config_file)


def _taken_over(session: KeptSession) -> Path | None:
    """Its file, ours from now on; None where that cannot be. Blocks. Raises NoSuchSession."""
    try:
        return take(session)
    except OSError:
        return None
