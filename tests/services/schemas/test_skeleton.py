"""The bones of values, from their schemas."""

from __future__ import annotations

from typing import Any

import pytest

from services.forms.form import fields_of
from services.schemas.shapes import Shapes
from services.schemas.skeleton import skeleton

TREE = {"type": "object", "properties": {"name": {"type": "string"}, "of": {"$ref": "#/$defs/tree"}}}


@pytest.mark.parametrize(
    ("part", "bones"),
    [
        ({"type": "object"}, {}),
        ({"type": "array"}, []),
        ({"type": "array", "items": {"type": "string"}}, [""]),
        (
            {"properties": {"a": {"type": "integer"}, "b": {"default": "x"}, "c": {"enum": ["p", "q"]}}},
            {"a": 0, "b": "x", "c": "p"},
        ),
        ({"type": "array", "items": {"properties": {"on": {"type": "boolean"}}}}, [{"on": False}]),
        ({"oneOf": [{"type": "object", "properties": {"kind": {"const": "x"}}}, {}]}, {"kind": "x"}),
        ({"type": ["object", "null"], "properties": {"a": {"type": "number"}}}, {"a": 0}),
        ({"$ref": "#/$defs/tree"}, {"name": "", "of": {"name": "", "of": {}}}),
        ({"type": ["string", "integer"]}, None),
        (None, None),
    ],
)
def test_what_a_schema_names_is_there(part: Any, bones: Any) -> None:
    assert skeleton(Shapes({"$defs": {"tree": TREE}}), part) == bones


def test_a_field_of_json_shows_what_it_takes() -> None:
    properties = {"it": {"type": "array", "items": {"properties": {"name": {"type": "string"}}}}}
    (field,) = fields_of({"properties": properties}, strict_elicitation=False).fields
    assert (field.placeholder, field.initial) == ('[{"name": ""}]', None)
