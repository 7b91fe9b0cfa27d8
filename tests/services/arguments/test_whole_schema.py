"""`key=value` typed by all of a schema, in the session and in the shell alike."""

from __future__ import annotations

import shlex
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.arguments.call import tool_arguments
from services.arguments.line import missing_required, parse_arguments, remarks
from services.catalog.entries import Tool
from services.errors import InvalidArguments
from services.schemas.conditions import Dependent
from tests.support.work import calls

KINDS = {
    "type": "object",
    "properties": {"kind": {"type": "string"}},
    "oneOf": [
        {
            "properties": {"kind": {"const": "text"}, "value": {"type": "string"}},
            "required": ["kind", "value"],
        },
        {"properties": {"kind": {"const": "count"}, "value": {"type": "integer"}}, "required": ["value"]},
        {"properties": {"kind": {"enum": ["many"]}, "value": {"type": "array"}}, "required": ["value"]},
    ],
}
EITHER = {
    "$ref": "#/$defs/Either",
    "$defs": {
        "Either": {"anyOf": [{"$ref": "#/$defs/ByPath"}, {"$ref": "#/$defs/ById"}]},
        "ByPath": {
            "type": "object",
            "properties": {"path": {"type": "string"}},
            "required": ["path"],
            "additionalProperties": False,
        },
        "ById": {
            "type": "object",
            "allOf": [
                {"properties": {"id": {"$ref": "#/$defs/Id"}}},
                {"properties": {"all": {"type": "boolean"}}},
            ],
            "required": ["id"],
        },
        "Id": {"type": "integer"},
    },
}
OPEN = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "n_listed": {"type": ["string", "integer"]}},
    "patternProperties": {"^n_": {"type": "integer"}, "(": {"type": "boolean"}},
    "additionalProperties": {"$ref": "#/$defs/Rest"},
    "$defs": {"Rest": {"type": ["number", "boolean", "object"]}},
}
CONDITIONS = {
    "type": "object",
    "properties": {"kind": {"enum": ["text", "count", "deep"]}, "value": {"type": ["string", "integer"]}},
    "allOf": [
        {
            "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
            "then": {"$ref": f"#/$defs/{name}"},
        }
        for name in ("text", "count", "deep")
    ],
    "dependentRequired": {"unit": ["value"]},
    "dependentSchemas": {"unit": {"properties": {"scale": {"type": "number"}}}},
    "$defs": {
        "text": {"properties": {"value": {"type": "string"}}, "required": ["value"]},
        "count": {"properties": {"value": {"type": "integer"}, "unit": {"type": "string"}}},
        "deep": {
            "if": {"properties": {"more": {"const": True}}, "required": ["more"]},
            "then": {"properties": {"list": {"type": "array"}}},
            "else": {"properties": {"list": {"type": "string"}}},
            "properties": {"more": {"type": "boolean"}},
        },
    },
}
UNEVALUATED = {
    "allOf": [
        {"properties": {"a": {"type": "string"}}},
        {"properties": {"b": {"type": "integer"}}},
    ],
    "unevaluatedProperties": {"type": "number"},
}
MANY = {
    "properties": {"kind": {"type": "integer"}, "value": {"type": ["string", "integer"]}},
    "allOf": [
        {
            "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
            "then": {"properties": {"value": {"type": "string" if kind % 2 else "integer"}}},
        }
        for kind in range(40)
    ],
}


def in_session(schema: dict[str, Any], typed: str) -> dict[str, Any]:
    return parse_arguments(typed, schema)


def in_shell(schema: dict[str, Any], typed: str) -> dict[str, Any]:
    return tool_arguments(Tool("s", "t", "t", input_schema=schema), shlex.split(typed), check=True)


def in_shell_unchecked(schema: dict[str, Any], typed: str) -> dict[str, Any]:
    return tool_arguments(Tool("s", "t", "t", input_schema=schema), shlex.split(typed), check=False)


PLACES = pytest.mark.parametrize("typed_in", [in_session, in_shell, in_shell_unchecked])


@PLACES
@pytest.mark.parametrize(
    ("schema", "typed", "expected"),
    [
        (KINDS, "kind=text value=5", {"kind": "text", "value": "5"}),
        (KINDS, "value=5 kind=count", {"kind": "count", "value": 5}),
        (KINDS, "kind=many value='[1, 2]'", {"kind": "many", "value": [1, 2]}),
        (KINDS, "kind=count value:=7.0", {"kind": "count", "value": 7}),
        (KINDS, "value=5", {"value": 5}),
        (EITHER, "path=5", {"path": "5"}),
        (EITHER, "id=5 all=true", {"id": 5, "all": True}),
        (EITHER, "id=5 more=7", {"id": 5, "more": "7"}),
        (CONDITIONS, "kind=text value=5", {"kind": "text", "value": "5"}),
        (CONDITIONS, "value=5 kind=count unit=7", {"kind": "count", "value": 5, "unit": "7"}),
        (CONDITIONS, "value=5 scale=2", {"value": 5, "scale": "2"}),
        (CONDITIONS, "value=5 scale=2.5 unit=m", {"value": 5, "scale": 2.5, "unit": "m"}),
        (CONDITIONS, "kind=deep more=yes list='[1]'", {"kind": "deep", "more": True, "list": [1]}),
        (CONDITIONS, "kind=deep more=no list='[1]'", {"kind": "deep", "more": False, "list": "[1]"}),
        (MANY, "kind=39 value=5", {"kind": 39, "value": "5"}),
        (MANY, "kind=38 value=5", {"kind": 38, "value": 5}),
        ({"if": False, "then": {"properties": {"a": {"type": "integer"}}}}, "a=1", {"a": "1"}),
        ({"if": True, "then": {"properties": {"a": {"type": "integer"}}}}, "a=1", {"a": 1}),
        (UNEVALUATED, "a=5 b=5 c=5", {"a": "5", "b": 5, "c": 5.0}),
        (OPEN, "name=5 n_one=5", {"name": "5", "n_one": 5}),
        (OPEN, "n_listed=5 x=5.5 y=true", {"n_listed": 5, "x": 5.5, "y": True}),
        (OPEN, "x='{\"a\": 1}'", {"x": {"a": 1}}),
        ({"additionalProperties": {"type": "integer"}}, "a=1 b=1e30", {"a": 1, "b": 10**30}),
        ({"allOf": [{"properties": {"a": {"type": ["integer", "string"]}}}] * 2}, "a=1", {"a": 1}),
        (
            {
                "allOf": [
                    {"properties": {"a": {"type": "number"}}},
                    {"properties": {"a": {"type": "integer"}}},
                ]
            },
            "a=1e30",
            {"a": 10**30},
        ),
    ],
)
def test_values_have_the_types_of_all_that_applies(
    typed_in: Any, schema: dict[str, Any], typed: str, expected: dict[str, Any]
) -> None:
    assert typed_in(schema, typed) == expected


@pytest.mark.parametrize("typed_in", [in_session, in_shell])
@pytest.mark.parametrize(
    ("schema", "typed", "message"),
    [
        (KINDS, "kind=count value=x", '"value" must be a whole number, not "x".'),
        (CONDITIONS, "kind=count value=x", '"value" must be a whole number, not "x".'),
        (KINDS, "kind=other value=x", '"kind" must be one of text, count, many, not "other".'),
        (OPEN, "n_one=x", '"n_one" must be a whole number, not "x".'),
        (OPEN, "other=x", '"other" must be a number or true or false or an object'),
    ],
)
def test_what_fits_nowhere_is_said(typed_in: Any, schema: dict[str, Any], typed: str, message: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        typed_in(schema, typed)
    assert caught.value.message.startswith(message)


def test_what_depends_is_asked_for_and_is_no_slip() -> None:
    assert missing_required(CONDITIONS, {}) == ()
    assert missing_required(CONDITIONS, {"kind": "text"}) == ("value",)
    assert missing_required(CONDITIONS, {"unit": "m"}) == ("value",)
    assert remarks(CONDITIONS, {"kind": "deep", "more": True, "list": [], "scale": 1, "unit": "m"}) == ()
    assert len(remarks(CONDITIONS, {"scales": 1})) == 1


def test_names_that_a_pattern_or_the_rest_allows_are_no_slips() -> None:
    assert remarks(OPEN, {"n_one": 1, "x": 2}) == ()
    assert remarks(EITHER, {"id": 1, "path": "a"}) == ()
    assert len(remarks(EITHER, {"idd": 1})) == 1


schemas = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["string", "integer", "object", ["number", "null"], 5]),
            "const": st.sampled_from(["a", 1, None]),
            "$ref": st.sampled_from(["#", "#/properties/a", "#/oneOf/0", "#/nowhere"]),
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
            "patternProperties": st.dictionaries(st.sampled_from(["^a", "("]), inner, max_size=1),
            "additionalProperties": inner | st.booleans(),
            "required": st.lists(st.sampled_from("abc"), max_size=2),
            "oneOf": st.lists(inner | st.booleans(), max_size=2),
            "allOf": st.lists(inner, max_size=2),
        },
    ),
    max_leaves=4,
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(schemas, st.dictionaries(st.sampled_from("abc"), st.sampled_from(["1", "x", "null", "2.0"])))
def test_shell_and_session_agree_whatever_the_schema(schema: Any, words: dict[str, str]) -> None:
    typed = " ".join(f"{name}={value}" for name, value in words.items())
    outcomes: list[object] = []
    for typed_in in (in_session, in_shell):
        try:
            outcomes.append(typed_in(schema, typed))
        except InvalidArguments as error:
            outcomes.append(error.message)
    assert repr(outcomes[0]) == repr(outcomes[1])


def test_a_schema_that_is_its_own_branches_costs_little() -> None:
    loop: dict[str, Any] = {key: [{"$ref": "#"}] * 40 for key in ("oneOf", "anyOf", "allOf")}
    again = {"$ref": "#/properties/b"}
    loop["properties"] = {"b": {key: [again] * 40 for key in ("oneOf", "anyOf", "allOf")}}
    began = time.process_time()
    assert parse_arguments("b=5 c=5", loop) == {"b": "5", "c": "5"}
    assert time.process_time() - began < 1


def test_conditions_cost_no_more_than_they_are_worth() -> None:
    said = {f"n{n}": {"properties": {"p": {"title": str(n)}}} for n in range(4_000)}
    many, more = ({"dependentSchemas": dict(list(said.items())[:n])} for n in (500, 4_000))
    assert calls(lambda: parse_arguments("p=1", more)) < 4 * calls(lambda: parse_arguments("p=1", many))

    big = {"allOf": [{"properties": {f"x{n}": {"type": "string"}}} for n in range(60)]}
    costly = {
        "$defs": {"big": big},
        "allOf": [{"if": {"$ref": "#/$defs/big"}, "then": {"required": [str(n)]}} for n in range(190)],
    }
    dependent = Dependent(costly)
    assert dependent.is_costly
    dependent.prepare()
    assert not dependent.is_costly
    assert calls(lambda: missing_required(costly, {"x1": "a"}, dependent)) < 200_000
