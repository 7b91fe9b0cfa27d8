"""The doctor on schemas and lists, given as they would stand on the wire."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

from services.catalog.listing import ListFault
from services.check.catalogs import findings_of
from services.check.findings import Code
from services.schemas.lint import schema_faults

if TYPE_CHECKING:
    from services.check.findings import Finding

OBJECT: dict[str, Any] = {"type": "object"}


def tool(name: Any = "tool", schema: Any = OBJECT, **more: Any) -> dict[str, Any]:
    return {"name": name, "inputSchema": schema, **more}


def checked(
    *tools: Any, protocol: str = "2025-11-25", faults: tuple[ListFault, ...] = (), **lists: Any
) -> list[Finding]:
    empty: dict[Any, Any] = {"tools": list(tools), "resources": [], "templates": [], "prompts": []}
    seen: dict[Any, Any] = dict.fromkeys(empty, ()) | {"tools": faults}
    return list(findings_of(empty | lists, seen, protocol))


def codes(*tools: Any, **options: Any) -> list[tuple[str, str, str]]:
    return [(found.severity, found.code, found.subject) for found in checked(*tools, **options)]


def test_a_good_tool_is_nothing_to_talk_about() -> None:
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/a"}, "b": {"$ref": "#here"}},
        "required": ["a"],
        "$defs": {"a": {"type": "string"}, "b": {"$anchor": "here"}},
    }
    assert checked(tool("add.numbers-2_x", schema, outputSchema=OBJECT)) == []


@pytest.mark.parametrize(
    ("schema", "code", "words"),
    [
        ("text", "invalid-schema", "is no object"),
        ({"type": "obj"}, "invalid-schema", "'obj' is not valid"),
        ({"type": "object", "properties": {"a": {"type": 3}}}, "invalid-schema", "$.properties.a.type"),
        ({"type": "object", "required": "a"}, "invalid-schema", "$.required"),
        ({"properties": {}}, "schema-type", 'has no type at its root; it must be "object"'),
        ({"type": "string"}, "schema-type", "has the type 'string'"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/b"}}}, "invalid-schema", "#/$defs/b"),
        (
            {"type": "object", "properties": {"a": {"$ref": "https://example.com/a.json"}}},
            "foreign-reference",
            "https://example.com/a.json",
        ),
        ({"$schema": "https://example.com/mine", "type": "object"}, "unchecked-schema", "unknown dialect"),
        ({"type": "object", "properties": {"a": {}}, "required": ["b"]}, "undescribed-argument", "b"),
    ],
)
def test_what_is_wrong_with_a_schema(schema: Any, code: str, words: str) -> None:
    (found,) = checked(tool("bad", schema))
    assert (found.code, found.subject) == (code, "bad")
    assert words in found.message
    assert found.message.startswith("its inputSchema ")


def test_schemas_that_cost_too_much_are_not_checked() -> None:
    deep: Any = {}
    for _ in range(5_000):
        deep = {"not": deep}
    mixed = {"type": "object", "required": [1, "a"] * 2_000}
    large = {"type": "object", "properties": {f"p{number}": {"type": "string"} for number in range(20_000)}}
    for schema in ({"type": "object", **deep}, mixed, large):
        ((code, _),) = schema_faults(schema, object_root=True)
        assert code == "unchecked-schema"


def test_output_schemas_may_be_of_any_type_since_2026() -> None:
    listing = tool(outputSchema={"type": "array"})
    assert codes(listing) == [("error", "schema-type", "tool")]
    assert codes(listing, protocol="2026-07-28") == []
    assert codes(tool(outputSchema={"type": 1}), protocol="2026-07-28") == [
        ("error", "invalid-schema", "tool")
    ]


@pytest.mark.parametrize("name", ["two words", "a/b", "ümlaut", "x" * 129])
def test_names_that_not_every_client_takes(name: str) -> None:
    assert [(severity, code) for severity, code, _ in codes(tool(name))] == [("warning", "tool-name")]


def test_duplicates_and_entries_without_a_name() -> None:
    found = checked(tool("a"), tool("a"), tool("b"), tool(""), "text", {"inputSchema": OBJECT})
    assert [one.code for one in found] == ["invalid-entry"] * 3 + ["duplicate-name"]
    assert found[-1].subject == "a"
    assert "2 times" in found[-1].message
    prompts = [{"name": "p"}, {"name": "p"}]
    assert codes(tool(), prompts=prompts) == [("error", "duplicate-name", "p")]


def test_a_missing_input_schema() -> None:
    (found,) = checked({"name": "bare"})
    assert (found.code, found.message) == ("invalid-schema", "has no inputSchema")


def test_the_sdks_complaint_counts_when_there_is_none_of_ours() -> None:
    fault = ListFault("invalid", "tools.0.title: must be text")
    assert codes(tool(), faults=(fault,)) == [("error", "invalid-list", "")]
    assert codes(tool(schema=3), faults=(fault,)) == [("error", "invalid-schema", "tool")]


def test_lists_that_never_end() -> None:
    fault = ListFault("repeated", "the server repeated its cursor; the list ends there")
    assert codes(tool(), faults=(fault,)) == [("error", "repeated-cursor", "")]


def test_resources_and_templates() -> None:
    resources = [{"uri": "no scheme", "name": "a"}, {"uri": "x:y", "name": "b"}]
    templates = [{"uriTemplate": text, "name": "c"} for text in ("x:{a", "x:{a b}", "x:{a}{?b*,c:3}")]
    assert codes(tool(), resources=resources, templates=templates) == [
        ("warning", "resource-uri", "no scheme"),
        ("warning", "uri-template", "x:{a"),
        ("warning", "uri-template", "x:{a b}"),
    ]


def test_nothing_at_all() -> None:
    assert codes() == [("warning", "nothing-offered", "")]


def test_hostile_names_are_printable() -> None:
    (warning, *_) = checked(tool("a\x1b]52;c;b3duZWQ=\x07b"))
    assert warning.subject == "ab"


def test_every_code_is_documented() -> None:
    text = (Path(__file__).parents[3] / "docs" / "check.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE) == list(get_args(Code))
