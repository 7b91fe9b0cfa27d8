"""Groups, lists and choices that are folded: what is in sight, what they say, what is sent."""

from __future__ import annotations

from typing import Any

import pytest

from services.forms.folding import tally
from services.forms.form import fields_of
from services.forms.tree import FormTree

TEXT = {"type": "string", "minLength": 2}
INNER = {"type": "object", "properties": {"a": TEXT, "b": TEXT}, "required": ["a"]}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "group": {"type": "object", "properties": {"x": TEXT, "inner": INNER}, "required": ["inner"]},
        "list": {"type": "array", "items": INNER},
        "choice": {"oneOf": [INNER, {"type": "array", "items": TEXT}]},
        "map": {"type": "object", "additionalProperties": TEXT},
        "plain": TEXT,
    },
    "required": ["group"],
}
VALUES: dict[str, Any] = {"list": [{"a": "aa"}, {"a": "aa", "b": "bb"}], "map": {"k": "vv"}}


@pytest.fixture
def tree() -> FormTree:
    return FormTree(fields_of(SCHEMA, strict_elicitation=False), VALUES)


def names(tree: FormTree) -> str:
    return " ".join(row.node.field.label or "+" for row in tree.rows())


def told(tree: FormTree, *path: str | int) -> str:
    found = tally(tree.root.find(path)[0])
    return f"{found.told()} · {found.wrong} wrong"


def test_what_is_in_it_goes_and_comes_and_is_sent_all_the_same(tree: FormTree) -> None:
    whole, value = names(tree), tree.value
    assert whole == "group x inner a b list 1 a b 2 a b + choice map k + plain"
    inner = tree.root.find(("group", "inner", "a"))[0]
    assert tree.fold(inner) is tree.root.find(("group", "inner"))[0]
    assert names(tree).startswith("group x inner list")
    # What is folded already leads to what is around it.
    assert tree.fold(tree.root.find(("group", "inner"))[0]) is tree.root.find(("group",))[0]
    assert names(tree).startswith("group list")
    assert tree.unfold(tree.root.find(("group",))[0]).field.label == "x"
    assert names(tree).startswith("group x inner list")
    tree.unfold(tree.root.find(("group", "inner"))[0])
    assert (names(tree), tree.value) == (whole, value)


def test_where_one_more_is_added_and_what_has_no_head_fold_what_they_are_in(tree: FormTree) -> None:
    adding = next(row.node for row in tree.rows() if row.node.field.label == "")
    assert tree.fold(adding) is tree.root.find(("list",))[0]
    choice = next(row.node for row in tree.rows() if row.node.field.label == "choice")
    assert tree.fold(choice) is None  # nothing is chosen, so nothing is in it
    tree.take(choice, 0)
    assert "choice a b map" in names(tree)
    assert tree.fold([row.node for row in tree.rows() if row.node.field.label == "a"][-1]) is choice
    assert "choice map" in names(tree)
    tree.take(choice, 1)  # another one wants to be seen
    assert "choice value map" in names(tree)
    assert tree.fold(tree.root.find(("plain",))[0]) is None


def test_it_says_what_is_filled_missing_and_wrong(tree: FormTree) -> None:
    assert told(tree, "group") == "0 filled · 1 missing · 0 wrong"
    assert told(tree, "list") == "3 filled · 0 wrong"
    tree.take(tree.root.find(("group", "x"))[0], "q")
    assert told(tree, "group") == "1 filled · 1 missing · 1 wrong"
    tree.take(tree.root.find(("group", "x"))[0], "qq")
    tree.take(tree.root.find(("group", "inner", "a"))[0], "")
    assert told(tree, "group") == "1 filled · 1 missing · 0 wrong"
    tree.take(tree.root.find(("group", "inner", "a"))[0], "a")
    tree.take(tree.root.find(("group", "inner", "a"))[0], "")
    assert told(tree, "group") == "1 filled · 1 wrong"
    tree.take(tree.root.find(("group", "inner", "a"))[0], "aa")
    assert told(tree, "group") == "2 filled · 0 wrong"


def test_a_refusal_shows_the_first_that_is_wrong_and_leaves_the_rest_folded(tree: FormTree) -> None:
    tree.take(tree.root.find(("list", 1, "b"))[0], "b")
    tree.fold_all()
    assert names(tree) == "group list choice map plain"
    _, reasons, _ = tree.content()
    tree.refuse(reasons)
    wrong = tree.reveal(reasons)
    assert wrong is tree.root.find(("group", "inner", "a"))[0]
    assert names(tree) == "group x inner a b list choice map plain"
    assert told(tree, "list") == "3 filled · 1 wrong"
    assert told(tree, "group") == "0 filled · 1 wrong"


def test_what_the_whole_is_refused_for_counts_until_something_else_is_entered() -> None:
    inner = {"type": "object", "properties": {"l": {"type": "array", "items": TEXT, "uniqueItems": True}}}
    values = {"g": {"l": ["aa", "aa"]}}
    tree = FormTree(
        fields_of({"type": "object", "properties": {"g": inner}}, strict_elicitation=False), values
    )
    assert told(tree, "g") == "2 filled · 0 wrong"
    _, reasons, _ = tree.content()
    tree.refuse(reasons)
    assert told(tree, "g") == "2 filled · 1 wrong"
    wrong = tree.reveal(reasons)
    assert wrong is tree.root.find(("g", "l"))[0]
    tree.take(tree.root.find(("g", "l", 1))[0], "bb")
    _, reasons, _ = tree.content()
    tree.refuse(reasons)
    assert told(tree, "g") == "2 filled · 0 wrong"


def test_all_are_folded_and_all_unfolded(tree: FormTree) -> None:
    whole = names(tree)
    inner = tree.root.find(("group", "inner"))[0]
    tree.fold(inner)
    tree.fold_all()
    assert names(tree) == "group list choice map plain"
    assert tree.nearest(inner) is tree.root.find(("group",))[0]
    tree.fold_all()
    assert names(tree) == whole
    assert tree.nearest(inner) is inner


def test_what_is_left_out_or_added_to_is_no_longer_folded(tree: FormTree) -> None:
    for name in ("list", "map"):
        node = tree.root.find((name,))[0]
        tree.fold(node)
        tree.take(node, None)
        assert not node.is_folded
        tree.take(node, True)
        assert f"{name} " in names(tree)


def test_what_is_folded_is_so_again_where_the_form_goes_on(tree: FormTree) -> None:
    choice = next(row.node for row in tree.rows() if row.node.field.label == "choice")
    tree.take(choice, 0)
    for path in (("group", "inner"), ("list", 0), ("list",), ("map",)):
        tree.fold(tree.root.find(path)[0])
    tree.fold(choice)
    again = FormTree(fields_of(SCHEMA, strict_elicitation=False), VALUES, tree.entries)
    assert names(again) == names(tree) == "group x inner list choice map plain"
    assert again.value == tree.value
    again.unfold(again.root.find(("list",))[0])
    assert names(again) == "group x inner list 1 2 a b + choice map plain"


def test_one_nobody_has_looked_into_is_folded_again_too() -> None:
    optional = {"type": "object", "properties": {"deep": INNER | {"required": []}}}
    form = fields_of({"type": "object", "properties": {"top": optional}}, strict_elicitation=False)
    tree = FormTree(form)
    tree.take(tree.root.find(("top",))[0], True)
    tree.fold(tree.root.find(("top",))[0])
    assert names(FormTree(form, None, tree.entries)) == names(tree) == "top"


def test_what_is_folded_is_no_other_entry(tree: FormTree) -> None:
    before = tree.entries
    tree.fold_all()
    assert tree.entries == before
    assert not tree.is_changed
