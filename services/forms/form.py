"""From a JSON Schema object to the fields of a form, and from what was entered to content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from services.forms.fields import Refused, TextField, same_entry
from services.forms.json_field import JsonField
from services.forms.schema_fields import FieldReader
from services.forms.voids import ABSENT, Void
from services.schemas.checker import SchemaCheck
from services.schemas.shapes import Shapes
from services.schemas.skeleton import skeleton
from services.text import one_line

if TYPE_CHECKING:
    from services.forms.fields import Entry, Field

__all__ = ("WHOLE_FORM", "Form", "fields_of")

WHOLE_FORM = ""
"""The key of a reason that belongs to no single field."""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of one schema, in its order."""

    fields: tuple[Field, ...] = ()
    notes: tuple[str, ...] = ()
    """What of the schema the form cannot show, one line each."""
    whole: SchemaCheck | None = field(default=None, repr=False, compare=False)
    """Checks the content as a whole; None where the fields say it all."""
    schema: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)
    """What the fields were read from; None where an answer is made of these fields alone."""
    strict: bool = False
    """Whether it asks by the rules of elicitation."""
    reader: FieldReader | None = field(default=None, repr=False, compare=False)
    """What the fields were read by."""
    kept: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """Values that are sent as they are unless the entry of their field is changed."""

    def keeping(self, values: Mapping[str, Any]) -> Form:
        """The form for values that fit the schema, each of them sent as it is unless it is changed.

        One that no entry can stand for, such as a very long text, has no field then.
        """
        fields = tuple(_with_value(one, values) for one in self.fields if _can_show(one, values))
        shown = {one.name for one in fields}
        hidden = ", ".join(one_line(name, 40) for name in values if name not in shown)
        notes = (one_line(f"sent as it is, since a form cannot show it: {hidden}", 400),) if hidden else ()
        return replace(self, fields=fields, notes=(*notes, *self.notes), kept=dict(values))

    def filled(self, arguments: Mapping[str, Any]) -> dict[str, Entry]:
        """The entries that stand for values from the wire, such as the arguments of an earlier call."""
        return {one.name: one.entry_for(arguments[one.name]) for one in self.fields if one.name in arguments}

    def content(self, entries: Mapping[str, object]) -> tuple[dict[str, Any], dict[str, str]]:
        """The content to send, and the reasons why not, by field name (`WHOLE_FORM` for the form itself).

        A field without an entry counts as it stands at first; an empty optional one is left out.
        """
        names = {one.name for one in self.fields}
        content = {name: value for name, value in self.kept.items() if name not in names}
        reasons: dict[str, str] = {}
        for one in self.fields:
            entry = entries.get(one.name, one.initial)
            try:
                value = self._read(one, entry)
            except Refused as refused:
                reasons[one.name] = str(refused)
            else:
                if value is not ABSENT:
                    content[one.name] = value
        return content, reasons or self._reasons_of_the_whole(content)

    def _read(self, one: Field, entry: object) -> Any:
        """The value of a field to send, or `ABSENT`. Raises `Refused`."""
        unchanged = one.name in self.kept and same_entry(one, entry, one.entry_for(self.kept[one.name]))
        return self.kept[one.name] if unchanged else one.read(entry)

    def value(self, entries: Mapping[str, Entry]) -> dict[str, Any]:
        """All that the form holds as one value: what is no answer stands in it as it was entered."""
        names = {one.name for one in self.fields}
        found = {name: value for name, value in self.kept.items() if name not in names}
        for one in self.fields:
            entry = entries.get(one.name, one.initial)
            try:
                value = self._read(one, entry)
            except Refused:
                value = ABSENT if isinstance(entry, Void) or one.is_empty(entry) else entry
            if value is not ABSENT:
                found[one.name] = list(value) if isinstance(value, tuple) else value
        return found

    def holding(self, values: Mapping[str, Any]) -> tuple[Form, dict[str, Entry]]:
        """The form that holds just these values, with its entries: what is not among them is left out."""
        form = self.keeping(values)
        return form, {**dict.fromkeys(one.name for one in form.fields), **form.filled(values)}

    def with_bones(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """The value to edit as JSON: of nothing what the schema names, else with what is required beside."""
        shapes = Shapes(self.schema or {})
        bones = skeleton(shapes, self.schema, -1, most=1_000)
        if not isinstance(bones, dict):
            return dict(value)
        required = shapes.properties()[1]
        return {name: one for name, one in bones.items() if not value or name in required} | dict(value)

    @property
    def checks(self) -> tuple[SchemaCheck, ...]:
        """The checks against schemas that the fields and the whole need."""
        parts = [one.whole for one in self.fields if isinstance(one, JsonField)]
        return tuple({check for check in (self.whole, *parts) if check is not None})

    def prepare(self) -> None:
        """Do ahead of the first check what is slow about it (100 ms); may run in a thread."""
        for check in self.checks:
            check.prepare()

    def _reasons_of_the_whole(self, content: dict[str, Any]) -> dict[str, str]:
        reasons: dict[str, str] = {}
        names = {one.name for one in self.fields}
        for path, reason in self.whole.reasons(content) if self.whole is not None else ():
            name = str(path[0]) if path else WHOLE_FORM
            reasons.setdefault(name if name in names else WHOLE_FORM, reason)
        return reasons


def _can_show(one: Field, values: Mapping[str, Any]) -> bool:
    value = values.get(one.name)
    return value is None or one.entry_for(value) is not None


def _with_value(one: Field, values: Mapping[str, Any]) -> Field:
    """The field of which an empty text is no gap where it is the value."""
    if isinstance(one, TextField) and values.get(one.name) == "":
        return replace(one, empty_counts=True)
    return one


def fields_of(schema: object, *, strict_elicitation: bool) -> Form:
    """The form of a JSON Schema object. Never raises, whatever the schema is.

    `strict_elicitation` follows the rules of elicitation: fields go by their titles, a date-time has a
    zone. Without it the schema is that of a tool: fields go by the names of the
    arguments, and the content is checked against the whole schema as well.
    """
    if not isinstance(schema, Mapping):
        return Form(notes=("the schema is no object",) if schema is not None else ())
    shapes = Shapes(schema)
    check = SchemaCheck(schema)
    reader = FieldReader(shapes, check, strict_elicitation)
    properties, required = shapes.properties()
    fields = tuple(reader.field(name, part, name in required) for name, part in properties.items())
    notes = [f"{one.label}: {note}" for one in fields for note in one.notes]
    shown = tuple(one_line(note, 200) for note in notes)
    nested = any(isinstance(one, JsonField) for one in fields)
    whole = check if nested or not strict_elicitation else None
    return Form(fields, shown, whole, schema, strict_elicitation, reader)
