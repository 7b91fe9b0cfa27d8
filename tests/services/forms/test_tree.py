"""Forms as trees of values: what is given comes back, what is accepted fits, what depends is followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.forms.fields import TextField
from services.forms.form import fields_of
from services.forms.group_node import GroupNode
from services.forms.json_field import JsonField
from services.forms.list_node import ListNode
from services.forms.tree import FormTree
from services.forms.voids import Void
from services.schemas.checker import SchemaCheck

if TYPE_CHECKING:
    from services.forms.nodes import Node

TEXT = {"type": "string"}
TREE = {
    "type": "object",
    "properties": {
        "v": {"type": "integer"},
        "kids": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
        "next": {"$ref": "#/$defs/tree"},
    },
    "required": ["v", "next"],
}


def tree_of(schema: Any, values: Any = None, *, whole: bool = False, trusted: bool = False) -> FormTree:
    form = fields_of(schema, strict_elicitation=False)
    return FormTree(form.keeping(values) if trusted else form, values, whole=whole)


def object_of(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


def at(tree: FormTree, *path: str | int) -> Node:
    node, rest = tree.root.find(path)
    assert rest == (), (path, rest)
    return node


def names(tree: FormTree) -> list[str]:
    return ["  " * row.depth + row.node.field.label for row in tree.rows()]


def reasons(tree: FormTree) -> dict[str, str]:
    _, found, rest = tree.content()
    return {node.field.label: reason for node, reason in found.items()} | ({"": rest} if rest else {})


# Small schemas of every kind, each with values that fit it.

_texts = st.sampled_from(["", "\t", "a\nb\r\n", " x ", "é\u2028", "\x1b[m"]) | st.text(max_size=3)
_numbers = st.sampled_from([0, -1, 2**53 + 1, 10**30, 1e30, 0.1, 1.0])
_leaves: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (TEXT, _texts),
    ({"type": "number"}, _numbers),
    ({"type": "integer"}, st.integers(-(2**60), 2**60)),
    ({"type": "boolean"}, st.booleans()),
    ({"type": ["string", "null"]}, _texts | st.none()),
    ({"enum": ["a", 1, True]}, st.sampled_from(["a", 1, True])),
    ({"const": "fixed"}, st.just("fixed")),
    ({}, st.sampled_from([None, [], {}, [[1.0]], {"a": None}])),
]
_NAMES = ("a", "b", "c")


@st.composite
def _schemas(draw: st.DrawFn, depth: int = 2) -> tuple[Any, st.SearchStrategy[Any]]:
    kinds = ["leaf", "object", "list", "map", "union", "both"] if depth else ["leaf"]
    kind = draw(st.sampled_from(kinds))
    if kind == "leaf":
        leaf: tuple[Any, st.SearchStrategy[Any]] = draw(st.sampled_from(_leaves))
        return leaf
    inner, values = draw(_schemas(depth - 1))
    match kind:
        case "object":
            more, others = draw(_schemas(depth - 1))
            optional = {"b": others, "unknown": _texts}
            return object_of("a", a=inner, b=more), st.fixed_dictionaries({"a": values}, optional=optional)
        case "list":
            return {"type": "array", "items": inner}, st.lists(values, max_size=3)
        case "map":
            found = {"type": "object", "additionalProperties": inner}
            return found, st.dictionaries(st.sampled_from(["x", "y", ""]), values, max_size=2)
        case "both":
            parts = [object_of("a", a=inner), object_of(b=TEXT)]
            return {"allOf": parts}, st.fixed_dictionaries({"a": values})
    branches = [object_of("kind", "it", kind={"const": "one"}, it=inner), {"type": "string"}]
    one = st.fixed_dictionaries({"kind": st.just("one"), "it": values})
    return {"anyOf": [*branches, {"type": "null"}]}, one | _texts | st.none()


_roots = _schemas().flatmap(
    lambda found: st.tuples(
        st.just(object_of("it", it=found[0], more={"$ref": "#/properties/it"})),
        st.fixed_dictionaries({"it": found[1]}, optional={"more": found[1], "unknown": st.just([1e30])}),
    )
)


@settings(deadline=None, max_examples=25)
@given(_roots, st.booleans())
def test_what_is_given_comes_back_and_what_is_accepted_fits(drawn: tuple[Any, Any], trusted: bool) -> None:
    schema, value = drawn
    tree = tree_of(schema, value, whole=True, trusted=trusted)
    assert tree.value == value
    content, found, rest = tree.content()
    assert (found, rest) == ({}, "")
    assert content == value
    assert repr(sorted(map(repr, _numbers_in(content)))) == repr(sorted(map(repr, _numbers_in(value))))
    assert not tree.is_changed
    again = FormTree(fields_of(schema, strict_elicitation=False), value, tree.entries)
    assert again.value == value


@settings(deadline=None, max_examples=25)
@given(_roots, st.data())
def test_no_way_through_a_form_sends_what_does_not_fit(drawn: tuple[Any, Any], data: st.DataObject) -> None:
    schema, _ = drawn
    tree = tree_of(schema)
    for _ in range(8):
        row = data.draw(st.sampled_from(tree.rows()))
        node = row.node
        if isinstance(node, ListNode):
            node.add()
        elif isinstance(node, GroupNode):
            tree.take(node, True)
        else:
            tree.take(node, data.draw(st.sampled_from(["x", "1", True, None, Void.NULL, 0, "{}"])))
    content, found, rest = tree.content()
    if not found and not rest:
        assert SchemaCheck(schema).reasons(content) == []
    assert FormTree(fields_of(schema, strict_elicitation=False), entries=tree.entries).value == tree.value


def _numbers_in(value: Any) -> list[Any]:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [number for one in inner for number in _numbers_in(one)]
    return [value] if isinstance(value, int | float) else []


def test_groups_are_open_where_they_are_required_and_lists_hold_entries() -> None:
    schema = object_of("a", a=object_of("x", x=TEXT), b=object_of(y=TEXT), c={"type": "array", "items": TEXT})
    tree = tree_of(schema)
    assert names(tree) == ["a", "  x", "b", "c"]
    tree.take(at(tree, "b"), True)
    items = at(tree, "c")
    assert isinstance(items, ListNode)
    for text in ("one", "two", "three"):
        tree.take(items.add(), text)
    tree.move(items.items[2], -2)
    tree.remove(items.items[1])
    assert names(tree) == ["a", "  x", "b", "  y", "c", "  1", "  2", "  "]
    assert tree.value == {"a": {}, "b": {}, "c": ["three", "two"]}
    assert reasons(tree) == {"x": "required"}
    for item in list(items.items):
        tree.remove(item)
    assert tree.value["c"] == []
    tree.take(items, None)
    assert "c" not in tree.value


def test_a_schema_that_holds_itself_unfolds_as_far_as_somebody_goes() -> None:
    tree = tree_of({**object_of("it", it={"$ref": "#/$defs/tree"}), "$defs": {"tree": TREE}})
    assert names(tree) == ["it", "  v", "  kids", "  next"]
    tree.take(at(tree, "it", "next"), True)
    kids = at(tree, "it", "kids")
    assert isinstance(kids, ListNode)
    kids.add()
    assert names(tree) == [
        *("it", "  v", "  kids", "    1", "      v", "      kids", "      next", "    "),
        *("  next", "    v", "    kids", "    next"),
    ]


def test_further_properties_have_names_of_their_own() -> None:
    named = {"type": "object", "patternProperties": {"^n": {"type": "integer"}}, "additionalProperties": TEXT}
    tree = tree_of(object_of(it=named), {"it": {"n1": 5, "other": "\t"}})
    assert names(tree) == ["it", "  n1", "  other", "  "]
    group = at(tree, "it")
    assert isinstance(group, GroupNode)
    added = group.add("n2")
    assert added is not None and group.add("n2") is None
    tree.take(added, "x")
    assert reasons(tree) == {"n2": "must be a whole number"}
    tree.remove(group.further["other"])
    tree.take(added, "7")
    assert tree.content()[0] == {"it": {"n1": 5, "n2": 7}}


def test_what_is_unevaluated_is_further() -> None:
    number = {"type": "integer"}
    parts = {"allOf": [object_of(a=TEXT), {"$ref": "#/$defs/b"}], "$defs": {"b": object_of(b=TEXT)}}
    tree = tree_of({**parts, "unevaluatedProperties": number}, {"a": "x", "more": 5})
    assert names(tree) == ["a", "b", "more", ""]
    assert isinstance(tree.root, GroupNode)
    added = tree.root.add("n")
    assert added is not None
    tree.take(added, "x")
    assert reasons(tree) == {"n": "must be a whole number"}
    tree.take(added, "7")
    assert tree.content()[0] == {"a": "x", "more": 5, "n": 7}

    assert names(tree_of({**parts, "unevaluatedProperties": False})) == ["a", "b"]
    assert names(tree_of({"allOf": [{"additionalProperties": TEXT}], "unevaluatedProperties": False})) == [""]
    closed = tree_of({**parts, "unevaluatedProperties": False}, {"a": "x", "more": 5})
    assert "more" in reasons(closed)[""]
    listed = {"type": "array", "prefixItems": [TEXT], "unevaluatedItems": number}
    assert names(tree_of(object_of(it=listed), {"it": ["a", 5]})) == ["it", "  1", "  2", "  "]
    fixed = tree_of(object_of(it={**listed, "unevaluatedItems": False}), {"it": ["a"]})
    assert names(fixed) == ["it", "  1"]


def test_a_branch_brings_its_fields_and_keeps_what_was_entered() -> None:
    one = {"title": "one", **object_of("kind", "x", kind={"const": "one"}, x=TEXT, note=TEXT)}
    two = object_of("kind", "y", kind={"const": "two"}, y={"type": "integer"}, note=TEXT)
    schema = {"type": "object", "properties": {"common": TEXT}, "oneOf": [one, two]}
    tree = tree_of(schema)
    assert names(tree) == ["form", "common", "kind", "x", "note"]
    tree.take(at(tree, "common"), "c")
    tree.take(at(tree, "note"), "n")
    tree.take(at(tree, "x"), "kept")
    tree.take(tree.rows()[0].node, 1)
    assert tree.value == {"common": "c", "kind": "two", "note": "n"}
    tree.take(tree.rows()[0].node, 0)
    assert tree.content()[0] == {"common": "c", "kind": "one", "x": "kept", "note": "n"}
    assert tree_of(schema, {"kind": "two", "y": 1}).rows()[0].node.entry == 1


def test_a_branch_goes_on_with_whatever_is_an_answer_there_too() -> None:
    shared = {
        "s": TEXT,
        "map": {"type": "object", "additionalProperties": TEXT},
        "list": {"type": "array", "items": {"type": "integer"}},
        "deep": object_of(inner={"type": "array", "items": TEXT}),
    }
    branches = [
        object_of("kind", kind={"const": "a"}, **shared),
        object_of("kind", kind={"const": "b"}, **shared),
        object_of("kind", kind={"const": "c"}, **{**shared, "map": {"type": "array", "items": TEXT}}),
        {**object_of("kind", kind={"const": "d"}, **shared), "additionalProperties": False},
    ]
    value = {"s": "hi", "map": {"x": "1"}, "list": [1, 2], "deep": {"inner": ["a", ""]}, "unknown": [1e30]}
    tree = tree_of({"type": "object", "oneOf": branches}, {"kind": "a", **value})
    choice = tree.rows()[0].node
    tree.take(choice, 1)
    assert tree.content() == ({"kind": "b", **value}, {}, "")
    tree.take(choice, 2)
    assert tree.value == {"kind": "c", **{name: one for name, one in value.items() if name != "map"}}
    tree.take(choice, 1)
    assert tree.value == {"kind": "b", **value}
    tree.take(choice, 3)
    assert tree.content() == (
        {"kind": "d", **{name: one for name, one in value.items() if name != "unknown"}},
        {},
        "",
    )


@pytest.mark.parametrize(
    ("union", "value", "chosen"),
    [
        ([TEXT, {"type": "integer"}], 5, 1),
        ([TEXT, {"type": "array", "items": TEXT}], ["a"], 1),
        ([object_of("a", a=TEXT), object_of("b", b=TEXT)], {"b": "x"}, 1),
        ([object_of(a=TEXT), object_of(b=TEXT)], {"b": "x"}, 1),
        ([object_of(a=TEXT), object_of(b=TEXT)], {"c": "x"}, 0),
        ([object_of(a=TEXT, b=TEXT), object_of("b", b={"type": "integer"})], {"b": "x"}, 0),
        ([{"$ref": "#/$defs/t"}, {"type": "integer"}, {"type": "null"}], None, Void.NULL),
    ],
)
def test_a_value_chooses_its_branch(union: Any, value: Any, chosen: Any) -> None:
    schema = {**object_of(it={"anyOf": union}), "$defs": {"t": TEXT}}
    tree = tree_of(schema, {"it": value})
    assert tree.rows()[0].node.entry == chosen
    assert tree.value == {"it": value}


@pytest.mark.parametrize(
    ("keywords", "entries", "shown"),
    [
        ({"dependentRequired": {"a": ["b"]}}, {"a": "x"}, ["a", "b *"]),
        ({"dependentRequired": {"a": ["new"]}}, {"a": "x"}, ["a", "b", "new *"]),
        ({"dependentSchemas": {"a": object_of("c", c=TEXT)}}, {"a": "x"}, ["a", "b", "c *"]),
        ({"dependencies": {"a": ["b"]}}, {"a": "x"}, ["a", "b *"]),
        ({"if": object_of("a", a={"const": "x"}), "then": {"required": ["b"]}}, {"a": "x"}, ["a", "b *"]),
        (
            {"if": object_of("a", a={"const": "x"}), "else": object_of(c=TEXT)},
            {"a": "y"},
            ["a", "b", "c"],
        ),
    ],
)
def test_what_depends_is_shown_as_it_applies(keywords: Any, entries: Any, shown: list[str]) -> None:
    tree = tree_of({**object_of(a=TEXT, b=TEXT), **keywords})
    for name, entry in entries.items():
        tree.take(at(tree, name), entry)
    assert [row.node.field.label + " *" * row.node.field.required for row in tree.rows()] == shown
    for name in entries:
        tree.take(at(tree, name), "x" if "else" in keywords else "")
    assert [row.node.field.label + " *" * row.node.field.required for row in tree.rows()] == ["a", "b"]


def test_what_holds_together_is_one_field_and_says_nothing_twice() -> None:
    both = {"allOf": [{"type": "string", "minLength": 1}, {"minLength": 3, "maxLength": 9}]}
    tree = tree_of(object_of(it=both))
    field = at(tree, "it").field
    assert isinstance(field, TextField) and (field.min_length, field.max_length) == (3, 9)


def test_what_is_read_only_is_sent_only_where_it_was_given() -> None:
    schema = object_of(
        id={"type": "string", "readOnly": True, "default": "x", "description": "its id"}, a=TEXT
    )
    tree = tree_of(schema)
    assert (tree.content()[0], at(tree, "id").field.hint) == ({}, "its id · read only")
    assert tree_of(schema, {"id": "7"}).content()[0] == {"id": "7"}


def test_what_no_field_shows_is_sent_as_it_is_and_said() -> None:
    long = "x" * 30_000
    schema = object_of(a=object_of(b=TEXT, c=TEXT))
    value = {"a": {"b": long, "c": "c", "extra": [1]}, "more": None}
    tree = tree_of(schema, value)
    assert tree.content()[0] == value
    assert tree.hidden == ["more", "a.extra", "a.b"]
    assert FormTree(fields_of(schema, strict_elicitation=False), entries=tree.entries).value == value


def test_a_value_of_another_kind_is_json_with_its_reason() -> None:
    tree = tree_of(object_of(a=object_of(b=TEXT), c={"type": "array", "items": TEXT}), {"a": [1], "c": {}})
    assert isinstance(at(tree, "a").field, JsonField)
    assert reasons(tree) == {"a": "must be an object", "c": "must be a list"}
    assert tree.value == {"a": [1], "c": {}}


@pytest.mark.parametrize(
    ("prop", "value"),
    [
        ({"type": "boolean"}, "yes"),
        ({"type": "string", "enum": ["a", "b"]}, "c"),
        ({"type": "string", "oneOf": [{"const": "a", "title": "A"}]}, {"q": 1}),
        ({"type": "array", "items": {"type": "string", "enum": ["a"]}}, ["z"]),
        ({"type": "number"}, {"a": 1}),
    ],
)
def test_a_question_that_begins_with_what_does_not_fit_does_not_send_it(prop: Any, value: Any) -> None:
    form = fields_of(object_of(it=prop), strict_elicitation=True)
    tree = FormTree(form, {"it": value})
    assert tree.value == {"it": value}
    assert tree.content()[1] or tree.content()[2]
    again = FormTree(form, entries=tree.entries)
    assert again.value == {"it": value}
    assert again.content()[1] or again.content()[2]


def test_reasons_of_the_whole_go_to_the_place_they_name() -> None:
    items = {"type": "array", "items": object_of(n={"type": "integer"}), "uniqueItems": True}
    tree = tree_of(object_of(it=items), {"it": [{"n": 1}, {"n": 1}]})
    assert reasons(tree) == {"it": "the same entry twice"}


def test_a_value_as_deep_as_it_may_be_is_carried_whole() -> None:
    value: Any = {"v": 0}
    for _ in range(250):
        value = {"v": 1, "next": value}
    schema = {"properties": {"it": {"$ref": "#/$defs/tree"}}, "$defs": {"tree": {**TREE, "required": ["v"]}}}
    tree = tree_of(schema, {"it": value})
    assert tree.content()[0] == {"it": value}
    assert tree.content()[1:] == ({}, "")


LAUGHS = {
    **{f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)},
    "d40": {"type": "object"},
}


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"it": {"$ref": "#/$defs/d0"}}, "$defs": LAUGHS},
        {"properties": {"it": {"$ref": "#/properties/it"}}, "required": ["it"]},
        {"allOf": [{"$ref": "#"}], "anyOf": [{"$ref": "#"}, {"$ref": "#"}], "properties": {"a": TEXT}},
        {"properties": {"it": {"type": "array", "minItems": 9, "items": {"$ref": "#/properties/it"}}}},
        {
            "properties": {n: {"$ref": "#"} for n in "abcdefgh"},
            "required": list("abcdefgh"),
        },
    ],
)
def test_no_schema_unfolds_without_end(schema: Any) -> None:
    tree = tree_of(schema)
    for _ in range(3):
        for row in tree.rows()[:20]:
            tree.take(row.node, True)
    assert len(tree.rows()) < 5_000
    tree.content()


MAP = {"type": "object", "additionalProperties": {"type": "string"}}


@pytest.mark.parametrize("removed", [["a"], ["b"], ["a", "b"]], ids=str)
@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"properties": {"m": {**MAP, "default": {"a": "1", "b": "2"}}}}, {"m": {}}),
        (
            {"properties": {"m": {"properties": {"n": MAP}, "default": {"n": {"a": "1", "b": "2"}}}}},
            {"m": {"n": {}}},
        ),
        ({"properties": {"l": {"items": MAP, "default": [{"a": "1", "b": "2"}]}}}, {"l": [{}]}),
    ],
    ids=["a map", "a map in an object", "a map in a list"],
)
def test_what_was_removed_stays_removed_in_a_draft(
    schema: dict[str, Any], value: dict[str, Any], removed: list[str]
) -> None:
    tree = tree_of({"type": "object", **schema})
    for row in tree.rows():
        if row.node.field.label in removed:
            tree.remove(row.node)
    again = FormTree(fields_of({"type": "object", **schema}, strict_elicitation=False), entries=tree.entries)
    left = {name: number for name, number in {"a": "1", "b": "2"}.items() if name not in removed}
    assert again.value == tree.value == _filled(value, left)


def _filled(value: Any, left: dict[str, str]) -> Any:
    """The value with what is left in the place of the empty map."""
    if isinstance(value, list):
        return [_filled(one, left) for one in value]
    return {name: _filled(one, left) for name, one in value.items()} if value else left
