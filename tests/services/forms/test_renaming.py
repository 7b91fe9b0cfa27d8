"""A further property of an object gets another name: what was entered goes with it."""

from __future__ import annotations

from typing import Any

import pytest

from services.forms.form import fields_of
from services.forms.group_node import GroupNode
from services.forms.tree import FormTree

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
GROUP = {"type": "object", "properties": {"a": TEXT}, "required": ["a"]}


def map_of(values: dict[str, Any], **schema: Any) -> tuple[FormTree, GroupNode]:
    tree = FormTree(fields_of({"type": "object", **schema}, strict_elicitation=False), values)
    assert isinstance(tree.root, GroupNode)
    return tree, tree.root


@pytest.mark.parametrize(
    ("schema", "name", "reason"),
    [
        ({"additionalProperties": TEXT}, "b", "there is one of this name"),
        ({"additionalProperties": TEXT, "properties": {"p": TEXT}}, "p", "there is one of this name"),
        ({"additionalProperties": TEXT}, "", "required"),
        ({"additionalProperties": TEXT, "propertyNames": {"maxLength": 2}}, "abc", "at most 2 characters"),
        ({"propertyNames": {"pattern": "^[a-z]"}}, "7", "must match ^[a-z]"),
        ({"propertyNames": {"enum": ["a", "b", "c"]}}, "d", 'must be one of "a", "b", "c"'),
        (
            {"additionalProperties": TEXT, "allOf": [{"propertyNames": {"maxLength": 1}}]},
            "ab",
            "at most 1 characters",
        ),
        (
            {"patternProperties": {"^[ab]$": TEXT}, "additionalProperties": False},
            "c",
            "no entry may have this name",
        ),
        (
            {"patternProperties": {"^[ab]$": TEXT}, "unevaluatedProperties": False},
            "c",
            "no entry may have this name",
        ),
        ({"additionalProperties": TEXT, "unevaluatedProperties": False}, "c", ""),
    ],
)
def test_a_name_that_cannot_be_is_told(schema: dict[str, Any], name: str, reason: str) -> None:
    _, root = map_of({"a": "x", "b": "y"}, **schema)
    assert root.refusal(name) == reason
    field = root.begin_renaming(root.further["a"])
    assert field.field.check(name) == (reason or "Enter renames it")
    assert (root.end_renaming(name) is None) is bool(reason)
    assert list(root.further) == ["a" if reason else name, "b"]
    assert root.end_renaming("a") is (root.further["a"] if reason else None)


@pytest.mark.parametrize(
    ("part", "value", "entered"), [(WHOLE, 1, "wrong"), (GROUP, {"a": "x"}, None), ({}, [1], "[1, ")]
)
def test_value_place_and_what_was_entered_stay(part: dict[str, Any], value: Any, entered: Any) -> None:
    tree, root = map_of({"a": value, "b": value}, additionalProperties=part, propertyNames=True)
    node = root.further["a"]
    if entered is not None:
        tree.take(node, entered)
    root.begin_renaming(node)
    assert root.end_renaming("c") is node
    assert (list(root.further), node.field.label) == (["c", "b"], "c")
    assert node.entry == (True if entered is None else entered)
    assert tree.is_changed
    # And a draft goes on where it was left.
    schema = {"type": "object", "additionalProperties": part, "propertyNames": True}
    draft = FormTree(fields_of(schema, strict_elicitation=False), None, tree.entries)
    assert draft.value == tree.value
    assert list(draft.value) == ["c", "b"]


def test_a_name_that_asks_for_something_else_takes_the_value_along() -> None:
    tree, root = map_of({"n1": 5, "b": "x"}, patternProperties={"^n": WHOLE}, additionalProperties=TEXT)
    root.begin_renaming(root.further["n1"])
    root.end_renaming("t")
    assert list(root.further) == ["t", "b"]
    assert tree.content() == ({"t": "5", "b": "x"}, {}, "")


def test_a_name_that_is_not_given_yet_is_told_on_accept() -> None:
    tree, root = map_of({"a": "x"}, additionalProperties=TEXT)
    field = root.begin_renaming(root.further["a"])
    assert tree.content()[1:] == ({}, "")
    tree.take(field, "b")
    assert tree.content()[1] == {field: "Enter renames it"}
    tree.remove(root.further["a"])
    assert tree.content() == ({}, {}, "")
