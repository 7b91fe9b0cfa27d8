"""Schemas of servers in tests, as forms: what fits comes back as it was, what is accepted fits."""

from __future__ import annotations

from typing import Any

import pytest

from services.demo.calls import DemoState
from services.demo.questions import EVERY_FIELD, FEW_FIELDS, NESTED_FIELDS
from services.demo.tools import tool_list
from services.forms.form import fields_of
from services.forms.tree import FormTree
from services.schemas.checker import SchemaCheck

SCHEMAS: dict[str, Any] = {name: known.tool.input_schema for name, known in tool_list(DemoState()).items()}
QUESTIONS: dict[str, Any] = {"every field": EVERY_FIELD, "few fields": FEW_FIELDS, "nested": NESTED_FIELDS}
ODD: tuple[Any, ...] = (
    "\t",
    "a\r\nb\n",
    "",
    None,
    2**53 + 1,
    1e30,
    -0.0,
    True,
    [],
    ["a", ""],
    {},
    {"b": [1, {"c": None}]},
)


def schemas(strict: bool) -> dict[str, Any]:
    return QUESTIONS if strict else {**SCHEMAS, **QUESTIONS}


CASES = [
    pytest.param(schema, strict, id=f"{name}-{strict}")
    for strict in (True, False)
    for name, schema in schemas(strict).items()
]


@pytest.mark.parametrize(("schema", "strict"), CASES)
def test_what_fits_comes_back_and_what_is_accepted_fits(schema: Any, strict: bool) -> None:
    form, check = fields_of(schema, strict_elicitation=strict), SchemaCheck(schema)
    for name in schema.get("properties", {}):
        for value in ODD:
            tree = FormTree(form, {name: value}, whole=True)
            content, reasons, rest = tree.content()
            if not check.reasons(value, schema["properties"][name]):
                assert repr(tree.value) == repr({name: value})
                is_refused = any(node.field.name == name for node in reasons)  # a format, for example
                assert is_refused or repr(content.get(name)) == repr(value)
            if not reasons and not rest:
                assert not check.reasons(content), content


@pytest.mark.parametrize("strict", [True, False])
def test_half_a_character_is_refused_wherever_it_stands(strict: bool) -> None:
    form = fields_of(NESTED_FIELDS, strict_elicitation=strict)
    values: dict[str, Any] = {"name": "Ann", "line": {"exchange": "\ud800"}, "names": ["ok", "\udfff"]}
    _, reasons, _ = FormTree(form, values, whole=True).content()
    assert {node.field.name: "character" in reason for node, reason in reasons.items()} == {
        "exchange": True,
        "2": True,
    }
