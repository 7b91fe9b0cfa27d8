"""Properties of forms: no schema raises, and what goes in comes out."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.forms.form import fields_of
from services.text import printable

_KEYWORDS = [
    "type",
    "properties",
    "required",
    "enum",
    "enumNames",
    "const",
    "default",
    "title",
    "description",
    "examples",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "multipleOf",
    "items",
    "minItems",
    "maxItems",
    "anyOf",
    "oneOf",
    "allOf",
    "$ref",
    "$schema",
    "$defs",
    "additionalProperties",
    "patternProperties",
    "uniqueItems",
    "not",
    "if",
    "then",
]
_WORDS = [
    "string",
    "number",
    "integer",
    "boolean",
    "array",
    "object",
    "null",
    "email",
    "date",
    "uri",
    "date-time",
    "#",
    "#/properties/a",
    "#/$defs/a",
    "(",
    "^(a+)+$",
    "http://json-schema.org/draft-07/schema#",
]

_leaves = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(_WORDS)
)
_names = st.sampled_from(_KEYWORDS) | st.sampled_from("ab") | st.text(max_size=3)
_json = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names, inner, max_size=6),
    max_leaves=30,
)
_keys: st.SearchStrategy[Any] = _names | st.integers() | st.none() | st.tuples(st.integers())
_schemas = st.fixed_dictionaries(
    {"properties": st.dictionaries(_keys, _json, max_size=4)},
    optional={
        "required": _json,
        "$defs": _json,
        "type": _json,
        "anyOf": _json,
        "allOf": _json,
        "$schema": _json,
    },
)


@settings(deadline=None, max_examples=150)
@given(_json | _schemas, st.booleans(), st.data())
def test_no_json_taken_for_a_schema_raises(schema: Any, strict: bool, data: st.DataObject) -> None:
    form = fields_of(schema, strict_elicitation=strict)
    entries = {field.name: data.draw(_json) for field in form.fields}
    for field in form.fields:
        assert isinstance(field.check(entries[field.name]), str)
        assert "\n" not in field.hint + field.label + field.placeholder
    content, reasons = form.content(entries)
    assert content.keys() <= {field.name for field in form.fields}
    assert all(reasons.values())
    form.content(form.filled(entries))


def test_schemas_that_hold_themselves_do_not_raise() -> None:
    loop: dict[str, Any] = {"type": "object", "properties": {"name": {"type": "string"}}}
    loop["properties"]["again"] = loop
    loop["allOf"] = [loop]
    loop["anyOf"] = [loop, loop]
    loop["default"] = loop
    form = fields_of(loop, strict_elicitation=False)
    assert [field.name for field in form.fields] == ["name", "again"]
    assert form.content({"name": "x", "again": "{}"}) == ({"name": "x", "again": {}}, {})


def test_deep_schemas_do_not_raise() -> None:
    deep: Any = {"type": "string"}
    for _ in range(50_000):
        deep = {"type": "object", "properties": {"a": deep}, "items": [deep], "default": [deep]}
    form = fields_of({"properties": {"a": deep}, "allOf": [deep]}, strict_elicitation=False)
    assert form.content({"a": '{"a": 1}'}) == ({"a": {"a": 1}}, {})
    # Python frees what is nested this deep one level at a time.
    while isinstance(deep, dict) and "properties" in deep:
        inner = deep["properties"]["a"]
        deep.clear()
        deep = inner


@given(st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back_as_they_were(value: float) -> None:
    form = fields_of({"properties": {"it": {"type": "number"}}}, strict_elicitation=True)
    assert form.content(form.filled({"it": value})) == ({"it": value}, {})


@given(
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1).filter(
        lambda text: printable(text) == text
    )
)
def test_texts_come_back_as_they_were(value: str) -> None:
    form = fields_of({"properties": {"it": {"type": "string"}}}, strict_elicitation=True)
    assert form.content(form.filled({"it": value})) == ({"it": value}, {})


_json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_json_values)
def test_any_json_comes_back_as_it_was(value: Any) -> None:
    form = fields_of({"properties": {"it": {}}}, strict_elicitation=False)
    filled = form.filled({"it": value})
    assert form.content(filled) == ({"it": value}, {})
    assert "\x1b" not in str(filled["it"])


_options = st.text() | st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(_options, min_size=1, unique_by=lambda one: (isinstance(one, bool), one)), st.data())
def test_options_come_back_as_they_were(values: list[Any], data: st.DataObject) -> None:
    schema = {"properties": {"one": {"enum": values}, "some": {"type": "array", "items": {"enum": values}}}}
    one, some = data.draw(st.sampled_from(values)), data.draw(st.permutations(values))
    form = fields_of(schema, strict_elicitation=False)
    content, reasons = form.content(form.filled({"one": one, "some": some}))
    assert reasons == {}
    assert [content["one"], *content["some"]] == [one, *some]
    assert [type(value) for value in content["some"]] == [type(value) for value in some]


@given(st.dictionaries(st.sampled_from(["text", "number", "maybe", "some", "more", "json"]), _json_values))
def test_a_form_that_holds_an_object_holds_all_of_it(values: dict[str, Any]) -> None:
    properties = {
        "text": {"type": "string"},
        "number": {"type": "number"},
        "maybe": {"type": ["integer", "null"]},
        "some": {"type": "array", "items": {"enum": ["a", "b"]}},
        "json": {"type": "object"},
    }
    form, entries = fields_of({"properties": properties}, strict_elicitation=False).holding(values)
    assert form.value(entries) == values
    content, reasons = form.content(entries)
    assert reasons or content == values
