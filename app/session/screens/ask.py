"""Small questions of our own: where to save something, whether to open it elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from app.session.screens.breakpoints import know_size
from widgets.footer_keys import FooterKeys

if TYPE_CHECKING:
    from textual.app import ComposeResult

__all__ = ("ConfirmScreen", "SaveScreen")


class _PathInput(Input):
    """An input whose Enter is named among the keys."""

    BINDINGS = [Binding("enter", "submit", "save", id="save.send", key_display="⏎")]


class SaveScreen(ModalScreen["str | None"]):
    """Asks for the name and place of a file, or of a folder for several; None when left."""

    CSS_PATH = "ask.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", "back", id="save.back")]

    def __init__(self, title: str, about: str, proposed: str) -> None:
        super().__init__()
        self._title, self._about, self._proposed = title, about, proposed

    def compose(self) -> ComposeResult:
        know_size(self)
        with Vertical(id="ask-box"):
            yield Static(self._title, id="ask-title", markup=False)
            yield Static(self._about, id="ask-about", markup=False)
            yield _PathInput(self._proposed, id="ask-line", compact=True)
            yield FooterKeys()

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip() or None)

    def action_back(self) -> None:
        self.dismiss(None)


class ConfirmScreen(ModalScreen[bool]):
    """Asks for a yes. Enter is no answer: a yes is a key of its own."""

    CSS_PATH = "ask.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes", id="confirm.yes"),
        Binding("n,escape", "answer(False)", "no", id="confirm.no"),
    ]

    def __init__(self, title: str, about: str) -> None:
        super().__init__()
        self._title, self._about = title, about

    def compose(self) -> ComposeResult:
        with Vertical(id="ask-box"):
            yield Static(self._title, id="ask-title", markup=False)
            yield Static(self._about, id="ask-about", markup=False)
            yield FooterKeys()

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)
