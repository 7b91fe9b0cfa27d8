"""Editors of text: one line, or several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.message import Message

from services.held_text import given, held, pasted
from widgets.holding import HoldingArea, HoldingInput
from widgets.schema_form.editor import FIELD_KEYS, Editor, EntryChanged

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType
    from textual.geometry import Size
    from textual.widgets.text_area import Edit, EditResult

    from services.forms.fields import Entry

__all__ = ("BlockEditor", "LineEditor")

_MOST_ROWS = 6


class LineEditor(Editor, HoldingInput):
    """One line of text."""

    DEFAULT_CSS = """
    LineEditor {
        background: $foreground 6%;
        &:focus { background: $foreground 12%; background-tint: $foreground 0%; }
        & > .input--placeholder { color: $text-disabled; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [*FIELD_KEYS]

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
        super().__init__(held(text, tabs=True), placeholder=placeholder)
        self.set_reactive(LineEditor.compact, True)
        self.add_class("-textual-compact", update=False)  # styles are not there to be brought up to date
        self._lines = lines
        self._example = placeholder

    @property
    def typed(self) -> Entry:
        return self.given_text

    @property
    def is_blank(self) -> bool:
        return not self.value

    def wipe(self) -> None:
        self.value = ""

    def show_void(self) -> None:
        self.placeholder = _nothing(self, self._example)

    def _watch_value(self, value: str) -> None:
        super()._watch_value(value)
        if value:
            self.filled()

    def action_delete_left(self) -> None:
        """Delete a character; where there is none, what is sent for nothing."""
        if not _leave_void(self):
            super().action_delete_left()

    def action_delete_right(self) -> None:
        """Delete a character; where there is none, what is sent for nothing."""
        if not _leave_void(self):
            super().action_delete_right()

    def on_input_changed(self, event: HoldingInput.Changed) -> None:
        event.stop()
        self.post_message(EntryChanged())

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self._insert(pasted(event.text))

    def action_paste(self) -> None:
        """Paste what was copied in this program."""
        self._insert(self.app.clipboard)

    def _insert(self, text: str) -> None:
        start, end = sorted(self.selection)
        if "\n" in text and self._lines:
            before, after = given(self.value[:start]), given(self.value[end:])
            self.post_message(self.LinesPasted(self, before + text + after))
        elif self._lines:
            self.replace(held(text, tabs=True), start, end)
        else:
            self.replace(held(" ".join(text.split())), start, end)


class BlockEditor(Editor, HoldingArea):
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

    BINDINGS: ClassVar[list[BindingType]] = [*FIELD_KEYS]

    def __init__(self, text: str = "", *, placeholder: str = "", least_rows: int = 1) -> None:
        super().__init__(
            held(text), compact=True, highlight_cursor_line=False, placeholder=Content(placeholder)
        )
        self._least_rows = least_rows
        self._example = placeholder

    @property
    def typed(self) -> Entry:
        return self.text

    @property
    def is_blank(self) -> bool:
        return not self.document.text

    def wipe(self) -> None:
        self.clear()

    def show_void(self) -> None:
        self.placeholder = Content(_nothing(self, self._example))

    def edit(self, edit: Edit) -> EditResult:
        result = super().edit(edit)
        if not self.is_blank:
            self.filled()
        return result

    def action_delete_left(self) -> None:
        """Delete a character; where there is none, what is sent for nothing."""
        if not _leave_void(self):
            super().action_delete_left()

    def action_delete_right(self) -> None:
        """Delete a character; where there is none, what is sent for nothing."""
        if not _leave_void(self):
            super().action_delete_right()

    def keeps(self, key: str) -> bool:
        if key == "up":
            return not self.cursor_at_first_line
        if key == "down":
            return not self.cursor_at_last_line
        return key == "enter"

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        wanted = super().get_content_height(container, viewport, width)
        return max(self._least_rows, min(wanted, _MOST_ROWS, viewport.height // 4))

    def on_text_area_changed(self, event: HoldingArea.Changed) -> None:
        event.stop()
        self.post_message(EntryChanged())

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self._insert(pasted(event.text))

    def action_paste(self) -> None:
        """Paste what was copied in this program."""
        self._insert(self.app.clipboard)

    def _insert(self, text: str) -> None:
        self.replace(held(text), *self.selection, maintain_selection_offset=False)


def _nothing(editor: Editor, example: str) -> str:
    """What an editor without text shows: what is sent for it, and an example."""
    word = editor.void_word
    if not example or editor.void is not None:
        return word
    return f"{word} · e.g. {example}" if word else example


def _leave_void(editor: Editor) -> bool:
    """Whether there was something that is sent for nothing, and no longer is."""
    if not editor.is_blank or editor.void is None:
        return False
    editor.say(None)
    return True
