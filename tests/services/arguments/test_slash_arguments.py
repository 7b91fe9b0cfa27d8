from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.arguments.line import (
    missing_required,
    needs_form,
    parse_arguments,
    parse_prompt_arguments,
    parse_words,
    remarks,
)
from services.arguments.words import quote
from services.errors import InvalidArguments
from tests.app.slash.world import ADD

EVERY = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "whole": {"type": "integer"},
        "number": {"type": "number"},
        "flag": {"type": "boolean"},
        "list": {"type": "array", "items": {"type": "string"}},
        "object": {"$ref": "#/$defs/Thing"},
        "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "either": {"type": ["string", "boolean"]},
        "choice": {"enum": ["red", "green", 3]},
        "titled": {"oneOf": [{"const": "a", "title": "A"}, {"const": "b", "title": "B"}]},
        "anything": {},
        "two words": {"type": "string"},
    },
    "$defs": {"Thing": {"type": "object"}},
}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", {}),
        ("text=hello", {"text": "hello"}),
        ('text="two words"', {"text": "two words"}),
        ("text='{\"a\": 1}'", {"text": '{"a": 1}'}),
        ("text=[brackets]", {"text": "[brackets]"}),
        ("text=a=b", {"text": "a=b"}),
        ("text=", {"text": ""}),
        ("text=5", {"text": "5"}),
        ('"two words"=x', {"two words": "x"}),
        ("whole=42", {"whole": 42}),
        ("whole=-3.0", {"whole": -3}),
        ("number=1.5 whole=1", {"number": 1.5, "whole": 1}),
        ("number=2", {"number": 2}),
        ("flag=true", {"flag": True}),
        ("flag=No", {"flag": False}),
        ('list=["a", "b c"] text=x', {"list": ["a", "b c"], "text": "x"}),
        ('object={"a": [1, 2]}', {"object": {"a": [1, 2]}}),
        ("maybe=null", {"maybe": None}),
        ("maybe=1", {"maybe": 1}),
        ("either=true", {"either": True}),
        ("either=yes", {"either": "yes"}),
        ("choice=3", {"choice": 3}),
        ("titled=b", {"titled": "b"}),
        ("anything=007", {"anything": "007"}),
        ("anything=[1]", {"anything": [1]}),
        ("whole:=1.5", {"whole": 1.5}),
        ('text:="a b" flag:=null', {"text": "a b", "flag": None}),
        ("object:='{\"a\": 1}'", {"object": {"a": 1}}),
        ("other=1", {"other": "1"}),
        ("whole=1e30", {"whole": 10**30}),
        ("whole=7.960607143101464577e18", {"whole": 7960607143101464577}),
        ("whole=9007199254740993 number=9007199254740993", {"whole": 2**53 + 1, "number": 2**53 + 1}),
        ("number=7.960607143101464577e18", {"number": 7960607143101464577}),
        ("anything:=7.960607143101464577e18", {"anything": 7960607143101464577}),
        ("choice=3.0", {"choice": 3}),
        ("choice:=3.0", {"choice": 3}),
        (' {"whole": "not checked", "x": [1]} ', {"whole": "not checked", "x": [1]}),
    ],
)
def test_arguments_are_typed_by_the_schema(typed: str, expected: dict[str, Any]) -> None:
    assert parse_arguments(typed, EVERY) == expected


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("whole=x", '"whole" must be a whole number, not "x".'),
        ("whole=1.5", '"whole" must be a whole number, not "1.5".'),
        ("number=nan", '"number" must be a number, not "nan".'),
        ("number=1e999", '"number" must be a number, not "1e999".'),
        ("flag=maybe", '"flag" must be true or false, not "maybe".'),
        ("list=a,b", '"list" must be a list as JSON, such as [1, 2], not "a,b".'),
        ("list={}", '"list" must be a list as JSON, such as [1, 2].'),
        ("maybe=x", '"maybe" must be a whole number or null, not "x".'),
        ("choice=rde", '"choice" must be one of red, green, 3, not "rde".'),
        ("object={1}", '"object" is not valid JSON'),
        ("text:=x", '"text" is not valid JSON'),
        ("number:=NaN", '"number" holds what JSON cannot'),
        ("number:=1e999", '"number" holds what JSON cannot'),
        (r'text:="\ud800"', '"text" holds what JSON cannot'),
        ('{"a": ', "What you typed is not valid JSON"),
        ("text=a text=b", '"text" is given twice.'),
        ("hello", '"hello" is not key=value.'),
        ('text="open', 'The quote " in "text" is not closed.'),
        ("[" * 100_000, '"[[['),
        ("anything=" + "[" * 100_000, '"anything" is nested too deeply.'),
        ("whole:=" + "9" * 5000, '"whole" holds what JSON cannot'),
    ],
)
def test_what_does_not_fit_is_said_in_plain_words(typed: str, message: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        parse_arguments(typed, EVERY)
    assert caught.value.message.startswith(message)


def test_an_unknown_name_is_refused_only_where_the_schema_is_closed() -> None:
    with pytest.raises(InvalidArguments) as caught:
        parse_arguments("rond=true", ADD)
    assert caught.value.message == 'There is no argument "rond".'
    assert caught.value.hint == 'Did you mean "round"?'
    assert parse_arguments("txet=a", EVERY) == {"txet": "a"}
    assert remarks(EVERY, {"txet": "a", "text": "b"}) == (
        '"txet" is not an argument of this tool. Did you mean "text"?',
    )


def test_a_choice_that_is_nearly_right_gets_a_hint() -> None:
    with pytest.raises(InvalidArguments) as caught:
        parse_arguments("unit=mtre", ADD)
    assert caught.value.hint == 'Did you mean "metre"?'


def test_a_hostile_name_is_meant_by_what_the_screen_shows_of_it() -> None:
    schema = {"properties": {"a\x1b[2Jb": {"type": "integer"}}, "additionalProperties": False}
    assert parse_arguments("ab=1", schema) == {"a\x1b[2Jb": 1}


def test_words_of_a_shell_need_no_second_quoting() -> None:
    words = ["text=two words", 'object={"a": 1}', "whole:=7", "two words=it's"]
    assert parse_words(words, EVERY) == {
        "text": "two words",
        "object": {"a": 1},
        "whole": 7,
        "two words": "it's",
    }
    with_equals = {"properties": {"a=b": {"type": "integer"}}}
    assert parse_words(["a=b=3"], with_equals) == {"a=b": 3}


def test_values_for_a_prompt_are_strings() -> None:
    assert parse_prompt_arguments('a=1 b="two words" c={x}') == {"a": "1", "b": "two words", "c": "{x}"}


def test_what_is_missing_stands_in_the_order_of_the_schema() -> None:
    assert missing_required(ADD, {}) == ("a", "b")
    assert missing_required(ADD, {"a": 1}) == ("b",)
    assert needs_form(ADD, {})
    assert not needs_form(ADD, {"a": 1, "b": 2})
    assert not needs_form(EVERY, {})


@pytest.mark.parametrize(
    ("schema", "given", "needs"),
    [
        ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {}, True),
        ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"b": 1}, False),
        ({"anyOf": [{"required": ["a"]}, {}]}, {}, False),
        (
            {"$ref": "#/$defs/U", "$defs": {"U": {"oneOf": [{"required": ["id"]}, {"required": ["name"]}]}}},
            {},
            True,
        ),
        ({"allOf": [{"anyOf": [{"required": ["a"]}]}, {"required": ["b"]}]}, {"b": 1}, True),
        ({"required": ["c"], "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": 1}, True),
        ({"minProperties": 1}, {}, True),
        ({"minProperties": 1}, {"any": 1}, False),
        ({"if": {"required": ["a"]}, "then": {"anyOf": [{"required": ["b"]}]}}, {"a": 1}, True),
        ({"minProperties": "many", "anyOf": 5}, {}, False),
    ],
    ids=str,
)
def test_a_form_is_wanted_where_no_branch_has_what_it_needs(
    schema: dict[str, Any], given: dict[str, Any], needs: bool
) -> None:
    assert needs_form({"type": "object", **schema}, given) is needs


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": None, "required": "a", "type": 5},
        {"properties": {"a": True, "b": 5, "c": {"$ref": "#/properties/c"}}, "required": [1, {}]},
        {"$ref": "#"},
        {"$ref": "http://example.com/schema"},
        {"allOf": [{"$ref": "#"}, {"$ref": "#"}, {"allOf": [{"$ref": "#"}] * 50}]},
        {"properties": {"a": {"anyOf": [{"$ref": "#/properties/a"}] * 50, "enum": 5, "oneOf": [5, {}]}}},
    ],
)
def test_a_broken_schema_is_no_obstacle(schema: dict[str, Any]) -> None:
    assert parse_arguments("a=1", schema) == {"a": "1"}
    assert missing_required(schema, {}) == ()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
).filter(lambda value: "\\ud" not in json.dumps(value))

names = st.text(min_size=1).filter(lambda name: not set(name) & set("=:") and "\\ud" not in json.dumps(name))


@given(st.dictionaries(names, json_values))
def test_arguments_written_as_json_come_back(arguments: dict[str, Any]) -> None:
    typed = " ".join(f"{quote(name)}:={shlex.quote(json.dumps(value))}" for name, value in arguments.items())
    assert parse_arguments(typed, {}) == arguments
    assert parse_words([f"{name}:={json.dumps(value)}" for name, value in arguments.items()], {}) == arguments
    assert parse_arguments(json.dumps(arguments), {}) == arguments


@given(st.dictionaries(names, json_values))
def test_json_needs_no_quotes(arguments: dict[str, Any]) -> None:
    typed = " ".join(f"{quote(name)}:={json.dumps(value)}" for name, value in arguments.items())
    assert parse_arguments(typed, {}) == arguments


@given(st.text() | st.text(alphabet="ab=:{}[]\"'\\ 1"))
def test_anything_typed_is_read_or_refused(typed: str) -> None:
    for schema in ({}, EVERY, ADD):
        try:
            parse_arguments(typed, schema)
        except InvalidArguments as error:
            assert error.message
