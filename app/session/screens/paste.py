"""Asking for one line; what nobody else may see is not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Static

from app.session.screens.breakpoints import know_size
from app.session.screens.dialog import Dialog
from widgets.footer_keys import FooterKeys

if TYPE_CHECKING:
    from textual.app import ComposeResult

__all__ = ("PasteScreen",)


class _Line(Input):
    """An input whose Enter is named among the keys.

    On the screen, with priority, it would overtake characters that are still on their way here.
    """

    BINDINGS = [Binding("enter", "submit", "ok", id="paste.send", key_display="⏎")]


class PasteScreen(Dialog["str | None"]):
    """Asks for one line; dismissed with it, or None when left."""

    CSS_PATH = "paste.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]
    BINDINGS = [Binding("escape", "back", "back", id="paste.back")]

    def __init__(
        self, title: str, about: str, placeholder: str, *, value: str = "", hidden: bool = True
    ) -> None:
        super().__init__()
        self._title, self._about, self._placeholder = title, about, placeholder
        self._value, self._hidden = value, hidden

    def compose(self) -> ComposeResult:
        know_size(self)
        with Vertical(id="paste-box"):
            yield Static(self._title, id="paste-title", markup=False)
            yield Static(self._about, id="paste-about", markup=False)
            yield _Line(
                self._value,
                password=self._hidden,
                placeholder=self._placeholder,
                id="paste-line",
                compact=True,
            )
            yield FooterKeys()

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip() or None)

    def action_back(self) -> None:
        self.dismiss(None)
