"""What no keyword has looked at is refused, typed or allowed, through everything that applies in place."""

from __future__ import annotations

from typing import Any

import pytest

from services.schemas.checker import SchemaCheck
from services.schemas.output import misfits

OLDER = "https://json-schema.org/draft/2019-09/schema"
A = {"properties": {"a": {"type": "integer"}}}
B = {"properties": {"b": {"type": "string"}}}
CLOSED = {"unevaluatedProperties": False}
NUMBERS = {"unevaluatedProperties": {"type": "integer"}}
MET: dict[str, Any] = {"if": {"required": ["a"], **A}, "then": B, "else": {"properties": {"c": True}}}
DEPENDENT = {"dependentSchemas": {"a": B}}
LED = {"$ref": "#/$defs/a", "$defs": {"a": A}}
MAP = {"patternProperties": {"^x-": True}}


@pytest.mark.parametrize(
    ("value", "schema", "fits"),
    [
        ({"a": 1, "b": "x"}, {"allOf": [A, B], **CLOSED}, True),
        ({"a": 1, "z": 1}, {"allOf": [A, B], **CLOSED}, False),
        ({"a": 1, "z": 1}, {"allOf": [A, B], **NUMBERS}, True),
        ({"a": 1, "z": "no"}, {"allOf": [A, B], **NUMBERS}, False),
        ({"a": 1, "z": 1}, {**A, "unevaluatedProperties": True}, True),
        ({"a": 1, "b": "x"}, {"anyOf": [A, {**B, "required": ["b"]}], **CLOSED}, True),
        ({"a": 1, "b": 2}, {"anyOf": [A, B], **CLOSED}, False),
        ({"a": 1, "b": "x"}, {"oneOf": [A, {**B, "required": ["c"]}], **CLOSED}, False),
        ({"a": 1}, {"not": {"not": A}, **CLOSED}, False),
        ({"a": 1, "b": "x"}, {**MET, **CLOSED}, True),
        ({"a": 1, "c": 1}, {**MET, **CLOSED}, False),
        ({"c": 1}, {**MET, **CLOSED}, True),
        ({"b": "x"}, {**MET, **CLOSED}, False),
        ({"a": 1, "b": "x"}, {**A, **DEPENDENT, **CLOSED}, True),
        ({"b": "x"}, {**A, **DEPENDENT, **CLOSED}, False),
        ({"a": 1}, {**LED, **CLOSED}, True),
        ({"a": 1, "b": 1}, {**LED, **CLOSED}, False),
        ({"x-y": 1}, {"allOf": [MAP], **CLOSED}, True),
        ({"xy": 1}, {"allOf": [MAP], **CLOSED}, False),
        ({"z": 1}, {"allOf": [{"additionalProperties": True}], **CLOSED}, True),
        ({"z": 1}, {"allOf": [{"unevaluatedProperties": True}], **CLOSED}, True),
        # A member of `allOf` sees what is in it, and nothing beside it.
        ({"a": 1, "b": "x"}, {"allOf": [{**A, **CLOSED}], **B}, False),
        ({"a": 1, "b": "x"}, {"allOf": [{**A, "additionalProperties": False}], **B}, False),
        ({"o": {"z": 1}}, {"properties": {"o": {**A, **CLOSED}}}, False),
        ({"z": 1}, {"$schema": OLDER, **A, **CLOSED}, False),
        ({"z": 1}, {"$schema": "http://json-schema.org/draft-07/schema#", **A, **CLOSED}, True),
        ([1, "x"], {"prefixItems": [{"type": "integer"}], "unevaluatedItems": {"type": "string"}}, True),
        ([1, 2], {"prefixItems": [{"type": "integer"}], "unevaluatedItems": {"type": "string"}}, False),
        ([1, 2], {"prefixItems": [True], "unevaluatedItems": True}, True),
        ([1, 2], {"allOf": [{"prefixItems": [True]}], "unevaluatedItems": False}, False),
        ([1, 2], {"allOf": [{"items": True}], "unevaluatedItems": False}, True),
        ([1, "x"], {"contains": {"type": "string"}, "unevaluatedItems": {"type": "integer"}}, True),
        (["x", "y"], {"contains": {"type": "string"}, "unevaluatedItems": False}, True),
        (["x"], {"$schema": OLDER, "contains": {"type": "string"}, "unevaluatedItems": False}, False),
        ([1, 2], {"$schema": OLDER, "items": [True], "unevaluatedItems": False}, False),
    ],
)
def test_what_nothing_has_looked_at(value: Any, schema: dict[str, Any], fits: bool) -> None:
    assert (SchemaCheck(schema).reasons(value) == []) is fits
    assert (misfits(value, schema) == ()) is fits


def test_it_is_told_of_what_is_unknown_and_of_nothing_that_is_wrong_already() -> None:
    assert SchemaCheck({"allOf": [A], **CLOSED}).reasons({"a": "no", "z": 1}) == [
        (("a",), "must be a whole number"),
        ((), "unknown: z"),
    ]
    assert SchemaCheck({**A, **NUMBERS}).reasons({"z": "x"}) == [(("z",), "must be a whole number")]
    check = SchemaCheck({"prefixItems": [True], "unevaluatedItems": False})
    assert check.reasons([1, 2]) == [((1,), "one entry too many")]


@pytest.mark.parametrize("inner", [{"$ref": "#"}, {"allOf": [{"$ref": "#"}]}, {"anyOf": [{"$ref": "#"}] * 9}])
def test_a_schema_that_is_itself_is_left_undecided(inner: dict[str, Any]) -> None:
    assert SchemaCheck({**CLOSED, **inner}).reasons({"a": 1}) == []
