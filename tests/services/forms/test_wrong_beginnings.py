"""A form that begins with what is no answer: told beside the field, refused, and there to be mended."""

from __future__ import annotations

from typing import Any

import pytest

from services.forms.form import fields_of
from services.forms.group_node import GroupNode
from services.forms.structures import Kept
from services.forms.tree import FormTree

PICK = {"enum": ["a", "b"]}
SOME = {"type": "array", "items": {"enum": ["a", "b"]}}


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    ("part", "value", "mended"),
    [
        ({"type": "number"}, [1, 2], "3"),
        ({"type": "integer"}, {"a": 1}, "3"),
        ({"type": "integer"}, True, "3"),
        ({"type": "integer"}, 1.5, "3"),
        ({"type": "integer"}, "many", "3"),
        ({"type": "boolean"}, "yes", "true"),
        ({"type": "boolean"}, 1, "false"),
        (PICK, "c", '"b"'),
        (PICK, ["a"], '"b"'),
        (SOME, ["a", "c"], '["a"]'),
        (SOME, "a", '["a"]'),
        ({"type": "string", "maxLength": 3}, [1, 2, 3], "ok"),
        ({"type": "string", "maxLength": 2}, "long", "ok"),
    ],
)
def test_it_is_told_beside_the_field_and_can_be_mended(
    part: dict[str, Any], value: Any, mended: str, strict: bool
) -> None:
    form = fields_of({"type": "object", "properties": {"it": part}}, strict_elicitation=strict)
    tree = FormTree(form, {"it": value})
    assert isinstance(tree.root, GroupNode)
    node = tree.root.children["it"]
    assert node.touched
    assert not tree.hidden
    assert tree.value == {"it": value} or tree.value == {"it": str(value).replace(" ", "")}
    assert list(tree.content()[1]) == [node]
    # A draft goes on with it, and does not send it either.
    draft = FormTree(form, None, tree.entries)
    assert isinstance(draft.root, GroupNode)
    assert list(draft.content()[1]) == [draft.root.children["it"]]
    assert draft.root.children["it"].entry == node.entry
    tree.take(node, mended)
    content, reasons, rest = tree.content()
    assert (reasons, rest) == ({}, "")
    assert set(content) == {"it"}


@pytest.mark.parametrize(
    ("part", "value"),
    [({"type": "string", "maxLength": 9}, "x" * 30_000), ({"type": "array", **SOME}, ["x" * 30_000])],
)
def test_what_no_field_can_show_is_not_sent_unchecked(part: dict[str, Any], value: Any) -> None:
    form = fields_of({"type": "object", "properties": {"it": part}}, strict_elicitation=True)
    tree = FormTree(form, {"it": value})
    assert tree.hidden == ["it"]
    assert tree.content()[2].startswith("it: ") or tree.content()[2]
    kept = FormTree(form, None, {"it": Kept(value)})
    assert kept.content()[2]
    extra = {"properties": {"a": {"type": "string"}}, "additionalProperties": False}
    assert FormTree(fields_of(extra, strict_elicitation=True), {"z": 1}).content()[2] == "unknown: z"


def test_what_fits_and_no_field_can_show_is_sent_as_it_is() -> None:
    form = fields_of({"type": "object", "properties": {"it": {"type": "string"}}}, strict_elicitation=True)
    tree = FormTree(form, {"it": "x" * 30_000})
    assert tree.content() == ({"it": "x" * 30_000}, {}, "")
