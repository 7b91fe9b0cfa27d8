"""An array of objects as a table: a row for each, a column for each key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.widgets import Static

from services.amounts import plural
from widgets.views.json_tree import member_text, preview
from widgets.views.row_list import RowList
from widgets.views.wrapping import cut

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from textual.app import ComposeResult

__all__ = ("JsonTable",)

_MEASURED: Final = 200
"""Rows that say how wide the columns are, and which there are."""
_MOST_COLUMNS: Final = 200
_WIDEST: Final = 32
_GAP: Final = "  "


class _TableRows(RowList):
    """The rows; the names of the columns stand above."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open row", id="table.open", key_display="⏎"),
        Binding("right", "shift(1)", "columns to the right", show=False, id="table.right"),
        Binding("left", "shift(-1)", "columns to the left", show=False, id="table.left"),
        Binding("j", "move(1)", "Down", show=False, id="table.down"),
        Binding("k", "move(-1)", "Up", show=False, id="table.up"),
    ]

    @dataclass
    class Shifted(Message):
        """Other columns are in view."""

    @dataclass
    class Opening(Message):
        """Enter on a row."""

    def __init__(self, rows: Sequence[Any]) -> None:
        super().__init__()
        self.values = rows
        self.columns = _columns(rows)
        self.first = 0
        """The column at the left edge."""
        self.needle: re.Pattern[str] | None = None

    def on_mount(self) -> None:
        self.rows_changed()

    def row_tops(self, width: int) -> Sequence[int]:
        return range(len(self.values) + 1)

    def row_lines(self, index: int, width: int) -> Sequence[Content]:
        row = self.values[index]
        line = self.line(lambda name: (_cell(name, row), _style(row, name)))
        if self.needle is not None:
            for match in self.needle.finditer(line.plain):
                line = line.stylize("$background on $warning", *match.span())
        return [line]

    def line(self, shown: Any) -> Content:
        """One line, each column by what `shown` says of its name."""
        parts: list[str | tuple[str, str]] = [" "]
        for name, width in self.columns[self.first :]:
            text, style = shown(name)
            text = cut(text, width)
            parts += [(text, style), " " * (width - cell_len(text)), _GAP]
        return Content.assemble(*parts)

    def action_shift(self, step: int) -> None:
        self.first = max(0, min(self.first + step, len(self.columns) - 1))
        self.redraw()
        self.post_message(self.Shifted())

    def action_open(self) -> None:
        self.post_message(self.Opening())


class JsonTable(Vertical):
    """The table with its head; Left and Right bring other columns into view."""

    DEFAULT_CSS = """
    JsonTable {
        height: 1fr;
        & > Static { height: 1; text-wrap: nowrap; color: $text-accent; text-style: bold; }
    }
    """

    rows = query_one(_TableRows)

    @dataclass
    class RowChosen(Message):
        """Enter on a row: it wants to be seen whole."""

        table: JsonTable
        index: int

        @property
        def control(self) -> JsonTable:
            """Alias for `table`."""
            return self.table

    def __init__(self, values: Sequence[Any], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._values = values

    def compose(self) -> ComposeResult:
        yield Static(markup=False)
        yield _TableRows(self._values)

    def on_mount(self) -> None:
        self._show_head()

    @property
    def cursor(self) -> int:
        """The selected row."""
        return self.rows.cursor

    @property
    def size_told(self) -> tuple[int, int]:
        """How many rows and columns there are."""
        return len(self.rows.values), len(self.rows.columns)

    def go_to(self, index: int) -> None:
        """Select a row."""
        self.rows.place_cursor(index)

    def mark(self, needle: re.Pattern[str] | None) -> None:
        """Mark a text wherever it is drawn."""
        self.rows.needle = needle
        self.rows.redraw()

    def focus_rows(self) -> None:
        """Give the rows the keys."""
        self.rows.focus()

    def on__table_rows_shifted(self, event: _TableRows.Shifted) -> None:
        event.stop()
        self._show_head()

    def on__table_rows_opening(self, event: _TableRows.Opening) -> None:
        event.stop()
        self.post_message(self.RowChosen(self, self.cursor))

    def _show_head(self) -> None:
        rows = self.rows
        line = rows.line(lambda name: (_name(name), ""))
        if rows.first:
            line = Content.assemble("◂", line[1:])
        self.query_one(Static).update(line)


def _columns(rows: Sequence[Any]) -> list[tuple[str, int]]:
    """Names in the order they come, each with the width its first cells ask for."""
    widths: dict[str, int] = {}
    for row in rows[:_MEASURED]:
        for name in row if isinstance(row, dict) else ():
            if name in widths or len(widths) < _MOST_COLUMNS:
                wanted = max(widths.get(name, cell_len(_name(name))), cell_len(_cell(name, row)))
                widths[name] = min(wanted, _WIDEST)
    return list(widths.items())


def _name(name: str) -> str:
    return member_text(None, name)[1:-1]


def _cell(name: str, row: Any) -> str:
    if not isinstance(row, dict):
        return member_text(None, row) if not isinstance(row, list) else plural(len(row), "item")
    if name not in row:
        return ""
    value = row[name]
    if isinstance(value, dict | list):
        return preview(value)
    text = member_text(name, value)
    return text.removeprefix('"').removesuffix('"') if isinstance(value, str) else text


def _style(row: Any, name: str) -> str:
    value = row.get(name) if isinstance(row, dict) else row
    if isinstance(value, str):
        return ""
    return "$text-muted" if isinstance(value, dict | list) or value is None else "$text-warning"
