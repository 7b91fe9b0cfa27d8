"""What a form offers where `unevaluatedProperties` and `unevaluatedItems` speak of the rest."""

from __future__ import annotations

from typing import Any

import pytest

from services.forms.fields import TextField
from services.forms.form import fields_of
from services.forms.group_node import GroupNode
from services.forms.list_node import ListNode
from services.forms.tree import FormTree
from services.schemas.properties import argument

A = {"properties": {"a": {"type": "string"}}}
B = {"properties": {"b": {"type": "string"}}}
TYPED = {"unevaluatedProperties": {"type": "integer"}}
CLOSED = {"unevaluatedProperties": False}
MET = {"if": {"required": ["a"]}, "then": B}


def tree_of(schema: dict[str, Any], values: dict[str, Any] | None = None) -> FormTree:
    return FormTree(fields_of({"type": "object", **schema}, strict_elicitation=False), values)


@pytest.mark.parametrize(
    ("schema", "is_open"),
    [
        ({"allOf": [A], **TYPED}, True),
        ({"allOf": [A], "unevaluatedProperties": True}, True),
        ({"allOf": [A], **CLOSED}, False),
        ({"anyOf": [A], **TYPED}, True),
        ({"$ref": "#/$defs/a", "$defs": {"a": A}, **TYPED}, True),
        ({"$ref": "#/$defs/a", "$defs": {"a": {**A, **TYPED}}}, True),
        ({**A, "dependentSchemas": {"a": B}, **TYPED}, True),
        ({**A, **MET, **TYPED}, True),
        # Where `additionalProperties` speaks of all others, nothing is left.
        ({"allOf": [{**A, "additionalProperties": False}], **TYPED}, False),
        ({**A, "additionalProperties": {"type": "string"}, **CLOSED}, True),
    ],
)
def test_further_properties_are_offered_where_they_may_be(schema: dict[str, Any], is_open: bool) -> None:
    root = tree_of(schema).root
    assert isinstance(root, GroupNode)
    assert list(root.children) == ["a"]
    assert root.place.is_open is is_open


def test_they_are_typed_checked_and_sent() -> None:
    tree = tree_of({"allOf": [A], **TYPED}, {"n": 1})
    assert isinstance(tree.root, GroupNode)
    more = tree.root.add("more")
    assert more is not None
    tree.take(more, "x")
    assert tree.content()[1] == {more: "must be a whole number"}
    tree.take(more, "2")
    assert tree.content() == ({"n": 1, "more": 2}, {}, "")
    assert argument("n", {"allOf": [A], **TYPED}, {}) == {"type": "integer"}


def test_what_is_closed_takes_what_a_condition_names() -> None:
    tree = tree_of({**A, **MET, **CLOSED})
    assert isinstance(tree.root, GroupNode)
    tree.take(tree.root.children["a"], "x")
    tree.take(tree.root.children["b"], "y")
    assert tree.content() == ({"a": "x", "b": "y"}, {}, "")
    other = tree_of({**A, **CLOSED}, {"a": "x", "z": 1})
    assert other.content()[2] == "unknown: z"


def test_a_further_property_that_a_condition_names_stays_one() -> None:
    tree = tree_of({**A, **MET, "unevaluatedProperties": {"type": "string"}}, {"b": "kept"})
    assert isinstance(tree.root, GroupNode)
    assert list(tree.root.further) == ["b"]
    tree.take(tree.root.children["a"], "x")
    assert not tree.root.further
    assert isinstance(tree.root.children["b"].field, TextField)
    assert tree.content() == ({"b": "kept", "a": "x"}, {}, "")


@pytest.mark.parametrize(
    ("schema", "most", "added"),
    [
        ({"prefixItems": [{"type": "string"}], "unevaluatedItems": False}, 1, None),
        ({"prefixItems": [{"type": "string"}], "unevaluatedItems": {"type": "integer"}}, None, "1"),
        ({"unevaluatedItems": {"type": "integer"}}, None, "1"),
        ({"prefixItems": [{"type": "string"}] * 3, "unevaluatedItems": False, "maxItems": 2}, 2, "x"),
        ({"items": {"type": "integer"}, "unevaluatedItems": False}, None, "1"),
    ],
)
def test_entries_nothing_else_speaks_of(schema: dict[str, Any], most: int | None, added: str | None) -> None:
    tree = tree_of({"properties": {"l": {"type": "array", **schema}}}, {"l": []})
    assert isinstance(tree.root, GroupNode)
    node = tree.root.children["l"]
    assert isinstance(node, ListNode)
    assert node.field.max_items == most
    tree.take(node.add(), "7")
    if added is not None:
        tree.take(node.add(), added)
    assert tree.content()[1:] == ({}, "")


ONLY_A = {**A, "additionalProperties": False}
REFERRED = {"$ref": "#/$defs/a", **B, "additionalProperties": False, "$defs": {"a": A}}
DRAFT_7 = {"$schema": "http://json-schema.org/draft-07/schema#"}


@pytest.mark.parametrize(
    ("schema", "names"),
    [
        # What one part closes out nothing can be given for, whatever another part says of it.
        ({"allOf": [ONLY_A], **B}, ["a"]),
        ({"allOf": [{**A, **CLOSED}], **B}, ["a"]),
        ({"allOf": [ONLY_A, {**B, "additionalProperties": False}]}, []),
        ({"allOf": [{**A, "allOf": [B], **CLOSED}], "properties": {"c": {}}}, ["b", "a"]),
        ({"allOf": [{"patternProperties": {"^b": {}}, "additionalProperties": False}], **B}, ["b"]),
        ({"allOf": [{"$ref": "#/$defs/a"}], **B, "$defs": {"a": ONLY_A}}, ["a"]),
        (REFERRED, ["b"]),
        # ... but where it may be looked at, it is offered.
        ({**A, "allOf": [B], **CLOSED}, ["a", "b"]),
        ({"allOf": [{"additionalProperties": {}, **CLOSED}], **B}, ["b"]),
        ({"allOf": [{"$ref": "https://example.com/", **CLOSED}], **B}, ["b"]),
        ({**REFERRED, **DRAFT_7}, ["b", "a"]),
        # What is required stays in sight, with the reason that it cannot be sent.
        ({"allOf": [ONLY_A], **B, "required": ["b"]}, ["b", "a"]),
    ],
)
def test_what_a_part_closes_out_is_not_offered(schema: dict[str, Any], names: list[str]) -> None:
    root = tree_of(schema).root
    assert isinstance(root, GroupNode)
    assert sorted(root.children) == sorted(names)
    form = fields_of({"type": "object", **schema}, strict_elicitation=False)
    assert sorted(form.with_bones({})) == sorted(names)


def test_what_a_part_says_of_further_ones_holds_for_the_names_of_others() -> None:
    tree = tree_of({"allOf": [{**A, "additionalProperties": {"maxLength": 2}}], **B})
    assert isinstance(tree.root, GroupNode)
    tree.take(tree.root.children["b"], "xyz")
    assert tree.content()[1] == {tree.root.children["b"]: "at most 2 characters"}
    tree.take(tree.root.children["b"], "xy")
    assert tree.content() == ({"b": "xy"}, {}, "")


def test_a_further_property_that_no_pattern_of_a_closed_part_fits_is_refused() -> None:
    closed = {"patternProperties": {"^n_": {"type": "integer"}}, "additionalProperties": False}
    tree = tree_of({"allOf": [closed], "patternProperties": {"_s$": {}}})
    assert isinstance(tree.root, GroupNode)
    assert tree.root.refusal("x_s") == "no entry may have this name"
    assert tree.root.refusal("n_s") == ""


def test_what_was_given_for_a_closed_out_property_is_kept_and_refused() -> None:
    tree = tree_of({"allOf": [ONLY_A], **B}, {"a": "x", "b": "y"})
    assert tree.value == {"a": "x", "b": "y"}
    assert tree.hidden == ["b"]
    assert tree.content()[2] == "unknown: b"
