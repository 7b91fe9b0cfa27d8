"""A list to choose from: rows with a box, under headings, with what is worth knowing below each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from services.text import one_line
from widgets.views.line import Line, break_points
from widgets.views.row_list import RowList

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Self

    from textual import events

__all__ = ("Choice", "ChoiceList")

_INDENT = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """One row. `mark` is what stands in the place of the box where there is nothing to choose."""

    name: str
    about: str = ""
    notes: tuple[tuple[str, bool], ...] = ()
    """Lines below, each with whether it is a warning."""
    mark: str = ""
    heading: bool = False
    """A line above the rows that follow."""
    chosen: bool = True
    """At first."""

    @property
    def open(self) -> bool:
        """Whether it can be chosen."""
        return not (self.mark or self.heading)


class ChoiceList(RowList):
    """Rows to choose from: Space chooses one, `a` all or none. Nothing of a row is cut."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "choose", "choose", id="choices.toggle", key_display="space"),
        Binding("a", "choose_all", "all/none", id="choices.all"),
    ]

    @dataclass
    class Changed(Message):
        """Something was chosen, or not any more."""

        choices: ChoiceList

        @property
        def control(self) -> ChoiceList:
            """Alias for `choices`."""
            return self.choices

    def __init__(self, rows: Sequence[Choice], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows = rows
        self._name_width = min(max((len(row.name) for row in rows if not row.heading), default=0), 28)
        self._broken: list[list[Content]] = []
        self.chosen: set[int] = {at for at, row in enumerate(rows) if row.open and row.chosen}
        """The rows that are chosen, by their place."""
        self.set_reactive(RowList.cursor, next((at for at, row in enumerate(rows) if not row.heading), 0))

    def on_mount(self) -> None:
        self.rows_changed()

    # Drawing.

    def row_heights(self, width: int) -> Sequence[int]:
        self._broken = [_wrapped(self._lines(row), max(width, _INDENT + 8)) for row in self._rows]
        return [len(lines) for lines in self._broken]

    def row_lines(self, index: int, width: int) -> Sequence[Content]:
        first, *more = self._broken[index]
        if not self._rows[index].open:
            return [first, *more]
        box = Content.assemble(" ", ("[x]" if index in self.chosen else "[ ]", "$text-accent"), " ")
        return [Content.assemble(box, first[_INDENT:]), *more]

    def _lines(self, row: Choice) -> Iterable[Line]:
        if row.heading:
            path = (f"  {row.about}", "$text-muted")
            return (Line(), Line.of((f" {row.name}", "bold"), path, indent=3))
        lead = " " * _INDENT if row.open else f" {row.mark}".ljust(_INDENT)
        quiet = "" if row.open else "$text-muted"
        name = one_line(row.name, 200).ljust(self._name_width)
        first = Line.of((lead, quiet), (name, "bold" if row.open else quiet), "  ", (row.about, quiet))
        return (first._replace(indent=_INDENT + self._name_width + 2), *map(_note, row.notes))

    # Choosing.

    def place_cursor(self, index: int) -> Self:
        """Select a row; a heading gives way to the row in the direction of the move."""
        step = 1 if index >= self.cursor else -1
        while 0 <= index < self.row_count and self._rows[index].heading:
            index += step
        if 0 <= index < self.row_count:
            super().place_cursor(index)
        elif self.row_count:
            # The first row is under a heading: bring that into view too.
            self.scroll_to(y=0 if step < 0 else self.virtual_size.height, animate=False, force=True)
        return self

    def action_choose(self) -> None:
        self._toggle(self.cursor)

    def action_choose_all(self) -> None:
        every = {at for at, row in enumerate(self._rows) if row.open}
        self.chosen = set() if self.chosen == every else every
        self._told()

    def _toggle(self, index: int) -> None:
        if 0 <= index < len(self._rows) and self._rows[index].open:
            self.chosen = self.chosen ^ {index}
            self._told()

    def _told(self) -> None:
        self.redraw()
        self.post_message(self.Changed(self))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        super().on_click(event)
        if offset is not None and offset.x < _INDENT:
            self._toggle(self.row_at(offset.y + self.scroll_offset.y))


def _note(note: tuple[str, bool]) -> Line:
    text, warns = note
    indent = _INDENT + 2
    return Line.of(" " * indent, (text, "$text-warning" if warns else "$text-muted"), indent=indent)


def _wrapped(lines: Iterable[Line], width: int) -> list[Content]:
    """The lines, each broken where the width asks for it, continuations indented."""
    broken: list[Content] = []
    for line in lines:
        indent = line.indent if line.indent < width // 2 else _INDENT
        content = Content(line.text, spans=list(line.spans))
        points = break_points(line.text, width, indent)
        for at, (start, end) in enumerate(zip([0, *points], [*points, len(line.text)], strict=True)):
            part = content[start:end]
            broken.append(Content.assemble(" " * indent, part) if at else part)
    return broken
