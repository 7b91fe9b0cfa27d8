"""Which editor a field gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from services.forms.choices import ChoiceField, ManyField
from services.forms.fields import BooleanField, TextField
from services.forms.json_field import JsonField
from services.forms.structures import AddField, HeadField, NewNameField, OtherNameField
from widgets.schema_form.filter_editor import FilterEditor
from widgets.schema_form.head_editor import AddEditor, HeadEditor, NameEditor, OtherNameEditor
from widgets.schema_form.line_editor import BlockEditor, LineEditor
from widgets.schema_form.options_editor import OptionsEditor, ToggleEditor

if TYPE_CHECKING:
    from services.forms.choices import Option
    from services.forms.fields import Entry
    from services.forms.nodes import Node

__all__ = ("AnyEditor", "editor_for", "text_of")

_FEW_OPTIONS = 8
_SHORT_OPTIONS = 90
"""Cells that the labels of options side by side may take together."""

AnyEditor = LineEditor | BlockEditor | OptionsEditor | ToggleEditor | FilterEditor | HeadEditor | AddEditor


def editor_for(node: Node) -> AnyEditor:
    """A new editor for the field of a node, with what is entered there."""
    field, entry = node.field, node.entry
    match field:
        case HeadField():
            return HeadEditor()
        case AddField():
            return AddEditor()
        case OtherNameField():
            return OtherNameEditor(text_of(entry))
        case NewNameField():
            return NameEditor(text_of(entry), placeholder=field.placeholder)
        case BooleanField():
            return ToggleEditor(entry)
        case ChoiceField() | ManyField():
            many = isinstance(field, ManyField)
            kind = OptionsEditor if _side_by_side(field.options) else FilterEditor
            return kind(field.options, entry, many=many)
        case JsonField():
            rows = 1 if field.shape == "" else 2
            return BlockEditor(text_of(entry), placeholder=field.placeholder, least_rows=rows)
    text = text_of(entry)
    if "\n" in text:
        return BlockEditor(text, placeholder=field.placeholder)
    return LineEditor(text, placeholder=field.placeholder, lines=isinstance(field, TextField))


def text_of(entry: Entry) -> str:
    """What is entered, where it is text; empty otherwise."""
    return entry if isinstance(entry, str) else ""


def _side_by_side(options: tuple[Option, ...]) -> bool:
    if len(options) > _FEW_OPTIONS:
        return False
    return sum(Content(option.label).cell_length for option in options) <= _SHORT_OPTIONS
