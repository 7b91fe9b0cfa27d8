"""One line for words to the model, between the request and the keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

from widgets.schema_form.editor import EntryChanged, FieldWalk
from widgets.schema_form.line_editor import LineEditor

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

__all__ = ("WordsLine",)


class WordsLine(FieldWalk, Horizontal):
    """Takes words, and scrolls what stands `above` it by Up and Down meanwhile."""

    DEFAULT_CSS = """
    WordsLine {
        height: 1;
        & > Static { width: auto; color: $text-muted; padding-right: 1; }
    }
    """

    @dataclass
    class Entered(Message):
        """The person pressed Enter."""

        line: WordsLine

        @property
        def control(self) -> WordsLine:
            """Alias for `line`."""
            return self.line

    def __init__(self, label: str, placeholder: str, above: Widget) -> None:
        super().__init__()
        self._label = label
        self._above = above
        self._editor = LineEditor(placeholder=placeholder)

    def compose(self) -> ComposeResult:
        yield Static(self._label, markup=False)
        yield self._editor

    @property
    def words(self) -> str:
        """What was typed."""
        return self._editor.given_text.strip()

    def focus_entry(self) -> None:
        """Give the keys to the line, at once."""
        self._editor.focus_entry()

    def advance(self) -> None:
        self.post_message(self.Entered(self))

    def step(self, by: int) -> None:
        self._above.scroll_relative(y=by, animate=False)

    def on_entry_changed(self, event: EntryChanged) -> None:
        event.stop()
