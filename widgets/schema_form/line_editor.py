"""Editors of text: one line, or several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widgets import Input, TextArea

from services.text import printable
from widgets.schema_form.editor import Editor, EntryChanged

if TYPE_CHECKING:
    from textual import events
    from textual.geometry import Size

    from services.forms.fields import Entry

__all__ = ("BlockEditor", "LineEditor")

_MOST_ROWS = 6


class LineEditor(Editor, Input):
    """One line of text."""

    DEFAULT_CSS = """
    LineEditor {
        background: $foreground 6%;
        &:focus { background: $foreground 12%; background-tint: $foreground 0%; }
        & > .input--placeholder { color: $text-disabled; }
    }
    """

    @dataclass
    class LinesPasted(Message):
        """Several lines were pasted: they need an editor that can hold them."""

        editor: LineEditor
        text: str
        """What there was, with the lines in their place."""

        @property
        def control(self) -> LineEditor:
            """Alias for `editor`."""
            return self.editor

    def __init__(self, text: str = "", *, placeholder: str = "", lines: bool = False) -> None:
        super().__init__(text, placeholder=placeholder, compact=True)
        self._lines = lines

    @property
    def entry(self) -> Entry:
        return self.value

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(EntryChanged())

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self._insert(event.text)

    def action_paste(self) -> None:
        """Paste what was copied in this program."""
        self._insert(self.app.clipboard)

    def _insert(self, pasted: str) -> None:
        text = printable(pasted).strip("\n")
        start, end = sorted(self.selection)
        if "\n" in text and self._lines:
            self.post_message(self.LinesPasted(self, self.value[:start] + text + self.value[end:]))
        else:
            self.replace(text.replace("\n", " "), start, end)


class BlockEditor(Editor, TextArea):
    """Several lines of text; grows with them, up to six or a quarter of the screen."""

    DEFAULT_CSS = """
    BlockEditor {
        height: auto;
        padding: 0;
        background: $foreground 6%;
        scrollbar-size-vertical: 1;
        &:focus { background: $foreground 12%; }
        & .text-area--placeholder { color: $text-disabled; }
    }
    """

    def __init__(self, text: str = "", *, placeholder: str = "", least_rows: int = 1) -> None:
        super().__init__(text, compact=True, highlight_cursor_line=False, placeholder=Content(placeholder))
        self._least_rows = least_rows

    @property
    def entry(self) -> Entry:
        return self.text

    def keeps(self, key: str) -> bool:
        if key == "up":
            return not self.cursor_at_first_line
        if key == "down":
            return not self.cursor_at_last_line
        return key == "enter"

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        wanted = super().get_content_height(container, viewport, width)
        return max(self._least_rows, min(wanted, _MOST_ROWS, viewport.height // 4))

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.post_message(EntryChanged())

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self._insert(event.text)

    def action_paste(self) -> None:
        """Paste what was copied in this program."""
        self._insert(self.app.clipboard)

    def _insert(self, pasted: str) -> None:
        self.replace(printable(pasted), *self.selection, maintain_selection_offset=False)
