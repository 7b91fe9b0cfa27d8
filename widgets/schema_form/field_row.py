"""One field of a form: label, editor, and beside it the reason why not, or what the field is for."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

from services.forms.fields import TextField
from services.forms.json_field import JsonField
from services.forms.structures import HeadField
from services.held_text import held
from services.text import one_line
from widgets.schema_form.editor import EntryChanged
from widgets.schema_form.editors import editor_for, text_of
from widgets.schema_form.head_editor import HeadEditor, NameEditor
from widgets.schema_form.line_editor import BlockEditor, LineEditor
from widgets.schema_form.options_editor import OptionsEditor, ToggleEditor
from widgets.schema_form.row_parts import EditorLayout, parts
from widgets.schema_form.shown_node import label_of, note_of, takes_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult
    from textual.geometry import Size
    from textual.layout import Layout

    from services.forms.fields import Entry, Field
    from services.forms.nodes import Row
    from widgets.schema_form.editors import AnyEditor
    from widgets.schema_form.row_parts import Parts

__all__ = ("FieldRow",)

_MOST_NOTE_LINES = 4


class FieldRow(Widget):
    """A field with its editor; label and note are drawn by the row, for widgets are dear (1 ms each)."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"field--label", "field--note"}
    DEFAULT_CSS = """
    FieldRow {
        width: 1fr;
        height: auto;
        & > .field--label { color: $text-muted; }
        &.-active > .field--label { color: $text; }
        &.-head > .field--label { color: $text; text-style: bold; }
        & > .field--note { color: $text-muted; }
        &.-wrong > .field--note { color: $text-error; }
    }
    """

    @dataclass
    class Changed(Message):
        """The person changed the entry of a field."""

        row: FieldRow

        @property
        def control(self) -> FieldRow:
            """Alias for `row`."""
            return self.row

    def __init__(self, row: Row) -> None:
        super().__init__()
        self.node, self.depth = row.node, row.depth
        self._field = row.node.field
        self._entry = row.node.entry
        self._editor: AnyEditor | None = None
        self._is_composed = False
        self._widest = 16
        self._note = Content("")
        self._layout = EditorLayout(self._editor_columns)
        self.set_class(isinstance(self.field, HeadField), "-head")

    def compose(self) -> ComposeResult:
        if not self.field.read_only:
            self._editor = editor_for(self.node)
            self._editor.hold(self.field, self.node.entry)
            self._be_placed(self._editor)
            self._entry = self._editor.entry
            yield self._editor
        if not self.has_class("-wrong"):
            self.show_reason(self.reason if self.node.touched else "")
        self._is_composed = True

    def _be_placed(self, editor: AnyEditor) -> None:
        editor.be_item(self.node.is_item, self.node.moves)
        editor.be_inside(self.depth > 0, self.node.is_folded)
        if isinstance(editor, HeadEditor):
            editor.show(self.node)

    # What it looks like.

    @property
    def layout(self) -> Layout:
        return self._layout

    def _parts(self, width: int) -> Parts:
        # Options take the room of a note that says nothing; the grounds of others stay aligned.
        is_wide = self.node.is_folded or isinstance(self._editor, OptionsEditor | ToggleEditor)
        is_silent = not self._note and is_wide
        return parts(width, self._widest, has_editor=self._editor is not None, has_note=not is_silent)

    def _editor_columns(self, width: int) -> tuple[int, int]:
        found = self._parts(width)
        return found.left, found.editor

    def _note_lines(self, found: Parts) -> list[Content]:
        """The lines of the note: one, or where it matters now up to four."""
        matters = self.has_class("-active") or self.has_class("-wrong") or self.node.is_folded
        if not self._note or found.note < 1 or (found.is_narrow and not matters):
            return []
        if matters:
            return self._note.wrap(found.note)[:_MOST_NOTE_LINES]
        return [self._note.first_line.truncate(found.note, ellipsis=True)]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        editor = 0 if self._editor is None else super().get_content_height(container, viewport, width)
        found = self._parts(width)
        note = len(self._note_lines(found))
        return max(1, editor + note if found.is_narrow else max(editor, note))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        found = self._parts(width)
        shown = []
        if y == 0:
            shown.append(
                (0, label_of(self.node, self.depth).truncate(found.label, ellipsis=True), "field--label")
            )
        lines = self._note_lines(found)
        row = y - (self.size.height - len(lines) if found.is_narrow else 0)
        if 0 <= row < len(lines):
            shown.append((found.note_left, lines[row], "field--note"))
        ground = self.visual_style.rich_style
        strip = Strip([], 0)
        for left, content, part in shown:
            strip = strip.extend_cell_length(left, ground)
            strip = Strip.join(
                [strip, *Visual.to_strips(self, content, width, 1, self.get_visual_style(part))]
            )
        return strip.adjust_cell_length(width, ground)

    # `:focus-within` is not brought up to date for what stands beside the focus (Textual 8.2).

    def on_descendant_focus(self) -> None:
        self._be_active()

    def on_descendant_blur(self) -> None:
        self._be_active()

    def _be_active(self) -> None:
        if self.has_focus_within is not self.has_class("-active"):
            with self._redrawn():
                self.set_class(self.has_focus_within, "-active")

    def on_resize(self) -> None:
        if self.has_class("-active"):
            # With all the lines of the note; later, for the keys may just have scrolled to the editor.
            self.call_after_refresh(self.scroll_visible, animate=False)

    @contextmanager
    def _redrawn(self) -> Iterator[None]:
        """Draw the row anew after what is done here, and lay it out where its parts need other room."""
        if not self._is_composed:
            yield
            return
        before = self._room
        yield
        after = self._room
        if before != after and self._editor is not None:
            self._editor.refresh(layout=True)  # what the row has placed is forgotten with that
        self.refresh(layout=before != after)

    @property
    def _room(self) -> tuple[Parts, int]:
        found = self._parts(self.size.width)
        return found, len(self._note_lines(found))

    @property
    def field(self) -> Field:
        """What the row asks for."""
        return self.node.field

    @property
    def takes_keys(self) -> bool:
        """Whether there is something to do."""
        return takes_keys(self.node)

    @property
    def entry(self) -> Entry:
        """What the person entered."""
        return self.node.entry if self._editor is None else self._editor.entry

    def shows(self, row: Row) -> bool:
        """Whether this is how a row is shown, or can be made to be."""
        fits = not self._is_composed or self.field.read_only is (self._editor is None)
        return row.node is self.node and row.depth == self.depth and fits

    def update_field(self) -> None:
        """Show what the field has become: required perhaps, or another entry of its list."""
        if self._editor is not None and (self.node.is_folded or self.node.can_fold):
            self._be_placed(self._editor)
            self._entry = self._editor.entry
            self.show_reason(self.reason if self.node.touched else "")
            self.refresh_bindings()
        is_new, self._field = self._field is not self.field, self.field
        if is_new and self._editor is not None:
            self._editor.adopt(self.field)
            self.refresh()

    @property
    def reason(self) -> str:
        """Why the entry is no answer; empty when it is one."""
        return self.node.why_refused or self.field.check(self.entry)

    def align(self, widest: int) -> None:
        """Align the label with those of other fields, the widest of which has so many cells."""
        if widest != self._widest:
            with self._redrawn():
                self._widest = widest

    def show_reason(self, reason: str) -> None:
        """Show why the entry is no answer, or without a reason what the field is for."""
        shown = reason or (note_of(self.node) if self.node.is_folded else self.field.hint)
        if self.field.read_only and not reason:
            shown = f"{one_line(text_of(self.node.entry) or self.field.void_word(None), 200)} · {shown}"
        self._show_note(shown, is_wrong=bool(reason))

    def show_offer(self, offer: str) -> None:
        """Show what could be entered in the place of what the field is for; empty for no more."""
        self.show_reason(self.reason if self.node.touched and not offer else "")
        if offer:
            self._show_note(offer, is_wrong=False)

    def _show_note(self, text: str, *, is_wrong: bool) -> None:
        if text != self._note.plain or is_wrong is not self.has_class("-wrong"):
            with self._redrawn():
                self._note = Content(text)
                self.set_class(is_wrong, "-wrong")

    def hold_line(self, text: str) -> None:
        """Have this text in the line."""
        if isinstance(self._editor, LineEditor):
            self._editor.value = held(text, tabs=True)
            self._editor.action_end()

    def wipe(self) -> None:
        """Take out what was typed."""
        if self._editor is not None:
            self._editor.wipe()

    def focus_entry(self) -> None:
        """Give the keys to the editor."""
        if self._editor is not None:
            self._editor.focus_entry()

    def on_entry_changed(self, event: EntryChanged) -> None:
        event.stop()
        if self.entry != self._entry or type(self.entry) is not type(self._entry):
            self._entry = self.entry
            self.node.touched, self.node.why_refused = True, ""
            self.show_reason(self.reason)
            self.post_message(self.Changed(self))

    async def on_line_editor_lines_pasted(self, event: LineEditor.LinesPasted) -> None:
        event.stop()
        await self.put_text(event.text)

    @property
    def text(self) -> str | None:
        """The text that stands here, where it is one that may be long; None otherwise."""
        if not isinstance(self._editor, LineEditor | BlockEditor) or isinstance(self._editor, NameEditor):
            return None
        bones = self.field.bones if isinstance(self.field, JsonField) and self._editor.is_blank else ""
        return bones or text_of(self._editor.typed) if isinstance(self.field, TextField | JsonField) else None

    async def put_text(self, text: str) -> None:
        """Have a text here, in an editor that can hold it."""
        before, editor = self._editor, BlockEditor(text)
        if before is None:
            return
        editor.hold(self.field, text)
        self._be_placed(editor)
        self._editor = editor
        await self.mount(editor, before=before)
        editor.move_cursor(editor.document.end)
        editor.focus_entry()
        await before.remove()
        self.post_message(EntryChanged())
