"""One field of a form: label, editor, and beside it the reason why not, or what the field is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Container, Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from services.forms.choices import ChoiceField, ManyField
from services.forms.fields import BooleanField, TextField
from services.forms.json_field import JsonField
from services.forms.list_node import ListNode
from services.forms.structures import AddField, GroupField, HeadField, NewNameField
from services.forms.voids import Void
from services.held_text import held
from services.text import one_line
from widgets.schema_form.editor import EntryChanged
from widgets.schema_form.filter_editor import FilterEditor
from widgets.schema_form.head_editor import AddEditor, HeadEditor, NameEditor
from widgets.schema_form.line_editor import BlockEditor, LineEditor
from widgets.schema_form.options_editor import OptionsEditor, ToggleEditor

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from services.forms.choices import Option
    from services.forms.fields import Entry, Field
    from services.forms.nodes import Node, Row

__all__ = ("FieldRow",)

_FEW_OPTIONS = 8
_SHORT_OPTIONS = 90
"""Cells that the labels of options side by side may take together."""

_INDENT = 2
_DEEPEST = 6

_AnyEditor = LineEditor | BlockEditor | OptionsEditor | ToggleEditor | FilterEditor | HeadEditor | AddEditor


class FieldRow(Horizontal):
    """A field with its editor. `touched` is whether the person has been at it."""

    DEFAULT_CSS = """
    FieldRow {
        height: auto;
        & > .field--label {
            width: 16;
            height: 1;
            padding-right: 2;
            color: $text-muted;
            text-wrap: nowrap;
            text-overflow: ellipsis;
        }
        &.-active > .field--label { color: $text; }
        &.-head > .field--label { color: $text; text-style: bold; }
        & > .field--box { width: 1fr; height: auto; layout: horizontal; }
        & .field--editor { width: 1fr; }
        & .field--note {
            width: 1fr;
            height: auto;
            max-height: 1;
            padding-left: 2;
            color: $text-muted;
            text-wrap: nowrap;
            text-overflow: ellipsis;
        }
        &.-active .field--note, &.-wrong .field--note { max-height: 4; text-wrap: wrap; }
        &.-wrong .field--note { color: $text-error; }
        &.-silent .field--note { display: none; }
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
        self._editor: _AnyEditor | None = None
        self._label: Static | None = None
        self._note: Static | None = None
        self._label_width = 16

    def compose(self) -> ComposeResult:
        self._label = Static(self._shown_label, classes="field--label", markup=False)
        self._label.styles.width = self._label_width
        self._note = Static(classes="field--note", markup=False)
        yield self._label
        with Container(classes="field--box"):
            if self.takes_keys:
                self._editor = _editor_for(self.node)
                self._editor.add_class("field--editor")
                self._editor.hold(self.field, self.node.entry)
                self._editor.be_item(self.node.is_item, self.node.moves)
                self._entry = self._editor.entry
                yield self._editor
            yield self._note

    def on_mount(self) -> None:
        self.set_class(isinstance(self.field, HeadField), "-head")
        self.show_reason(self.reason if self.node.touched else "")

    # `:focus-within` is not brought up to date for what stands beside the focus (Textual 8.2).

    def on_descendant_focus(self) -> None:
        self.set_class(self.has_focus_within, "-active")

    def on_descendant_blur(self) -> None:
        self.set_class(self.has_focus_within, "-active")

    @property
    def field(self) -> Field:
        """What the row asks for."""
        return self.node.field

    @property
    def takes_keys(self) -> bool:
        """Whether there is something to do; a group that is there in any case only holds others."""
        return not self.field.read_only and not (
            isinstance(self.field, GroupField)
            and self.node.entry is True
            and not self.node.is_item
            and not self.field.voids
        )

    @property
    def is_wanting(self) -> bool:
        """Whether it is required, and nothing is entered that could be sent."""
        is_gap = isinstance(self.entry, Void) or self.field.is_empty(self.entry)
        return self.field.required and self.takes_keys and is_gap and bool(self.reason)

    @property
    def entry(self) -> Entry:
        """What the person entered."""
        return self.node.entry if self._editor is None else self._editor.entry

    def shows(self, row: Row) -> bool:
        """Whether this is how a row is shown, or can be made to be."""
        fits = self._label is None or self.takes_keys is (self._editor is not None)
        return row.node is self.node and row.depth == self.depth and fits

    def update_field(self) -> None:
        """Show what the field has become: required perhaps, or another entry of its list."""
        if isinstance(self._editor, HeadEditor):
            node = self.node
            self._editor.is_there = node.entry is True
            self._editor.void = node.entry if isinstance(node.entry, Void) else None
            self._editor.count = len(node.items) if isinstance(node, ListNode) else None
            self._entry = node.entry
            self._editor.refresh()
        is_new, self._field = self._field is not self.field, self.field
        if is_new and self._editor is not None and self._label is not None:
            self._label.update(self._shown_label)
            self._editor.adopt(self.field)

    @property
    def reason(self) -> str:
        """Why the entry is no answer; empty when it is one."""
        return self.field.check(self.entry)

    @property
    def label_width(self) -> int:
        """The cells the label takes."""
        return self._shown_label.cell_length

    @property
    def _shown_label(self) -> Content:
        indent = " " * (min(self.depth, _DEEPEST) * _INDENT)
        return Content.assemble(
            indent,
            self.field.label,
            (" *", "$text-accent") if self.field.required and not self.node.is_item else "",
        )

    def set_label_width(self, width: int) -> None:
        """Align the label with those of other fields."""
        is_new, self._label_width = width != self._label_width, width
        if self._label is not None and is_new:
            self._label.styles.width = width

    def show_reason(self, reason: str) -> None:
        """Show why the entry is no answer, or without a reason what the field is for."""
        self.set_class(bool(reason), "-wrong")
        if self._note is None:
            return
        shown = reason or self.field.hint
        if self.field.read_only and not reason:
            shown = f"{one_line(_text(self.node.entry) or self.field.void_word(None), 200)} · {shown}"
        self._note.update(Content(shown))
        self.set_class(not shown, "-mute")
        # Options take the room of a note that says nothing; grounds stay aligned.
        self.set_class(not shown and isinstance(self._editor, OptionsEditor | ToggleEditor), "-silent")

    def show_offer(self, offer: str) -> None:
        """Show what could be entered in the place of what the field is for; empty for no more."""
        self.show_reason(self.reason if self.node.touched and not offer else "")
        if offer and self._note is not None:
            self._note.update(Content(offer))
            self.remove_class("-mute", "-silent")

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
            self.node.touched = True
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
        return bones or _text(self._editor.typed) if isinstance(self.field, TextField | JsonField) else None

    async def put_text(self, text: str) -> None:
        """Have a text here, in an editor that can hold it."""
        before, editor = self._editor, BlockEditor(text)
        if before is None:
            return
        editor.hold(self.field, text)
        editor.be_item(self.node.is_item, self.node.moves)
        editor.add_class("field--editor")
        self._editor = editor
        await self.query_one(".field--box").mount(editor, before=before)
        editor.move_cursor(editor.document.end)
        editor.focus_entry()
        await before.remove()
        self.post_message(EntryChanged())


def _editor_for(node: Node) -> _AnyEditor:
    field, entry = node.field, node.entry
    match field:
        case HeadField():
            return HeadEditor(entry, len(node.items) if isinstance(node, ListNode) else None)
        case AddField():
            return AddEditor()
        case NewNameField():
            return NameEditor(_text(entry), placeholder=field.placeholder)
        case BooleanField():
            return ToggleEditor(entry)
        case ChoiceField() | ManyField():
            many = isinstance(field, ManyField)
            kind = OptionsEditor if _side_by_side(field.options) else FilterEditor
            return kind(field.options, entry, many=many)
        case JsonField():
            rows = 1 if field.shape == "" else 2
            return BlockEditor(_text(entry), placeholder=field.placeholder, least_rows=rows)
    text = _text(entry)
    if "\n" in text:
        return BlockEditor(text, placeholder=field.placeholder)
    return LineEditor(text, placeholder=field.placeholder, lines=isinstance(field, TextField))


def _text(entry: Entry) -> str:
    return entry if isinstance(entry, str) else ""


def _side_by_side(options: tuple[Option, ...]) -> bool:
    if len(options) > _FEW_OPTIONS:
        return False
    return sum(Content(option.label).cell_length for option in options) <= _SHORT_OPTIONS
