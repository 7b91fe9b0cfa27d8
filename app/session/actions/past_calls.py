"""Past calls in the finder: those of this session and of kept ones, to be filled in and made again."""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, Final

from services.arguments.words import words
from services.finder.items import Item
from services.transcript.entries import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from app.session.actions.calls import Calls
    from app.session.cell_source import Source
    from app.session.context import SessionContext
    from widgets.history.cells import Cell

__all__ = ("KIND", "PastCalls")

KIND: Final = "past call"
"""What the finder calls them."""
_MOST: Final = 1_000


class PastCalls:
    """Tool calls that can be made again, each once, the newest first."""

    def __init__(self, context: SessionContext, calls: Calls, wall: Callable[[], float] = time.time) -> None:
        """`wall` gives seconds since 1970."""
        self._context = context
        self._calls = calls
        self._wall = wall
        self._own: dict[str, Entry] = {}
        """By their slash commands, the newest last."""
        self._earlier: Sequence[Entry] = ()
        self._shown: tuple[Entry, ...] = ()
        self._shown_for: tuple[str, ...] | None = None
        """The servers of which `_shown` has the calls; None when calls have come since."""

    def note(self, cell: Cell, source: Source) -> None:
        """A call of this session begins."""
        self._own.pop(source.again, None)
        self._own[source.again] = Entry(
            0, self._wall(), cell.kind, detail=cell.detail, server=source.server, again=source.again
        )
        if len(self._own) > _MOST:
            del self._own[next(iter(self._own))]
        self._shown_for = None

    def take_earlier(self, entries: Sequence[Entry]) -> None:
        """These were called in earlier sessions, the newest first."""
        self._earlier = entries
        self._shown_for = None

    # What the finder finds (`services.finder.items.Provider`).

    def parts(self) -> Mapping[Hashable, object]:
        servers = tuple(self._context.servers())
        if servers != self._shown_for:
            earlier = (entry for entry in self._earlier if entry.again not in self._own)
            known = (*reversed(self._own.values()), *earlier)
            self._shown = tuple(islice((entry for entry in known if entry.server in servers), _MOST))
            self._shown_for = servers
        return {KIND: self._shown} if self._shown else {}

    def items(self, key: Hashable, content: object) -> Iterable[Item]:
        entries: tuple[Entry, ...] = content  # type: ignore[assignment]
        for entry in entries:
            when = (_when(entry.at, self._wall()),) if entry.at else ()
            yield Item(KIND, entry.server, _tool(entry.again), entry, description=entry.detail, badges=when)

    def open(self, item: Item) -> None:
        """One was chosen: its form, filled in; where there is none its line in the composer."""
        line = item.value.again  # type: ignore[attr-defined]
        _, server, tool, *rest = words(line)
        given = {"server": server.text, "tool": tool.text}
        if rest:
            given["arguments"] = line[rest[0].start :]
        if not self._calls.fill_in("call", given):
            self._context.give_way()
            self._context.fill_composer(line)


def _tool(line: str) -> str:
    """The tool of `/call SERVER TOOL …`."""
    from services.text import one_line

    return next((one_line(word.text, 100) for word in islice(words(line), 2, 3)), "")


def _when(at: float, now: float) -> str:
    """The time, and the day of what was not today."""
    then, today = time.localtime(at), time.localtime(now)
    return time.strftime("%H:%M" if then[:3] == today[:3] else "%Y-%m-%d %H:%M", then)
