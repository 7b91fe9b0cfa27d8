"""Writing the history: what the session says and shows, as cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from app.session.cell_source import Source
from services.arguments.shell import ShellReach
from services.errors import ServerError
from services.text import one_line, printable
from widgets.history.cells import Cell, Part, TextPart
from widgets.remedies import advice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from services.errors import JackfieldError
    from widgets.history.history import History

__all__ = ("Transcript",)


class Running(Protocol):
    """What a cell stands for that has not ended: `app.session.running_cell.RunningCell`."""

    def cancel(self) -> bool:
        """End it; False when it has ended already."""


class Transcript:
    """The history as the app writes it."""

    def __init__(self, history: History, clock: Callable[[], float]) -> None:
        self._history = history
        self.clock = clock
        self.images = True
        self.reach = ShellReach()
        """How a shell reaches the same servers."""
        self.sources: dict[int, Source] = {}
        self.running: dict[int, Running] = {}
        self.on_cell: Callable[[int, Cell, Source | None, bool], None] | None = None
        """Told of every cell that came (True) or changed (False)."""
        self.on_clear: Callable[[], None] | None = None
        self.on_call: Callable[[Cell, Source], None] | None = None
        """Told of every tool call that begins and can be made again."""

    def add(self, cell: Cell, source: Source | None = None) -> int:
        """Append a cell; its number."""
        number = self._history.append(cell)
        if source is not None:
            self.sources[number] = source
            if source.call is not None and self.on_call is not None:
                self.on_call(cell, source)
        if self.on_cell is not None:
            self.on_cell(number, cell, source, True)
        return number

    def replace(self, number: int, cell: Cell) -> None:
        """Put another cell in a cell's place; nothing when the history was cleared meanwhile."""
        try:
            self._history.replace(number, cell)
        except KeyError:
            return
        if self.on_cell is not None:
            self.on_cell(number, cell, self.sources.get(number), False)

    def clear(self, room: int = 0) -> None:
        """Forget everything; `room` is left for cells that are added before the next one."""
        self._history.clear(room)
        if self.on_clear is not None:
            self.on_clear()
        self.sources.clear()
        for cell in list(self.running.values()):
            cell.cancel()
        self.running.clear()
        self.running_changed()

    def running_changed(self) -> None:
        """There is one more or one less to cancel: another key may be on offer."""
        self._history.refresh_bindings()

    def entry(self, text: str) -> None:
        """What the person entered."""
        from app.slash.masking import masked_line

        self.add(Cell("entry", parts=(TextPart(printable(masked_line(text))),)), Source(again=text))
        self._history.action_newest()

    def notice(self, text: str, detail: str = "") -> None:
        self.add(Cell("notice", parts=_lines(text, detail)))

    def warning(self, text: str, detail: str = "") -> None:
        self.add(Cell("warning", parts=_lines(text, detail)))

    def error(self, text: str, detail: str = "") -> None:
        """A failure and, dim below it, what to do next."""
        first, *more = _lines(text, detail)
        self.add(Cell("error", parts=(TextPart(first.text, "error"), *more)))

    def failure(self, error: JackfieldError, what: str = "") -> None:
        """What went wrong, perhaps with what, and what to do about it."""
        said = f"{what}: {error.message}" if what else error.message
        facts = error.facts if isinstance(error, ServerError) else ()
        self.error(said, "\n".join(filter(None, (*facts, advice(error.hint, error.remedy)))))

    def text(self, title: str, lines: Iterable[str]) -> None:
        """A titled text of ours."""
        self.add(Cell("text", name=title, parts=(TextPart("\n".join(lines)),)))

    def listing(self, title: str, groups: Mapping[str, Iterable[tuple[str, str]]]) -> None:
        """Names and what they are, under a heading for each server."""
        parts: list[Part] = []
        total = 0
        for server, rows in groups.items():
            table = list(rows)
            total += len(table)
            width = min(max((len(name) for name, _ in table), default=0), 36)
            parts.append(TextPart(one_line(server, 80), "heading"))
            parts.append(
                TextPart("\n".join(f"{name.ljust(width)}  {about}".rstrip() for name, about in table))
            )
        self.add(Cell("text", name=title, right=str(total), parts=tuple(parts)))


def _lines(text: str, detail: str) -> tuple[TextPart, ...]:
    return (TextPart(text), TextPart(detail, "dim")) if detail else (TextPart(text),)
