"""Forms, calls and results apply the same keywords: one verdict whoever asks."""

from __future__ import annotations

from typing import Any

import pytest

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
