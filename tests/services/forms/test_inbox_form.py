"""Forms: every kind of field from its schema, what is refused and why, what is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.forms.choices import ChoiceField, ManyField
from services.forms.fields import BooleanField, Field, NumberField, TextField
from services.forms.form import WHOLE_FORM, Form, fields_of
from services.forms.json_field import JsonField
from services.forms.tree import FormTree

HOSTILE = "[/x][@click=app.quit]x[/]\x1b]52;c;aGk=\x07\u202e"


def form_of(required: tuple[str, ...] = (), **properties: Any) -> Form:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return fields_of(schema, strict_elicitation=True)


def only(part: Any, *, required: bool = False, strict: bool = True) -> Field:
    schema = {"type": "object", "properties": {"it": part}, "required": ["it"] if required else []}
    (field,) = fields_of(schema, strict_elicitation=strict).fields
    return field


def tool(**schema: Any) -> Form:
    return fields_of({"type": "object", **schema}, strict_elicitation=False)


def test_fields_come_in_the_order_of_the_schema() -> None:
    form = form_of(zebra={"type": "string"}, apple={"type": "boolean"}, mango={"type": "integer"})
    assert [field.name for field in form.fields] == ["zebra", "apple", "mango"]


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ({"type": "string"}, TextField),
        ({"type": "number"}, NumberField),
        ({"type": "integer"}, NumberField),
        ({"type": "boolean"}, BooleanField),
        ({"type": "string", "enum": ["a", "b"]}, ChoiceField),
        ({"enum": [1, 2.5, True]}, ChoiceField),
        ({"oneOf": [{"const": "a", "title": "A"}]}, ChoiceField),
        ({"anyOf": [{"const": "a", "title": "A"}, {"const": "b"}]}, ChoiceField),
        ({"const": "fixed"}, ChoiceField),
        ({"type": "array", "items": {"type": "string", "enum": ["a"]}}, ManyField),
        ({"type": "array", "items": {"anyOf": [{"const": "a", "title": "A"}]}}, ManyField),
        ({"type": ["string", "null"]}, TextField),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, NumberField),
        ({"enum": ["a", None]}, ChoiceField),
        ({"allOf": [{"type": "string"}]}, TextField),
        ({"type": "object"}, JsonField),
        ({"type": "array", "items": {"type": "string"}}, JsonField),
        ({"type": ["string", "integer"]}, JsonField),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, JsonField),
        ({"$ref": "https://example.com/schema"}, JsonField),
        ({"$ref": "#/properties/it"}, JsonField),
        ({"enum": [{"a": 1}, ["b"]]}, JsonField),
        ({"enum": []}, JsonField),
        ({"type": "null"}, JsonField),
        ({}, JsonField),
        (True, JsonField),
        (None, JsonField),
        ("string", JsonField),
    ],
)
def test_each_schema_gets_the_field_that_fits(part: Any, kind: type[Field]) -> None:
    assert type(only(part)) is kind


def test_titles_descriptions_and_examples_are_there_to_read() -> None:
    field = only({"type": "string", "title": "Name", "description": "full name", "examples": ["Bob"]})
    assert (field.label, field.description, field.placeholder) == ("Name", "full name", "Bob")
    assert only({"type": "string"}).label == "it"


def test_arguments_of_a_tool_go_by_their_names() -> None:
    field = only({"type": "string", "title": "Customer", "description": "who"}, strict=False)
    assert (field.label, field.description) == ("it", "Customer: who")
    assert only({"type": "string", "title": "It"}, strict=False).description == ""


def test_everything_to_read_is_printable_and_the_wire_gets_the_raw_values() -> None:
    form = fields_of(
        {
            "properties": {
                HOSTILE: {
                    "title": HOSTILE,
                    "description": HOSTILE,
                    "oneOf": [{"const": HOSTILE, "title": HOSTILE}],
                    "examples": [HOSTILE],
                },
                "b": {"enum": [HOSTILE], "enumNames": [HOSTILE]},
            }
        },
        strict_elicitation=True,
    )
    choice, other = form.fields
    assert isinstance(choice, ChoiceField) and isinstance(other, ChoiceField)
    clean = "[/x][@click=app.quit]x[/]"
    drawn = [choice.label, choice.description, choice.placeholder, choice.options[0].label, choice.hint]
    assert drawn == [clean] * 5
    assert other.options[0].label == clean
    assert form.content({HOSTILE: HOSTILE}) == ({HOSTILE: HOSTILE}, {})


@pytest.mark.parametrize(
    ("part", "entry", "reason"),
    [
        ({"type": "string", "minLength": 2}, "x", "at least 2 characters"),
        ({"type": "string", "minLength": 1}, "x", ""),
        ({"type": "string", "maxLength": 1}, "xy", "at most 1 character"),
        ({"type": "string", "pattern": "^[a-z]+$"}, "A", "must match ^[a-z]+$"),
        ({"type": "string", "pattern": "^[a-z]+$"}, "a", ""),
        ({"type": "string", "pattern": "("}, "anything", ""),
        ({"type": "string", "pattern": "^(a+)+$"}, "a" * 100_000 + "!", "must match ^(a+)+$"),
        ({"type": "string", "format": "email"}, "nobody", "must be an e-mail address"),
        ({"type": "string", "format": "email"}, "a@b@c", "must be an e-mail address"),
        ({"type": "string", "format": "email"}, "a.b+c@example.org", ""),
        ({"type": "string", "format": "uri"}, "example.com", "must be a URI such as https://example.com/"),
        ({"type": "string", "format": "uri"}, "https:///x", "must be a URI such as https://example.com/"),
        ({"type": "string", "format": "uri"}, "https://example.com/a?b#c", ""),
        ({"type": "string", "format": "uri"}, "urn:isbn:0451450523", ""),
        ({"type": "string", "format": "date"}, "2026-02-30", "must be a date such as 2026-01-31"),
        ({"type": "string", "format": "date"}, "20260228", "must be a date such as 2026-01-31"),
        ({"type": "string", "format": "date"}, "2026-02-28", ""),
        (
            {"type": "string", "format": "date-time"},
            "2026-01-31T09:30:00",
            "must be a date and time such as 2026-01-31T09:30:00Z",
        ),
        ({"type": "string", "format": "date-time"}, "2026-01-31T09:30:00.5+02:00", ""),
        ({"type": "string", "format": "something new"}, "x", ""),
        ({"type": "integer"}, "abc", "must be a whole number"),
        ({"type": "integer"}, "1.5", "must be a whole number"),
        ({"type": "integer"}, "1_000", "must be a whole number"),
        ({"type": "integer"}, "٣", "must be a whole number"),
        ({"type": "integer"}, " 7 ", ""),
        ({"type": "integer"}, "1e3", ""),
        ({"type": "number"}, "x", "must be a number"),
        ({"type": "number"}, "nan", "must be a number"),
        ({"type": "number"}, "inf", "must be a number"),
        ({"type": "number"}, "1e999", "too large"),
        ({"type": "number"}, "9" * 500, "too long"),
        ({"type": "number", "minimum": 1}, "0.5", "at least 1"),
        ({"type": "number", "maximum": 1.5}, "2", "at most 1.5"),
        ({"type": "number", "exclusiveMinimum": 0}, "0", "more than 0"),
        ({"type": "number", "exclusiveMaximum": 5}, "5", "less than 5"),
        ({"type": "number", "minimum": 0, "exclusiveMinimum": True}, "0", "more than 0"),
        ({"type": "number", "multipleOf": 0.01}, "0.07", ""),
        ({"type": "number", "multipleOf": 0.01}, "0.075", "a multiple of 0.01"),
        ({"type": "integer", "minimum": "3", "multipleOf": 0}, "1", ""),
        ({"type": "boolean"}, "yes", "must be yes or no"),
        ({"type": "boolean"}, False, ""),
        ({"enum": ["a", "b"]}, "c", "must be one of the options"),
        ({"enum": [1, 2]}, True, "must be one of the options"),
        ({"enum": [True]}, 1, "must be one of the options"),
        (
            {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 1},
            ("c",),
            "must be some of the options",
        ),
        ({"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 2}, ("a",), "choose at least 2"),
        ({"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 1}, ("a", "b"), "choose at most 1"),
    ],
)
def test_the_reason_in_plain_words(part: Any, entry: Any, reason: str) -> None:
    assert only(part).check(entry) == reason


@pytest.mark.parametrize(
    "part", [{"type": "string"}, {"type": "integer"}, {"enum": ["a", "b"]}, {"type": "object"}]
)
def test_required_says_so_and_optional_is_left_out(part: Any) -> None:
    assert only(part, required=True).check("" if part != {"enum": ["a", "b"]} else None) == "required"
    assert form_of(it=part).content({"it": None}) == ({}, {})


def test_content_has_the_types_of_the_schema() -> None:
    form = form_of(
        name={"type": "string"},
        age={"type": "integer"},
        price={"type": "number"},
        whole={"type": "number"},
        ok={"type": "boolean"},
        size={"enum": [1, 2]},
        tags={"type": "array", "items": {"enum": ["a", "b", "c"]}},
    )
    entries = {
        "name": "Bob",
        "age": " 42",
        "price": "1.50",
        "whole": "3",
        "ok": False,
        "size": 2,
        "tags": ("c", "a"),
    }
    content, reasons = form.content(entries)
    assert reasons == {}
    assert content == {
        "name": "Bob",
        "age": 42,
        "price": 1.5,
        "whole": 3,
        "ok": False,
        "size": 2,
        "tags": ["c", "a"],
    }
    assert [type(value) for value in content.values()] == [str, int, float, int, bool, int, list]


def test_defaults_are_filled_in_and_an_emptied_one_is_left_out() -> None:
    form = form_of(
        name={"type": "string", "default": "Bob"},
        age={"type": "integer", "default": 5.0},
        ok={"type": "boolean", "default": True},
        colour={"enum": ["red", "green"], "default": "green"},
        tags={"type": "array", "items": {"enum": ["a", "b"]}, "default": ["b", "zzz"]},
    )
    assert [field.initial for field in form.fields] == ["Bob", "5", True, "green", ("b",)]
    assert form.content({})[0] == {"name": "Bob", "age": 5, "ok": True, "colour": "green", "tags": ["b"]}
    assert form.content({"name": "", "age": "", "ok": None, "colour": None, "tags": ()}) == ({}, {})


def test_defaults_of_a_wrong_type_are_ignored_and_noted() -> None:
    form = form_of(name={"type": "string", "default": 5}, age={"type": "integer", "default": {"a": []}})
    assert [field.initial for field in form.fields] == [None, None]
    assert form.notes[0] == "name: the default does not fit and is not filled in"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "default": 5},
        {"type": "string", "default": "abc", "minLength": 5},
        {"type": "string", "default": "soon", "format": "date"},
        {"type": "string", "default": "abc", "pattern": "^[0-9]+$"},
        {"type": "integer", "default": "many"},
        {"type": "integer", "default": 50, "maximum": 5},
        {"type": "boolean", "default": "yes"},
        {"enum": ["a", "b"], "default": "zzz"},
        {"type": "array", "items": {"enum": ["a", "b"]}, "default": "a"},
        {"type": "array", "items": {"type": "string"}, "default": "one"},
        {"type": "object", "properties": {"key": {"type": "string"}}, "default": [1]},
        {"type": "object", "default": "{}"},
    ],
    ids=str,
)
def test_a_default_that_breaks_its_own_schema_is_not_filled_in_and_said_so(schema: dict[str, Any]) -> None:
    whole = {"type": "object", "properties": {"it": schema}}
    form = fields_of(whole, strict_elicitation=False)
    assert form.notes == ("it: the default does not fit and is not filled in",)
    assert FormTree(form).content() == ({}, {}, "")
    given = FormTree(form, {"it": schema["default"]})
    assert given.content()[1], "what somebody gave is there, with what is wrong with it"


def test_null_stands_for_a_required_field_left_empty() -> None:
    maybe = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}], "default": None}
    assert form_of(("it",), it=maybe).content({"it": ""}) == ({"it": None}, {})
    assert form_of(it=maybe).content({"it": ""}) == ({}, {})
    assert form_of(it=maybe).content({"it": "0"}) == ({}, {"it": "at least 1"})
    assert form_of(("it",), it={"enum": ["a", None]}).content({}) == ({"it": None}, {})


def test_booleans_are_off_when_required_and_left_out_when_untouched() -> None:
    assert form_of(("it",), it={"type": "boolean"}).content({}) == ({"it": False}, {})
    assert form_of(it={"type": "boolean"}).content({}) == ({}, {})


def test_an_empty_text_is_an_answer_where_it_is_the_default() -> None:
    assert form_of(("it",), it={"type": "string", "default": ""}).content({}) == ({"it": ""}, {})


def test_titled_options_show_titles_and_send_constants() -> None:
    field = only({"oneOf": [{"const": "#f00", "title": "Red"}, {"const": "#0f0"}]})
    assert isinstance(field, ChoiceField)
    assert [(option.label, option.value) for option in field.options] == [("Red", "#f00"), ("#0f0", "#0f0")]
    legacy = only({"type": "string", "enum": ["a", "b"], "enumNames": ["Aa", "Bb"]})
    assert isinstance(legacy, ChoiceField)
    assert [option.label for option in legacy.options] == ["Aa", "Bb"]
    uneven = only({"enum": ["a", "b"], "enumNames": ["Aa"]})
    assert isinstance(uneven, ChoiceField)
    assert [option.label for option in uneven.options] == ["a", "b"]


def test_references_inside_the_document_are_followed() -> None:
    form = tool(
        properties={
            "colour": {"$ref": "#/$defs/a~1b", "description": "which"},
            "on": {"$ref": "#/$defs/none"},
        },
        **{"$defs": {"a/b": {"enum": ["red", "green"], "description": "a colour"}}},
    )
    colour, unknown = form.fields
    assert isinstance(colour, ChoiceField) and colour.description == "which"
    assert isinstance(unknown, JsonField)


def test_branches_of_the_root_are_fields_too() -> None:
    form = tool(
        properties={"a": {"type": "string"}},
        oneOf=[
            {"properties": {"kind": {"const": "x"}, "x": {"type": "integer"}}, "required": ["kind", "x"]},
            {"properties": {"kind": {"const": "y"}, "a": {"type": "string"}}, "required": ["kind"]},
        ],
    )
    assert [(field.name, type(field)) for field in form.fields] == [
        ("a", TextField),
        ("kind", ChoiceField),
        ("x", NumberField),
    ]
    assert form.content({"kind": "x", "x": "1"}) == ({"kind": "x", "x": 1}, {})
    assert form.content({"kind": "x"})[1] == {WHOLE_FORM: "fits none of the forms allowed"}


def test_json_is_checked_as_json_and_against_its_schema() -> None:
    address = {
        "type": "object",
        "properties": {"zip": {"type": "string", "pattern": "^[0-9]{5}$"}, "tags": {"uniqueItems": True}},
        "required": ["zip"],
        "additionalProperties": False,
    }
    form = tool(properties={"address": address}, required=["address"])
    assert form.content({})[1] == {"address": "required"}
    reason = {
        "{": "not valid JSON: line 1, column 2",
        "NaN": "not valid JSON",
        "[" * 100_000: "not valid JSON",
        "[]": "must be an object",
        "{}": "zip: required",
        '{"zip": 5}': "zip: must be text",
        '{"zip": "abc"}': "zip: must match ^[0-9]{5}$",
        '{"zip": "12345", "street": "x"}': "unknown: street",
        '{"zip": "12345", "tags": [1, 1]}': "tags: the same entry twice",
    }
    assert {text: form.content({"address": text})[1].get("address") for text in reason} == reason
    assert form.content({"address": '{"zip": "12345"}'}) == ({"address": {"zip": "12345"}}, {})


def test_answers_to_a_question_may_be_nested_and_are_checked() -> None:
    part = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    form = form_of(it={"type": "array", "items": {"type": "string"}}, other=part)
    assert form.content({"it": '["a", "b"]'}) == ({"it": ["a", "b"]}, {})
    assert form.content({"other": "{}"})[1] == {"other": "n: required"}
    assert form.content({"other": '{"n": 1}'}) == ({"other": {"n": 1}}, {})


def test_arguments_are_checked_as_a_whole() -> None:
    form = tool(properties={"a": {"type": "string"}, "b": {"type": "string"}}, dependentRequired={"a": ["b"]})
    assert WHOLE_FORM in form.content({"a": "x"})[1]
    assert form.content({"a": "x", "b": "y"}) == ({"a": "x", "b": "y"}, {})


def test_earlier_arguments_can_be_edited_again() -> None:
    form = tool(
        properties={
            "text": {"type": "string"},
            "count": {"type": "integer"},
            "on": {"type": "boolean"},
            "one": {"enum": ["a", "b"]},
            "some": {"type": "array", "items": {"enum": ["a", "b"]}},
            "deep": {"type": "object"},
        }
    )
    arguments = {"text": "x", "count": 3, "on": False, "one": "b", "some": ["b"], "deep": {"a": [1]}}
    assert form.content(form.filled(arguments)) == (arguments, {})
    assert form.filled({"text": 5, "count": "many", "one": 5, "gone": 1}) == {
        "text": "5",
        "count": "many",
        "one": None,
    }


def test_required_names_without_a_property_have_a_field() -> None:
    form = tool(
        properties={"a": {"type": "string"}},
        required=["z", "a", "b2"],
        patternProperties={"^b": {"type": "integer"}},
    )
    assert [(field.name, type(field), field.required) for field in form.fields] == [
        ("a", TextField, True),
        ("z", JsonField, True),
        ("b2", NumberField, True),
    ]
    assert form.content({"a": "x", "z": "[1]", "b2": "5"}) == ({"a": "x", "z": [1], "b2": 5}, {})
    further = tool(required=["z"], additionalProperties={"type": "boolean"})
    assert [type(field) for field in further.fields] == [BooleanField]


HANGING = {
    "billion laughs": {
        "$defs": {
            f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} if n < 40 else {"type": "object"}
            for n in range(41)
        },
        "properties": {"it": {"type": "object", "$ref": "#/$defs/d0"}},
    },
    "itself": {
        "properties": {"it": {"type": "object", "allOf": [{"$ref": "#"}, {"$ref": "#/properties/it"}]}}
    },
    "regular expression": {
        "properties": {"it": {"type": "object", "patternProperties": {"^(a+)+$": {"pattern": "(x+x+)+y"}}}}
    },
    "unguarded": {
        "properties": {
            "it": {
                "$schema": "http://json-schema.org/draft-07/schema#",
                "propertyNames": {
                    "$schema": "http://json-schema.org/draft-07/schema#",
                    "pattern": "^(a+)+$",
                    "additionalProperties": False,
                    "patternProperties": {"^(a+)+$": True},
                },
            }
        }
    },
    "remote": {
        "properties": {"it": {"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:9/"}}}}
    },
}


@pytest.mark.parametrize("name", HANGING)
def test_no_schema_hangs_a_check_or_reaches_out(name: str) -> None:
    form = fields_of(HANGING[name], strict_elicitation=False)
    form.prepare()
    form.content({"it": json.dumps({"a" * 60 + "!": "x" * 60, "a": 1})})


def test_large_schemas_are_there_whole() -> None:
    many = tool(properties={f"f{n}": {"type": "string"} for n in range(1_000)})
    assert [field.name for field in many.fields] == [f"f{n}" for n in range(1_000)]
    assert many.notes == ()
    field = only({"enum": [f"v{n}" for n in range(10_000)]})
    assert isinstance(field, ChoiceField) and len(field.options) == 10_000


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("integer", "1e30", 10**30),
        ("integer", "7.960607143101464577e18", 7960607143101464577),
        ("integer", "9007199254740993", 2**53 + 1),
        ("number", "9007199254740993", 2**53 + 1),
        ("number", "2.0", 2),
    ],
)
def test_numbers_go_through_no_float(kind: str, typed: str, value: int) -> None:
    content, reasons = form_of(it={"type": kind}).content({"it": typed})
    assert (content, reasons) == ({"it": value}, {})
    assert isinstance(content["it"], int)


def test_what_json_cannot_carry_is_said_at_its_field() -> None:
    form = form_of(text={"type": "string"}, json={"type": "object"}, number={"type": "number"})
    for entries, told in (
        ({"text": "a\ud800"}, {"text": "it holds half a character (U+D800), which no text can"}),
        (
            {"json": '{"a": ["\\ud800"]}'},
            {"json": "a[0]: it holds half a character"},
        ),
        ({"json": '{"a": 1e400}'}, {"json": "not valid JSON: 1e400 is too large a number"}),
        ({"json": '{"a": ' * 300 + "1" + "}" * 300}, {"json": "nested too deeply"}),
        ({"number": "1e400"}, {"number": "too large"}),
    ):
        reasons = form.content(entries)[1]
        assert reasons.keys() == told.keys()
        assert all(told[name] in reason for name, reason in reasons.items())


@pytest.mark.parametrize("text", ["\t", "\r\n", " \u200b\ufeff", "a\u2028b\x1b[m"])
def test_defaults_and_earlier_texts_stay_as_they_came(text: str) -> None:
    form = form_of(it={"type": "string", "default": text})
    assert form.content({}) == ({"it": text}, {})
    assert form.content(form.filled({"it": f"{text}!"})) == ({"it": f"{text}!"}, {})
