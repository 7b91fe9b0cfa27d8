"""Forms, calls and results apply the same keywords: one verdict whoever asks."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from services.schemas.checker import SchemaCheck
from services.schemas.output import misfits


@pytest.mark.parametrize(
    ("value", "schema", "fits"),
    [
        (0.3, {"multipleOf": 0.1}, True),
        (1.1, {"multipleOf": 0.01}, True),
        (0.35, {"multipleOf": 0.1}, False),
        (10**30 + 1, {"multipleOf": 10}, False),
        (1e300, {"multipleOf": 0.1}, True),
        (2.0, {"type": "integer"}, True),
        (2.5, {"type": "integer"}, False),
        (True, {"type": "integer"}, False),
        (2.0, {"enum": [2]}, True),
        (True, {"enum": [1]}, False),
        ([2, 2.0], {"uniqueItems": True}, False),
        ([1, True], {"uniqueItems": True}, True),
        ("٣", {"pattern": r"^\d$"}, False),
        ("a/b", {"pattern": r"^\w\/\w$"}, True),
        ("password", {"pattern": "^(?=.*[0-9])"}, True),
        ("\ud800", {"pattern": "^.$"}, True),
        ({"a": "x"}, {"properties": {"a": {"$ref": "#/$defs/n"}}, "$defs": {"n": {"type": "null"}}}, False),
        (
            {"a": 1},
            {"properties": {"a": {"$schema": "http://json-schema.org/draft-07/schema#", "multipleOf": 0.1}}},
            True,
        ),
    ],
)
def test_both_checks_say_the_same(value: Any, schema: dict[str, Any], fits: bool) -> None:
    assert (SchemaCheck(schema).reasons(value) == []) is fits
    assert (misfits(value, schema) == ()) is fits


def test_each_says_it_in_its_own_words() -> None:
    assert SchemaCheck({"multipleOf": 0.1}).reasons(0.35) == [((), "a multiple of 0.1")]
    (line,) = misfits(0.35, {"multipleOf": 0.1})
    assert line.endswith(": 0.35 is not a multiple of 0.1")


A, B, INTEGER = ({"properties": {name: {"type": "string"}}} for name in ("a", "b", "i"))
CLOSED = {"unevaluatedProperties": False}


@pytest.mark.parametrize(
    ("schema", "value", "wrong"),
    [
        ({"allOf": [A, B], **CLOSED}, {"a": "", "b": ""}, ()),
        ({"allOf": [A, B], **CLOSED}, {"a": "", "c": ""}, ("c",)),
        ({"$ref": "#/$defs/a", "$defs": {"a": A}, **CLOSED}, {"a": ""}, ()),
        ({"$ref": "#/$defs/a", "$defs": {"a": A}, **CLOSED}, {"b": ""}, ("b",)),
        ({"anyOf": [{**A, "required": ["a"]}, {**B, "required": ["b"]}], **CLOSED}, {"a": "", "b": ""}, ()),
        (
            {"oneOf": [{**A, "required": ["a"]}, {**B, "required": ["b"]}], **CLOSED},
            {"a": "", "x": 1},
            ("x",),
        ),
        ({"if": {**A, "required": ["a"]}, "then": B, "else": INTEGER, **CLOSED}, {"a": "", "b": ""}, ()),
        ({"if": {**A, "required": ["a"]}, "then": B, "else": INTEGER, **CLOSED}, {"a": "", "i": ""}, ("i",)),
        ({"if": {**A, "required": ["a"]}, "then": B, "else": INTEGER, **CLOSED}, {"i": ""}, ()),
        ({"dependentSchemas": {"a": B}, **A, **CLOSED}, {"a": "", "b": ""}, ()),
        ({"dependentSchemas": {"a": B}, **A, **CLOSED}, {"b": ""}, ("b",)),
        ({"patternProperties": {"^n_": {}}, **CLOSED}, {"n_1": 1, "m": 1}, ("m",)),
        ({"allOf": [{"additionalProperties": {"type": "integer"}}], **CLOSED}, {"x": 1}, ()),
        ({"allOf": [{"unevaluatedProperties": True}], **CLOSED}, {"x": 1}, ()),
        ({**A, "unevaluatedProperties": {"type": "integer"}}, {"a": "", "x": 1}, ()),
        ({**A, "unevaluatedProperties": {"type": "integer"}}, {"a": "", "x": "1"}, ("x",)),
        ({"not": A, **CLOSED}, {"a": 1}, ("a",)),
        ({"properties": {"o": {"allOf": [A], **CLOSED}}}, {"o": {"x": 1}}, ("x",)),
        (CLOSED, [1], ()),
    ],
)
def test_what_no_part_evaluates(schema: dict[str, Any], value: Any, wrong: tuple[str, ...]) -> None:
    told = " ".join(f"{path} {reason}" for path, reason in SchemaCheck(schema).reasons(value))
    assert bool(told) is bool(wrong)
    assert all(name in told for name in wrong)
    assert Draft202012Validator(schema).is_valid(value) is not bool(wrong)


OLD = {"$schema": "https://json-schema.org/draft/2019-09/schema"}
FEW = {"unevaluatedItems": False}
TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "value", "wrong"),
    [
        ({"prefixItems": [TEXT], **FEW}, ["a"], ()),
        ({"prefixItems": [TEXT], **FEW}, ["a", 1, 2], (2, 3)),
        ({"prefixItems": [TEXT], "items": True, **FEW}, ["a", 1], ()),
        ({"allOf": [{"prefixItems": [True, TEXT]}], "prefixItems": [TEXT], **FEW}, ["a", "b", 1], (3,)),
        ({"$ref": "#/$defs/l", "$defs": {"l": {"prefixItems": [TEXT]}}, **FEW}, ["a", 1], (2,)),
        ({"if": {"prefixItems": [TEXT]}, "else": {"prefixItems": [True] * 2}, **FEW}, [1, 2], ()),
        ({"if": {"prefixItems": [TEXT]}, "else": {"prefixItems": [True] * 2}, **FEW}, ["a", 2], (2,)),
        ({"allOf": [{"unevaluatedItems": TEXT}], **FEW}, ["a"], ()),
        ({"prefixItems": [TEXT], "unevaluatedItems": {"type": "integer"}}, ["a", "b"], (1,)),
        ({"not": {"prefixItems": [{"type": "null"}]}, **FEW}, [1], (1,)),
        (FEW, {"a": 1}, ()),
        # Since 2020-12 `contains` has looked at what it found.
        ({"contains": TEXT, **FEW}, ["a", "b"], ()),
        ({"contains": TEXT, **FEW}, ["a", 1], (2,)),
        ({"contains": TEXT, **FEW, **OLD}, ["a"], (1,)),
        ({"allOf": [{"contains": TEXT}], **FEW, **OLD}, ["a"], (1,)),
        ({"items": [TEXT], **FEW, **OLD}, ["a", 1], (2,)),
        ({"items": [TEXT], "additionalItems": True, **FEW, **OLD}, ["a", 1], ()),
        ({"items": True, **FEW, **OLD}, ["a", 1], ()),
        ({"prefixItems": [TEXT], **FEW, **OLD}, ["a"], (1,)),
    ],
)
def test_items_that_no_part_evaluates(schema: dict[str, Any], value: Any, wrong: tuple[int, ...]) -> None:
    told = SchemaCheck(schema).reasons(value)
    assert bool(told) is bool(wrong) is bool(misfits(value, schema))
    shown = " ".join(f"{path} {reason}" for path, reason in told)
    assert all(str(place) in shown for place in wrong)


def test_a_recursive_reference_looks_at_properties() -> None:
    schema = {**OLD, **A, "$recursiveAnchor": True}
    tree = {**schema, "properties": {**A["properties"], "in": {"$recursiveRef": "#", **CLOSED}}}
    assert SchemaCheck(tree).reasons({"in": {"a": "", "in": {}}}) == []
    assert SchemaCheck(tree).reasons({"in": {"b": ""}}) == [(("in",), "unknown: b")]


def test_unevaluated_properties_are_bounded_like_the_rest() -> None:
    for schema in (
        {"$ref": "#", **CLOSED},
        {"anyOf": [{"$ref": "#"}] * 50, **CLOSED},
        {"$ref": "#/nowhere", **CLOSED},
        {"patternProperties": {"(a+)+$": {}, "(": {}}, **CLOSED},
        {"$recursiveRef": "#", **CLOSED, **OLD},
        {"properties": 5, "patternProperties": 5, "allOf": 5, "dependentSchemas": 5, "if": 5, **CLOSED},
    ):
        SchemaCheck(schema).reasons({"a" * 60 + "!": 1})
