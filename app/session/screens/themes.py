"""Choosing a theme, each seen on the session behind while one moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Static

from app.session.screens.dialog import Dialog
from widgets.footer_keys import FooterKeys
from widgets.views.row_list import RowList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

__all__ = ("ThemeScreen",)


class ThemeList(RowList):
    """The names of themes."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.names = names

    def row_heights(self, width: int) -> Sequence[int]:
        return [1] * len(self.names)

    def row_lines(self, index: int, width: int) -> Sequence[Content]:
        return [Content(f" {self.names[index]}")]

    def on_mount(self) -> None:
        self.rows_changed()


class ThemeScreen(Dialog["str | None"]):
    """Shows the theme that is selected; dismissed with the one to keep, or None with the one there was."""

    CSS_PATH = "themes.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "keep", "keep", id="theme.keep"),
        Binding("escape,q", "back", "back", id="theme.back"),
    ]

    rows = query_one(ThemeList)

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = names
        self._before = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="theme-box"):
            yield Static("Theme", id="theme-title", markup=False)
            yield ThemeList(self._names)
            yield FooterKeys()

    def on_mount(self) -> None:
        self._before = self.app.theme
        self.rows.focus()
        if self._before in self._names:
            self.call_after_refresh(self.rows.place_cursor, self._names.index(self._before))

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        event.stop()
        self.app.theme = self._names[event.index]

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        event.stop()
        self.action_keep()

    def action_keep(self) -> None:
        self.dismiss(self._names[self.rows.cursor])

    def action_back(self) -> None:
        self.app.theme = self._before
        self.dismiss(None)
