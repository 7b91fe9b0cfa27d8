"""Schemas of servers in tests, as forms: what fits comes back as it was, what is accepted fits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.demo.calls import DemoState
from services.demo.questions import EVERY_FIELD, FEW_FIELDS, NESTED_FIELDS
from services.demo.tools import tool_list
from services.forms.form import fields_of
from services.forms.tree import FormTree
from services.forms.voids import Void
from services.schemas.checker import SchemaCheck

SCHEMAS: dict[str, Any] = {name: known.tool.input_schema for name, known in tool_list(DemoState()).items()}
QUESTIONS: dict[str, Any] = {"every field": EVERY_FIELD, "few fields": FEW_FIELDS, "nested": NESTED_FIELDS}
STRANGERS: dict[str, Any] = {
    f"{file.stem} {name}": schema
    for file in sorted((Path(__file__).parent / "schemas").glob("*.json"))
    for name, schema in json.loads(file.read_text(encoding="utf-8")).items()
}
"""Of server-everything, mcp-server-time and mcp-server-git, and of scenarios of the conformance suite."""
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
    return QUESTIONS if strict else {**SCHEMAS, **QUESTIONS, **STRANGERS}


CASES = [
    pytest.param(schema, strict, id=f"{name}-{strict}")
    for strict in (True, False)
    for name, schema in schemas(strict).items()
]
ASKED = [
    pytest.param(schema, True, id=f"{name}-True")
    for name, schema in STRANGERS.items()
    if name.endswith(" asks")
]
"""Forms of questions begin with no values."""


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


@settings(deadline=None, max_examples=8)
@given(st.data())
@pytest.mark.parametrize(("schema", "strict"), [*CASES, *ASKED])
def test_whatever_is_filled_in_what_is_accepted_fits_and_comes_back(
    schema: Any, strict: bool, data: st.DataObject
) -> None:
    form = fields_of(schema, strict_elicitation=strict)
    tree = FormTree(form)
    for row in tree.rows():
        options = [option.value for option in getattr(row.node.field, "options", ())]
        entries = st.sampled_from([*options, "x\ty\nz", "", "9007199254740993", "1e30", True, Void.NULL, 0])
        tree.take(row.node, data.draw(entries))
    content, reasons, rest = tree.content()
    if not reasons and not rest:
        assert not SchemaCheck(schema).reasons(content), content
        again, _, _ = FormTree(form, content, whole=True).content()
        assert repr(again) == repr(content)
    assert repr(FormTree(form, entries=tree.entries).value) == repr(tree.value)
