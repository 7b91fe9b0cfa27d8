"""A form of values that are there already: what is not changed is sent as it is, whatever a form can show."""

from __future__ import annotations

from typing import Any

import pytest

from services.forms.form import WHOLE_FORM, Form, fields_of
from services.forms.tree import FormTree

LONG = "x" * 30_000


def kept(values: dict[str, Any], *, required: tuple[str, ...] = (), **properties: Any) -> Form:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return fields_of(schema, strict_elicitation=False).keeping(values)


def sent(form: Form, values: dict[str, Any], **entries: Any) -> dict[str, Any]:
    content, reasons = form.content({**form.filled(values), **entries})
    assert reasons == {}
    return content


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ({"type": "string"}, ""),
        ({"type": "string"}, LONG),
        ({"type": "string"}, "a\r\nb\x07\u202e"),
        ({"type": ["string", "null"]}, None),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, None),
        ({"type": "number"}, 1.0),
        ({"type": "number"}, 10**500),
        ({"type": "boolean"}, False),
        ({"type": "object"}, {"deep": [LONG]}),
        ({"type": "array", "items": {"enum": ["a", "b", "c"]}}, ["c", "a", "a"]),
        ({"type": "array", "items": {"enum": ["a"]}}, []),
        ({"type": "array"}, []),
        ({}, {"any": None}),
    ],
)
@pytest.mark.parametrize("required", [(), ("it",)])
def test_what_is_not_changed_is_sent_as_it_is(part: Any, value: Any, required: tuple[str, ...]) -> None:
    values = {"it": value, "other": 1}
    form = kept(values, required=required, it=part, other={"type": "integer"})
    content = sent(form, values)
    assert content == values
    assert type(content["it"]) is type(value)
    assert sent(form, values, other="2") == {"it": value, "other": 2}


def test_what_has_no_field_is_sent_as_well_and_said() -> None:
    values = {"a": "x", "extra": {"b": 1}, "long": LONG}
    form = kept(values, a={"type": "string"}, long={"type": "string"})
    assert [one.name for one in form.fields] == ["a"]
    assert sent(form, values, a="y") == {"a": "y", "extra": {"b": 1}, "long": LONG}
    assert form.notes == ("sent as it is, since a form cannot show it: extra, long",)


def test_fields_past_the_last_that_is_shown_are_sent() -> None:
    values = {f"field {number}": number for number in range(150)}
    properties: Any = {name: {"type": "integer"} for name in values}
    form = kept(values, **properties)
    assert sent(form, values) == values


def test_what_is_emptied_is_left_out() -> None:
    values = {"a": "x", "b": 1}
    assert sent(kept(values, a={"type": "string"}, b={"type": "integer"}), values, b="") == {"a": "x"}


def test_the_whole_is_checked_with_what_is_kept() -> None:
    values = {"a": 1, "extra": LONG}
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False}
    form = fields_of(schema, strict_elicitation=False).keeping(values)
    assert WHOLE_FORM in form.content(form.filled(values))[1]


def test_true_is_not_one() -> None:
    values = {"it": 1}
    assert sent(kept(values, it={"enum": [1, True]}), values, it=True)["it"] is True


def test_a_choice_made_twice_comes_back_from_a_draft() -> None:
    letters = {"type": "array", "items": {"enum": ["a", "b"]}}
    schema = {"type": "object", "properties": {"l": {"type": "array", "items": letters}}}
    form = fields_of(schema, strict_elicitation=False)
    values = {"l": [["a", "a"], ["b"]]}
    tree = FormTree(form, values)
    again = FormTree(form, values, tree.entries)
    assert again.content() == (values, {}, "")
