"""Structured content against output schemas: what does not fit is told; no schema can do harm."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.schemas import output as output_schema
from services.schemas.output import misfits
from services.schemas.patterns import pattern_found as matches
from services.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

PERSON = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 400, "pattern": "^[A-Z]"},
        "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "colour": {"enum": ["red", "green"]},
    },
    "patternProperties": {"^x-": {"type": "integer"}},
    "additionalProperties": False,
    "required": ["name"],
}
FITS = "structuredContent does not fit the tool's output schema: "


@pytest.mark.parametrize(
    ("value", "misfit"),
    [
        ({"name": "Ada", "tags": ["a", "b"], "colour": "red", "x-1": 5}, None),
        ({"name": "Ada" * 100}, None),
        ({}, "name: required"),
        ([], "must be an object"),
        ({"name": "A"}, "at least 2 characters (at $.name)"),
        ({"name": "A" * 401}, "at most 400 characters (at $.name)"),
        ({"name": "ada"}, "'ada' does not match '^[A-Z]' (at $.name)"),
        ({"name": "a" * 300}, f"'{'a' * 37}...{'a' * 38}' does not match '^[A-Z]' (at $.name)"),
        ({"name": "Ada", "tags": ["a", 5]}, "must be text (at $.tags[1])"),
        ({"name": "Ada", "tags": ["a", "b", "a"]}, "['a', 'b', 'a'] has items that are the same (at $.tags)"),
        ({"name": "Ada", "colour": "blue"}, 'must be one of "red", "green" (at $.colour)'),
        ({"name": "Ada", "x-1": "5"}, "must be a whole number (at $['x-1'])"),
        ({"name": "Ada", "age": 5}, "'age' is not among the properties it allows"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(value: Any, misfit: str | None) -> None:
    assert misfits(value, PERSON) == (() if misfit is None else (FITS + misfit,))


def test_all_that_is_missing_is_told_once() -> None:
    assert misfits({"b": 1}, {"required": ["a", "b", "c"]}) == (f"{FITS}a, c: required",)


def test_five_misfits_are_enough() -> None:
    assert len(misfits(["x"] * 100, {"items": {"type": "integer"}})) == 5


def test_long_texts_are_compared_whole() -> None:
    long = "x" * 10_000
    assert misfits([long, long + "y"], {"uniqueItems": True, "items": {"enum": [long, long + "y"]}}) == ()
    assert misfits(long + "z", {"const": long}) != ()
    assert misfits([long, long], {"uniqueItems": True}) != ()


@pytest.mark.parametrize(
    "draft", ["http://json-schema.org/draft-07/schema#", "http://json-schema.org/draft-04/schema#"]
)
def test_older_drafts_are_honoured(draft: str) -> None:
    schema = {
        "$schema": draft,
        "definitions": {"n": {"type": "integer"}},
        "items": {"$ref": "#/definitions/n"},
    }
    assert misfits([1, 2], schema) == ()
    assert misfits([1, "2"], schema) == (f"{FITS}must be a whole number (at $[1])",)


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": 5}, "not valid"),
        ({"type": "nonsense"}, "not valid"),
        ({"properties": []}, "not valid"),
        ({"required": "sum"}, "not valid"),
        ({"$ref": "#/$defs/none"}, "refers to what it does not hold"),
        ({"$ref": "#"}, "nested too deeply"),
        ({"$id": "http://[", "$ref": "x"}, "not valid"),
        ({"$schema": 5}, "not valid"),
    ],
)
def test_a_schema_that_is_none_is_told(schema: dict[str, Any], told: str) -> None:
    (line,) = misfits({"a": 1}, schema)
    assert told in line


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"if": {"$ref": "#"}},
        {"not": {"$ref": "#"}},
        {"contains": {"$ref": "#"}, "$ref": "#"},
        {"unevaluatedItems": False, "allOf": [{"$ref": "#"}]},
        {"unevaluatedItems": False, "$ref": "#"},
        {"$dynamicRef": "#x", "$dynamicAnchor": "x"},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$id": "x", "allOf": [{"$ref": "x"}]}}},
    ],
    ids=str,
)
def test_a_schema_without_end_is_told_wherever_the_stack_ends(schema: dict[str, Any]) -> None:
    told = misfits([1], schema)
    assert "nested too deeply" in told[0]
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(400)
    try:
        assert {_deeper(calls, lambda: misfits([1], schema)) for calls in range(40)} == {told}
    finally:
        sys.setrecursionlimit(before)


def _deeper(calls: int, work: Callable[[], T]) -> T:
    return _deeper(calls - 1, work) if calls else work()


def test_references_never_reach_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: Any, **__: Any) -> None:
        raise AssertionError("the network")

    monkeypatch.setattr(socket, "socket", no_network)
    monkeypatch.setattr(socket, "create_connection", no_network)
    for uri in ("http://127.0.0.1:9/s.json", "https://example.com/s", "file:///etc/passwd", "urn:x:y"):
        (line,) = misfits(1, {"$ref": uri})
        assert "refers to what it does not hold" in line


@pytest.mark.parametrize("dialect", [{}, {"$schema": "https://json-schema.org/draft/2020-12/schema"}])
def test_a_schema_that_grows_without_end_is_given_up(
    monkeypatch: pytest.MonkeyPatch, dialect: dict[str, str]
) -> None:
    monkeypatch.setattr(output_schema, "SECONDS", 0.3)
    levels = {f"d{i}": {**dialect, "allOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 2} for i in range(60)}
    (line,) = misfits(1, {**dialect, "$defs": levels | {"d60": {}}, "$ref": "#/$defs/d0"})
    assert "not checked whole" in line


@pytest.mark.parametrize(
    "schema",
    [
        {"propertyNames": {"pattern": "^(a+)+$"}},
        {"patternProperties": {"^(a+)+$": {}}, "additionalProperties": False},
        {"patternProperties": {"^(a+)+$": {}}, "unevaluatedProperties": False},
        {"properties": {}, "patternProperties": {"(a|a)*b": False}},
    ],
)
def test_no_pattern_can_stop_the_program(schema: dict[str, Any]) -> None:
    misfits({"a" * 5_000 + "!": 1}, schema)  # by backtracking this would outlast any test


def test_patterns_of_json_schema() -> None:
    assert matches("b", "abc")
    assert not matches("^b", "abc")
    assert matches(r"^\d{4}-\d{2}$", "2026-01")
    assert matches("(?=never understood)", "taken to match")
    assert matches("[", "taken to match")


APPLICATORS = [
    "properties",
    "items",
    "allOf",
    "anyOf",
    "not",
    "if",
    "then",
    "contains",
    "prefixItems",
    "dependentSchemas",
]
OTHERS = [
    "$defs",
    "$ref",
    "$id",
    "$anchor",
    "$dynamicRef",
    "enum",
    "pattern",
    "required",
    "multipleOf",
    "type",
]
LEAVES: list[Any] = [
    {},
    {"type": "object"},
    {"type": ["string", "null"]},
    {"$ref": "#"},
    {"minimum": 1e400},
    True,
    False,
]
SCHEMAS = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.dictionaries(
        st.sampled_from(APPLICATORS + OTHERS),
        st.one_of(
            inner,
            st.lists(inner, max_size=3),
            st.dictionaries(st.text(max_size=3), inner, max_size=3),
            st.text(max_size=5),
            st.integers(-2, 2),
        ),
        max_size=4,
    ),
    max_leaves=12,
).filter(lambda schema: isinstance(schema, dict))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, SCHEMAS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_schema_raises(value: Any, schema: dict[str, Any]) -> None:
    for line in misfits(value, schema):
        assert printable(line) == line
        assert "\n" not in line
