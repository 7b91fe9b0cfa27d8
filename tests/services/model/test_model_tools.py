"""What a model is offered: names, texts, sizes, and what is left out."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.entries import Catalog, Tool
from services.catalog.read import read_entries
from services.model.cleaning import clean, clean_schema, cut, tokens
from services.model.names import LONGEST, tool_names
from services.model.tools import _schema, offer, read_ahead, tool_tokens
from services.settings import ModelSettings, ServerSettings

FITS = re.compile(r"[A-Za-z0-9_-]{1,64}")


def test_names_are_those_of_server_and_tool() -> None:
    assert tool_names([("time", "now"), ("my server", "get-env")]) == {
        ("time", "now"): "mcp__time__now",
        ("my server", "get-env"): "mcp__my_server__get-env",
    }


def test_names_that_would_be_the_same_are_told_apart_and_stay() -> None:
    pairs = [("a", "b.c"), ("a", "b_c"), ("a__b", "c"), ("a", "b__c")]
    names = tool_names(pairs)
    assert len(set(names.values())) == 4
    assert names["a", "b.c"].startswith("mcp__a__b_c_") and names["a", "b.c"] != "mcp__a__b_c"
    assert tool_names(reversed(pairs)) == names


def test_a_long_name_is_cut_and_unique() -> None:
    one, other = (("s", "x" * 80 + end) for end in "ab")
    names = tool_names([one, other])
    assert names[one] != names[other] and all(len(name) == LONGEST for name in names.values())
    assert tool_names([one])[one] == names[one]


def test_no_server_can_take_the_name_of_a_tool_of_ours() -> None:
    names = tool_names([("a", "b")], taken=["mcp__a__b"])
    assert names["a", "b"] != "mcp__a__b"


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), unique=True, max_size=8))
def test_every_name_fits_every_interface(pairs: list[tuple[str, str]]) -> None:
    names = tool_names(pairs)
    assert len(set(names.values())) == len(pairs)
    assert all(FITS.fullmatch(name) for name in names.values())


@pytest.mark.parametrize(
    ("text", "shown", "hidden"),
    [
        ("plain\ttext\n", "plain\ttext\n", 0),
        ("a\U000e0041\U000e0042b", "ab", 2),
        ("a\u202eb\u200bc", "abc", 2),
        ("\x1b[31mred\x1b[0m", "red", 2),
        ("👨\u200d👩\u200d👧 ❤\ufe0f", "👨\u200d👩\u200d👧 ❤\ufe0f", 0),
    ],
)
def test_what_nobody_sees_is_taken_out_and_counted(text: str, shown: str, hidden: int) -> None:
    assert clean(text) == (shown, hidden)


def test_texts_of_schemas_are_cleaned_and_names_stay() -> None:
    schema = {
        "type": "object",
        "properties": {"description": {"type": "string", "description": "a\U000e0041b" + "x" * 2_000}},
    }
    found = clean_schema(schema)
    assert found["properties"]["description"]["description"].startswith("abx")
    assert len(found["properties"]["description"]["description"]) < 1_100
    deep: dict[str, object] = {}
    for _ in range(500):
        deep = {"a": deep}
    assert clean_schema(deep)


@pytest.mark.parametrize("schema", [{}, {"type": "string"}, {"properties": 3}, {"enum": ["x" * 100_000]}])
def test_every_schema_becomes_one_of_an_object(schema: dict[str, object]) -> None:
    found = _schema(schema)
    assert found["type"] == "object" and isinstance(found["properties"], dict)


def test_long_descriptions_are_cut_with_a_word() -> None:
    assert cut("x" * 30, 10) == "xxxxxxxxxx […20 more characters]"
    assert tokens("abcd" * 10) == 10 and tokens("") == 0
    assert tool_tokens(Tool("s", "t", "t", description="x" * 400)) > 100


@pytest.mark.parametrize(
    ("meta", "app_only"),
    [
        ({"ui": {"visibility": ["app"]}}, True),
        ({"ui": {"visibility": ["app", "model"]}}, False),
        ({"ui": {}}, False),
        ({"ui": "x"}, False),
        (None, False),
    ],
)
def test_tools_that_an_app_keeps_for_itself(meta: object, app_only: bool) -> None:
    (tool,), _ = read_entries("s", "tools", [{"name": "t", "inputSchema": {}, "_meta": meta}])
    assert isinstance(tool, Tool) and tool.for_app_only is app_only


class _Listed:
    """A manager that has just one server with many tools."""

    usable = ("many",)

    def __init__(self, count: int) -> None:
        schema = {"type": "object", "properties": {"text": {"type": "string", "description": "What to say."}}}
        self._tools = tuple(
            Tool("many", f"tool_{number}", f"tool_{number}", description="Says it.", input_schema=schema)
            for number in range(count)
        )

    def settings(self, name: str) -> ServerSettings:
        return ServerSettings(name)

    def catalog(self, _name: str) -> Catalog:
        return Catalog(tools=self._tools)


def test_many_tools_are_read_ahead_once() -> None:
    manager: Any = _Listed(200)
    read = read_ahead(manager)
    assert read is not None
    read()
    assert read_ahead(manager) is None
    first, second = (offer(manager, ModelSettings(), 1_000_000) for _ in range(2))
    assert first == second and not first.deferred
    assert first.tools[-1].schema is second.tools[-1].schema
    assert first.tokens_by_server == {"many": sum(tool.tokens for tool in first.tools if tool.tool)}
    assert all(tool.deferred for tool in offer(manager, ModelSettings(), 10_000).tools if tool.tool)
    assert read_ahead(cast("Any", _Listed(10))) is None, "a few are read where they are"


@pytest.mark.parametrize(
    ("meta", "uri"),
    [
        ({"ui": {"resourceUri": "ui://a/b"}}, "ui://a/b"),
        ({"ui/resourceUri": "ui://old"}, "ui://old"),
        ({"ui": {"resourceUri": "ui://new"}, "ui/resourceUri": "ui://old"}, "ui://new"),
        ({"ui": {"resourceUri": "https://a"}}, ""),
        ({"ui": {"resourceUri": 3}, "ui/resourceUri": ["ui://a"]}, ""),
        ({"ui": "x"}, ""),
        ([], ""),
    ],
)
def test_tools_with_the_page_of_an_app(meta: object, uri: str) -> None:
    (tool,), _ = read_entries("s", "tools", [{"name": "t", "inputSchema": {}, "_meta": meta}])
    assert isinstance(tool, Tool) and tool.app_uri == uri
