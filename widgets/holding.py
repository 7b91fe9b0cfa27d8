"""Editors that hold a text as it was given, while what must not be drawn is a sign (`services.held_text`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import Input, TextArea

from services.held_text import drawn, given

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ("HoldingArea", "HoldingInput")


class HoldingInput(Input):
    """One line. `value` is what the editor holds, `given_text` what it stands for."""

    # Textual's own lays out the whole screen at each key, for the size of a text that is drawn in one line
    # (Textual 8.2): 30 ms in a long form.
    virtual_size: Reactive[Size] = Reactive(Size(0, 0))

    @property
    def given_text(self) -> str:
        """The text as it was given."""
        return given(self.value)

    @property
    def _value(self) -> Text:
        shown = super()._value
        shown.plain = drawn(shown.plain)
        return shown

    @property
    def selected_text(self) -> str:
        return _copied(super().selected_text)


class HoldingArea(TextArea):
    """Several lines. `document` is what the editor holds, `text` what it stands for."""

    @property
    def text(self) -> str:
        """The text as it was given."""
        return given(self.document.text)

    @text.setter
    def text(self, value: str) -> None:
        self.load_text(value)

    def get_line(self, line_index: int) -> Text:
        """One line as it is drawn."""
        line = super().get_line(line_index)
        line.plain = drawn(line.plain)
        return line

    @property
    def selected_text(self) -> str:
        return _copied(super().selected_text)

    def action_cut(self) -> None:
        """Cut, with the text as it was given in the clipboard."""
        super().action_cut()
        self.app.copy_to_clipboard(_copied(self.app.clipboard))


def _copied(text: str) -> str:
    """The text as it was given, for a clipboard: that takes no half characters."""
    return given(text).encode("utf-8", "replace").decode()
