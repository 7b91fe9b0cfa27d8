"""What is said about a tool, a resource, a template, a prompt, and about a schema."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.catalog.entries import Prompt, PromptArgument, Resource, ResourceTemplate, Tool
from widgets.servers.entry_text import badge, entry_json, entry_lines
from widgets.servers.schema_text import argument_lines, json_lines, type_words

EVIL = "[/x][@click=app.quit]x[/]"


def said(entry: Any) -> str:
    return "\n".join(line.text for line in entry_lines(entry))


def test_a_tool_with_everything() -> None:
    tool = Tool(
        "weather",
        "forecast",
        "forecast",
        "Weather forecast",
        "The coming days.\nAsk once.",
        {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "Where", "minLength": 2},
                "days": {"type": "integer", "minimum": 1, "maximum": 14, "default": 3},
            },
            "required": ["city"],
        },
        {"type": "object", "properties": {"sky": {"type": "string"}}},
        read_only=True,
        open_world=False,
    )

    assert said(tool).split("\n")[:17] == [
        "Weather forecast",
        "forecast",
        "declares: read only · closed world",
        "",
        "The coming days.",
        "Ask once.",
        "",
        "Arguments",
        "  city* string, required, at least 2 characters",
        "    Where",
        "  days  integer, ≥ 1, ≤ 14, default 3",
        "",
        "Result",
        "  sky  string",
        "",
        "Input schema",
        "  {",
    ]
    assert "Output schema" in said(tool)
    assert badge(tool)[0] == "read only"


def test_a_tool_with_nothing() -> None:
    assert said(Tool("one", "ping", "ping")).split("\n") == [
        "ping",
        "",
        "Arguments",
        "  none",
        "",
        "Input schema",
        "  {}",
    ]


def test_a_destructive_tool_says_so_in_the_list() -> None:
    assert badge(Tool("one", "wipe", "wipe", destructive=True))[0] == "destructive"
    assert badge(Tool("one", "look", "look", read_only=True, destructive=True))[0] == "read only"


def test_resources_templates_and_prompts() -> None:
    resource = Resource(
        "one", "file:///a.png", "file:///a.png", "a", "A picture", "Of a cat", "image/png", 214_000
    )
    template = ResourceTemplate("one", "file:///{path}", "file:///{path}", "files", mime_type="text/plain")
    prompt = Prompt(
        "one",
        "pack",
        "pack",
        "",
        "A list",
        (PromptArgument("city", "Where to", True), PromptArgument("days")),
    )

    assert said(resource).split("\n") == [
        "A picture",
        "a",
        "file:///a.png",
        "image/png · 214 kB",
        "",
        "Of a cat",
    ]
    assert said(template).split("\n") == ["files", "file:///{path}", "text/plain"]
    assert said(prompt).split("\n") == [
        "pack",
        "",
        "A list",
        "",
        "Arguments",
        "  city* required",
        "    Where to",
        "  days  ",
    ]
    assert badge(prompt)[0] == "(city, days)"


def test_entries_can_be_seen_as_the_protocol_names_them() -> None:
    tool = Tool("one", "ping", "ping", input_schema={"type": "object"}, read_only=False)

    assert json.loads(entry_json(tool)) == {
        "name": "ping",
        "annotations": {"readOnlyHint": False},
        "inputSchema": {"type": "object"},
    }
    assert json.loads(entry_json(Resource("one", "a:b", "a:b", size=0))) == {"uri": "a:b", "size": 0}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "string"),
        ({"type": ["string", "null"]}, "string or null"),
        ({"enum": ["a", 1, None]}, '"a" or 1 or null'),
        ({"enum": list(range(20))}, "0 or 1 or 2 or 3 or 4 or 5 or 6 or 7 or …"),
        ({"const": "x"}, '"x"'),
        ({"type": "array", "items": {"type": "integer"}}, "array of integer"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer or null"),
        ({"$ref": "#/$defs/Place"}, "Place"),
        ({}, "any"),
        (True, "any"),
        (None, "any"),
    ],
)
def test_types_in_words(schema: object, words: str) -> None:
    assert type_words(schema) == words


@pytest.mark.parametrize(
    "schema",
    [
        None,
        [],
        "x",
        {"properties": []},
        {"properties": {"a": None, "b": 3, "c": ["x"]}, "required": {"a": 1}},
        {"properties": {"a": {"enum": "x", "anyOf": 3, "$ref": 4, "type": {"x": 1}, "minimum": True}}},
        {"properties": {"a\x1b]0;x\x07\n[/x]": {"description": "\x9b31m[/x]\u202e", "default": object()}}},
        {"required": ["a", 3]},
    ],
)
def test_schemas_that_are_none_do_no_harm(schema: object) -> None:
    for line in [*argument_lines(schema), *json_lines(schema)]:
        assert line.text.isprintable()


def test_a_schema_that_nests_without_end_is_cut() -> None:
    deep: dict[str, Any] = {"type": "string"}

    for _ in range(100_000):
        deep = {"type": "array", "items": deep}

    assert "array of array" in argument_lines({"properties": {"a": deep}})[0].text
    assert json_lines(deep)[0].text == "  nested too deeply to show"
    assert entry_json(Tool("one", "a", "a", input_schema=deep)) == "nested too deeply to show"


def test_a_schema_of_thousands_of_lines_is_cut() -> None:
    wide = {"properties": {f"p{n}": {"type": "string"} for n in range(5_000)}}

    assert len(argument_lines(wide)) == 201
    assert len(json_lines(wide)) == 2_001


def test_markup_in_texts_stays_text() -> None:
    tool = Tool("one", EVIL, EVIL, EVIL, EVIL, {"properties": {EVIL: {"description": EVIL}}})

    assert said(tool).count(EVIL) >= 4


def test_arguments_behind_references_and_in_parts_are_told() -> None:
    schema = {
        "$ref": "#/$defs/Trip",
        "$defs": {
            "Trip": {"allOf": [{"$ref": "#/$defs/From"}, {"properties": {"to": {"$ref": "#/$defs/Place"}}}]},
            "From": {"properties": {"by": {"anyOf": [{"$ref": "#/$defs/Means"}, {"type": "null"}]}}},
            "Means": {"enum": ["rail", "road"]},
            "Place": {"type": "string", "minLength": 2},
        },
        "required": ["to"],
    }
    by, to = argument_lines(schema)
    assert by.text.split() == ["by", '"rail"', "or", '"road"', "or", "null"]
    assert to.text.split() == ["to*", "string,", "required,", "at", "least", "2", "characters"]
