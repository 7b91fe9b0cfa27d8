"""Sessions that last: kept as they happen, listed, reopened, exported."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.session.kept_cells import cell_of, entry_of, origin_of, replaced_picture, source_of
from app.session.recording import Recording
from services.amounts import plural
from services.errors import ConfigurationError, JackfieldError, UnknownServer
from services.secrecy.secrets import masked_arguments
from services.text import one_line, printable
from services.transcript.entries import Heading
from services.transcript.export import export
from services.transcript.folder import OLDER, NoSuchSession, beside, find_session, new_path, sessions, take
from services.transcript.masking import Masker, masked
from services.transcript.reading import called_before, conversation, entered_before, newest_first
from services.transcript.recorder import Recorder
from services.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from app.session.actions.talk import Talk
    from app.session.cell_source import Source
    from app.session.context import SessionContext
    from app.session.kept_cells import KeptPicture
    from services.secrecy.redaction import Redactor
    from services.settings import Configuration
    from services.transcript.entries import Entry
    from services.transcript.folder import KeptSession
    from services.transcript.keeping import Keeping
    from services.transcript.reading import Found
    from widgets.history.cells import Cell

__all__ = ("Sessions",)

_FIRST: Final = 1_000
"""Entries of a reopened session that are there at once."""
_LATER: Final = 3_000
"""Entries that are added at a time behind the screen."""


class Sessions:
    """Keeps this session, and brings back earlier ones."""

    def __init__(
        self,
        context: SessionContext,
        talk: Talk,
        keeping: Keeping | None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Without `keeping` nothing is written; earlier sessions can be looked at all the same."""
        self._context = context
        self._talk = talk
        self._keeping = keeping
        self._wall = wall
        self._whole = Masker()
        """Masks what any of the servers knows to be secret."""
        self._folder: Path | None = None
        self._shown_pictures: dict[int, int] = {}
        """By their numbers in the file: the cells with pictures that are not decoded."""
        self.take_called: Callable[[Sequence[Entry]], None] = lambda _: None
        """Told of the tool calls of earlier sessions."""
        self.recorder: Recorder | None = None
        self._recording: Recording | None = None
        if keeping is not None:
            self.recorder = Recorder(self._redactor, warn=context.warn_from_thread)
            self._recording = Recording(self.recorder, wall)

    def listen(self) -> None:
        """From now on every cell is heard of."""
        if self._recording is not None:
            transcript = self._context.transcript
            transcript.on_cell, transcript.on_clear = self._recording.note, self._recording.cleared

    def take_settings(self, configuration: Configuration) -> None:
        """Keep the session or not, as the configuration says."""
        if self.recorder is not None:
            (self.recorder.stop if configuration.ui.history == "off" else self.recorder.start)()

    async def begin(self) -> None:
        """Find out where sessions are kept, go on with an earlier one where that is wanted."""
        from services.config.paths import home

        if self._keeping is None or self.recorder is None:
            return
        try:
            self._folder = home() / "history"
        except ConfigurationError:
            self.recorder.stop()
            return
        folder, directory, resume = self._folder, str(Path.cwd()), self._keeping.resume
        if resume:
            try:
                await self._reopen(await asyncio.to_thread(find_session, folder, resume))
            except NoSuchSession as error:
                self._context.transcript.failure(error)
        reopened = self.recorder.path
        if reopened is None:
            self.recorder.open(await asyncio.to_thread(new_path, folder), self._heading(directory))
        if resume == "":
            self.choose({})
        but = self.recorder.path if reopened is None else None
        self._context.offer_entered(
            await asyncio.to_thread(entered_before, folder, directory, but=but, above_all=reopened)
        )
        self.take_called(await asyncio.to_thread(called_before, folder, directory))

    def close(self) -> None:
        """Write what is left."""
        if self.recorder is not None:
            self.recorder.close()

    def keep_conversation(self, dump: Callable[[], bytes]) -> None:
        """Keep what was said with a model, for it to go on from."""
        if self.recorder is not None:
            self.recorder.keep_conversation(dump)

    def _heading(self, directory: str) -> Heading:
        way = self._keeping.way if self._keeping is not None else ()
        return Heading(self._wall(), directory, tuple(masked_arguments(way)), VERSION)

    def _redactor(self) -> Redactor:
        manager = self._context.manager
        for name in manager.servers if manager is not None else ():
            with suppress(UnknownServer):  # it was just removed
                self._whole.learn_from(manager.trace(name).redactor)  # type: ignore[union-attr]
        return self._whole

    # The list.

    def choose(self, _: Mapping[str, str]) -> None:
        """`/history`: earlier sessions, to choose one from."""
        self._context.run(self._choose(), "sessions")

    async def _choose(self) -> None:
        from app.session.screens.sessions import SessionsScreen

        here = self.recorder.path if self.recorder is not None else None
        found = await asyncio.to_thread(sessions, self._kept_in())
        shown = [session for session in found if session.path != here]
        if not shown:
            self._context.transcript.notice("No earlier session was kept.")
            return
        chosen: KeptSession | None = await self._context.answer_of(SessionsScreen(shown))
        if chosen is not None:
            try:
                await self._reopen(chosen, clear=True)
            except JackfieldError as error:
                self._context.transcript.failure(error)

    def _kept_in(self) -> Path:
        from services.config.paths import home

        return self._folder or home() / "history"

    # Reopening.

    async def _reopen(self, session: KeptSession, *, clear: bool = False) -> None:
        """Put the cells of an earlier session in the place of these, and go on. Raises NoSuchSession."""
        copied = session.in_use
        path = await asyncio.to_thread(self._take, session)
        entries = newest_first((path, beside(path, OLDER)))
        newest = await asyncio.to_thread(self._read, entries, _FIRST)
        if clear:
            await self._talk.halt()
            if self.recorder is not None:
                await asyncio.to_thread(self.recorder.flush)  # with what was said, before it is forgotten
            await self._talk.forget()
            self._clear(session.entries)
        first_own = self._show(newest)
        if self.recorder is not None and self._recording is not None:
            self.recorder.open(path, session.heading)
            self._recording.go_on(newest[0].number if newest else -1, first_own)
        said = await asyncio.to_thread(conversation, path)
        self._tell(session, copied, said, any(each.cell.kind == "answer" for each in newest))
        while len(newest) in (_FIRST, _LATER):
            newest = await asyncio.to_thread(self._read, entries, _LATER)
            self._show(newest)

    def _take(self, session: KeptSession) -> Path:
        if self.recorder is None or not self.recorder.wanted:
            return session.path
        try:
            return take(session)
        except OSError:  # where nothing may be written: the first line says so
            return session.path

    def _clear(self, room: int) -> None:
        """Empty the history; the file of the session that is left says nothing of that."""
        transcript = self._context.transcript
        told, transcript.on_clear = transcript.on_clear, None
        self._context.clear(room)
        transcript.on_clear = told
        self._shown_pictures.clear()

    def _read(self, entries: Iterator[Found], most: int) -> list[_Reopened]:
        return [self._reopened(found) for found in islice(entries, most)]

    def _reopened(self, found: Found) -> _Reopened:
        pictures = any(part.kind == "picture" for part in found.entry.parts)
        cell = cell_of(found, self._picture_wanted, drawn=self._context.transcript.images)
        return _Reopened(found.entry.number, cell, source_of(found), pictures)

    def _show(self, newest: list[_Reopened]) -> int:
        """Add cells before those that are there; the number of the cell behind them."""
        oldest = newest[::-1]
        ids = self._context.history.prepend(each.cell for each in oldest)
        for cell_id, each in zip(ids, oldest, strict=True):
            if each.source is not None:
                self._context.transcript.sources[cell_id] = each.source
            if each.pictures:
                self._shown_pictures[each.number] = cell_id
        return ids.stop

    def _tell(self, session: KeptSession, copied: bool, said: bytes, answered: bool) -> None:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(session.heading.at))
        told = f"Reopened the session of {when}: {plural(session.entries, 'cell')}."
        if copied:
            told += " Another Jackfield goes on with it; this is a copy."
        if said:
            self._talk.asking.carried = said
        elif answered:
            told += " The model knows nothing of it: what was said was not kept."
        self._context.transcript.notice(told)

    def _picture_wanted(self, kept: KeptPicture) -> None:
        self._context.run(self._decode(kept), "pictures")

    async def _decode(self, kept: KeptPicture) -> None:
        picture = await asyncio.to_thread(kept.decoded)
        cell_id = self._shown_pictures.get(kept.number)
        if cell_id is None:
            return
        with suppress(KeyError):
            cell = self._context.history.cell(cell_id)
            self._context.transcript.replace(cell_id, replaced_picture(cell, kept, picture))

    # Exporting.

    def export(self, given: Mapping[str, str]) -> None:
        """`/export FILE [--force]`: this session as Markdown, JSON lines or a shell script."""
        if given.get("force", "--force") != "--force":
            self._context.transcript.error(f"{one_line(given['force'], 40)} is no option of /export")
            return
        path = Path.cwd() / Path(given["file"]).expanduser()
        self._context.run(self._export(path, "force" in given), "saving")

    async def _export(self, path: Path, force: bool) -> None:
        history, transcript = self._context.history, self._context.transcript
        began = self._recording.began if self._recording is not None else {}
        cells = [
            (number, began.get(number, 0.0), history.cell(number), transcript.sources.get(number))
            for number in history.ids
        ]
        try:
            written = await asyncio.to_thread(lambda: export(self._entries(cells), path, force=force))
        except JackfieldError as error:
            transcript.failure(error)
            return
        pictures = f", and {plural(len(written) - 1, 'picture')} beside it" if len(written) > 1 else ""
        transcript.notice(f"Exported to {one_line(printable(str(path)), 300)}{pictures}")

    def _entries(self, cells: list[tuple[int, float, Cell, Source | None]]) -> Iterator[Entry]:
        redactor = self._redactor()
        for number, at, cell, source in cells:
            entry = entry_of(number, at or getattr(source, "at", 0.0), cell, origin_of(source))
            yield masked(entry, redactor)


@dataclass(frozen=True, slots=True)
class _Reopened:
    """An entry of an earlier session, ready to be shown."""

    number: int
    cell: Cell
    source: Source | None
    pictures: bool
