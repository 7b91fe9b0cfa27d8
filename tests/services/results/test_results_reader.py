"""Results off the wire: every block a value, every fault a line, nothing raised."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.catalog.entries import Tool
from services.results import reader
from services.results.content import (
    AudioBlock,
    EmbeddedResource,
    ImageBlock,
    PromptMessage,
    ResourceLink,
    TextBlock,
    ToolResult,
    UnknownBlock,
)
from services.results.reader import (
    prompt_result,
    read_prompt_result,
    read_resource_result,
    read_tool_result,
    resource_result,
    tool_result,
)
from services.text import printable
from tests.services.results.images import image_block, png
from tests.support.waiting import turning

ADD = Tool(
    "lab",
    "add",
    "add",
    output_schema={"type": "object", "properties": {"sum": {"type": "number"}}, "required": ["sum"]},
)


def read(*blocks: Any, **more: Any) -> ToolResult:
    return read_tool_result({"content": list(blocks), **more}, None, 0.5)


def text(value: str) -> dict[str, str]:
    return {"type": "text", "text": value}


# Blocks.


def test_every_kind_of_block() -> None:
    result = read(
        text("hello"),
        {"type": "image", "data": "iVBO", "mimeType": "image/png"},
        {"type": "audio", "data": "UklG\nRg==", "mimeType": "audio/wav"},
        {
            "type": "resource_link",
            "uri": "demo://notes/1",
            "name": "notes",
            "title": "Notes",
            "description": "what was said",
            "mimeType": "text/plain",
            "size": 12,
        },
        {"type": "resource", "resource": {"uri": "demo://a", "mimeType": "text/plain", "text": "inside"}},
        {"type": "resource", "resource": {"uri": "demo://b", "blob": "AAEC"}},
    )
    assert result.blocks == (
        TextBlock("hello"),
        ImageBlock("image/png", b"\x89PN"[:3]),
        AudioBlock("audio/wav", b"RIFF"),
        ResourceLink("demo://notes/1", "notes", "Notes", "what was said", "text/plain", 12),
        EmbeddedResource("demo://a", "text/plain", text="inside"),
        EmbeddedResource("demo://b", data=b"\x00\x01\x02"),
    )
    assert result.faults == ()
    assert result.duration == 0.5
    assert replace(result, is_error=True).blocks == result.blocks


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        ({"type": "video", "data": "x"}, "content[0]: unknown block type 'video'"),
        ({"text": "no type"}, "content[0]: type is missing"),
        ({"type": ["text"], "text": "x"}, "content[0]: type is not a string"),
        ("just a string", "content[0]: not an object"),
        (None, "content[0]: not an object"),
        ({"type": "text"}, "content[0]: text is missing"),
        ({"type": "text", "text": 5}, "content[0]: text is not a string"),
        ({"type": "image", "mimeType": "image/png"}, "content[0]: data is missing"),
        ({"type": "resource_link", "name": "x"}, "content[0]: uri is missing"),
        ({"type": "resource"}, "content[0]: resource is missing"),
        ({"type": "resource", "resource": "x"}, "content[0]: resource is not an object"),
        ({"type": "resource", "resource": {"uri": "a://b"}}, "content[0]: neither text nor blob"),
        ({"type": "resource", "resource": {"text": "x"}}, "content[0]: uri is missing"),
    ],
)
def test_what_is_unknown_or_malformed_is_shown_as_json_with_the_reason(block: Any, fault: str) -> None:
    result = read(block, text("after"))
    unknown, after = result.blocks
    assert isinstance(unknown, UnknownBlock)
    assert json.loads(unknown.json) == block
    assert result.faults == (fault,)
    assert after == TextBlock("after")


def test_small_faults_do_not_cost_the_block() -> None:
    result = read(
        {"type": "image", "data": "iVBO"},
        {"type": "resource_link", "uri": "a://b", "name": 5, "size": True, "title": ["x"]},
    )
    assert result.blocks[1] == ResourceLink("a://b")
    assert result.faults == (
        "content[0]: mimeType is missing",
        "content[1]: name is not a string",
        "content[1]: title is not a string",
    )


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("this is *not* base64!", "broken base64: only base64 data is allowed"),
        ("AAA", "broken base64: it ends early or its padding is missing"),
        ("AA==AAAA", "broken base64: excess data after padding"),
        ("AA==" + " " * 300_000 + "AAAA", "broken base64: data after the padding"),
        ("A" * 262_144 + "=AAA", "broken base64: leading padding not allowed"),
        ("ééé=", "broken base64: characters outside ASCII"),
        ("data:image/png,AAAA", "broken base64: a data: URL without base64"),
        ("QUJD-_.=", "broken base64: only base64 data is allowed"),
        ("", "no bytes"),
    ],
)
def test_broken_base64_is_told_on_the_block(data: str, problem: str) -> None:
    (block,) = read({"type": "image", "data": data, "mimeType": "image/png"}).blocks
    assert block == ImageBlock("image/png", b"", problem)


@pytest.mark.parametrize(
    ("data", "found", "said"),
    [
        ("data:image/png;base64,QUJD", b"ABC", "a data: URL instead of its content"),
        ("DATA:image/png;charset=x;base64,QUJD", b"ABC", "a data: URL instead of its content"),
        ("QUJD-_8=", b"ABC\xfb\xff", "base64url instead of base64"),
        ("QUJD-_8", b"ABC\xfb\xff", "base64url instead of base64"),
    ],
)
def test_what_is_sent_in_the_place_of_base64_is_read_and_said(data: str, found: bytes, said: str) -> None:
    result = read({"type": "image", "data": data, "mimeType": ""})
    assert result.faults == (f"content[0]: data is {said}",)
    (block,) = result.blocks
    assert isinstance(block, ImageBlock)
    assert (block.data, block.problem) == (found, "")
    assert block.mime_type == ("image/png" if data.lower().startswith("data:") else "")


@given(st.binary(max_size=100), st.integers(1, 20), st.integers(4, 12))
@settings(max_examples=60, deadline=None)
def test_base64_with_white_space_anywhere(data: bytes, width: int, piece: int) -> None:
    from services.results import base64_bytes

    plain = base64.b64encode(data).decode()
    wrapped = "\r\n".join(plain[start : start + width] for start in range(0, len(plain), width))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base64_bytes, "_PIECE", piece)
        assert base64_bytes.decode_base64(f" {wrapped}\n") == data


def test_bytes_above_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.results.base64_bytes.MAX_BYTES", 10 << 20)
    (block,) = read({"type": "audio", "data": "AAAA" * (4 << 20), "mimeType": "audio/wav"}).blocks
    assert block == AudioBlock("audio/wav", b"", "refused: more than 10 MiB")


def test_text_is_printable_wherever_it_stands() -> None:
    evil = "\x1b]52;c;eA==\x07[/x]\u202e\x9b31m"
    result = read(
        text(evil),
        {"type": evil, "x": evil},
        {"type": "image", "data": evil, "mimeType": evil},
        {
            "type": "resource_link",
            "uri": f"a://{evil}",
            "name": evil,
            "title": evil,
            "description": evil,
            "mimeType": evil,
        },
        {"type": "resource", "resource": {"uri": evil, "mimeType": evil, "text": evil}},
        structuredContent={evil: evil},
        isError=evil,
        resultType=evil,
    )
    shown = [str(block) for block in result.blocks] + [result.structured or "", *result.faults]
    for piece in shown:
        assert printable(piece) == piece
    assert result.blocks[0] == TextBlock("[/x]")
    assert result.structured is not None
    assert json.loads(result.structured) == {evil: evil}


# The result around them.


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        ({}, "content is missing"),
        ({"content": None}, "content is missing"),
        ({"content": "text"}, "content is not a list"),
        ({"content": {"type": "text", "text": "x"}}, "content is not a list"),
        ({"content": [], "isError": "yes"}, "isError is neither true nor false"),
        ({"content": [], "resultType": "later"}, "resultType is 'later': not a final result"),
        ([], "the result is not an object"),
        ("text", "the result is not an object"),
        (None, "the result is not an object"),
    ],
)
def test_a_result_that_is_none_is_read_all_the_same(raw: Any, fault: str) -> None:
    assert read_tool_result(raw, None, 0).faults[0] == fault


def test_a_block_in_place_of_the_list_is_read() -> None:
    assert read_tool_result({"content": text("x")}, None, 0).blocks == (TextBlock("x"),)


def test_is_error_is_honoured() -> None:
    assert read(text("no"), isError=True).is_error
    assert not read(text("yes"), isError=False).is_error
    assert not read(text("yes")).is_error


def test_a_hundred_faults_are_told_in_twenty_lines_and_a_number() -> None:
    faults = read(*[None] * 100).faults
    assert len(faults) == 21
    assert faults[-1] == "and 80 more"


def test_a_list_of_millions_is_cut() -> None:
    result = read(*[text("x")] * 25_000)
    assert len(result.blocks) == 10_000
    assert "25000 items" in result.faults[0]
    assert len(result.raw["content"]) == 25_000


def test_the_fault_somebody_else_found_is_told_once() -> None:
    raw = {"content": [text("x")]}
    assert read_tool_result(raw, None, 0, "content.0: wrong").faults == ("content.0: wrong",)
    assert read_tool_result({"content": [None]}, None, 0, "content.0: wrong").faults == (
        "content[0]: not an object",
    )


# Structured content.


def test_structured_content_stands_beside_the_content() -> None:
    result = read_tool_result({"content": [text("5")], "structuredContent": {"sum": 5}}, ADD, 0)
    assert result.structured == '{\n  "sum": 5\n}'
    assert result.blocks == (TextBlock("5"),)
    assert result.faults == ()


@pytest.mark.parametrize("value", [[1, 2], "text", 5, 1.5, True, {}, []])
def test_structured_content_may_be_any_json(value: Any) -> None:
    result = read(structuredContent=value)
    assert result.structured is not None
    assert json.loads(result.structured) == value
    assert result.faults == ()


def test_null_counts_only_where_a_schema_was_declared() -> None:
    assert read(structuredContent=None).structured is None
    nullable = replace(ADD, output_schema={"type": ["object", "null"]})
    result = read_tool_result({"content": [], "structuredContent": None}, nullable, 0)
    assert (result.structured, result.faults) == ("null", ())


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        ({"structuredContent": {"sum": 1}}, ()),
        (
            {"structuredContent": {}},
            ("structuredContent does not fit the tool's output schema: sum: required",),
        ),
        (
            {"structuredContent": {"sum": "five"}},
            ("structuredContent does not fit the tool's output schema: must be a number (at $.sum)",),
        ),
        ({}, ("structuredContent is missing, though the tool declares an output schema",)),
        ({"isError": True}, ()),
        ({"isError": True, "structuredContent": {}}, ()),
    ],
)
def test_structured_content_is_checked_against_the_schema(
    raw: dict[str, Any], faults: tuple[str, ...]
) -> None:
    assert read_tool_result({"content": [], **raw}, ADD, 0).faults == faults


# With pictures, off the event loop.


async def test_the_first_block_that_decodes_is_the_first_picture() -> None:
    raw = {
        "content": [
            text("look"),
            {"type": "image", "data": "not *base64*", "mimeType": "image/png"},
            image_block(b"not a picture"),
            image_block(png(8, 6)),
            image_block(png(2, 2)),
        ]
    }
    result = await tool_result(raw, None, 0.1)
    assert [(p.block_index, p.width, p.height) for p in result.pictures] == [(3, 8, 6), (4, 2, 2)]
    problems = [block.problem for block in result.blocks if isinstance(block, ImageBlock)]
    assert problems == ["broken base64: only base64 data is allowed", "not an image", "", ""]
    assert isinstance(result.blocks[2], ImageBlock)
    assert result.blocks[2].data == b"not a picture"


async def test_resources_and_prompts_have_pictures_too() -> None:
    blob = base64.b64encode(png()).decode()
    raw = {
        "contents": [{"uri": "a://x", "text": "x"}, {"uri": "a://p", "mimeType": "image/png", "blob": blob}]
    }
    resource = await resource_result("lab", "a://x", raw, 0.1)
    assert [picture.block_index for picture in resource.pictures] == [1]
    assert (resource.server, resource.uri, resource.duration) == ("lab", "a://x", 0.1)
    messages = [
        {"role": "user", "content": text("see")},
        {"role": "assistant", "content": image_block(png())},
    ]
    prompt = await prompt_result({"description": "d", "messages": messages}, 0.1)
    assert [picture.block_index for picture in prompt.pictures] == [1]
    assert prompt.messages[0] == PromptMessage("user", TextBlock("see"))


async def test_small_results_are_read_without_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(*_: Any) -> None:
        raise AssertionError("a thread")

    monkeypatch.setattr(asyncio, "to_thread", no_thread)
    assert (await tool_result({"content": [text("x")]}, None, 0)).blocks == (TextBlock("x"),)
    for raw in (
        {"content": [text("x" * 100_000)]},
        {"content": [text("x")] * 500},
        {"content": [image_block(png())]},
        {"content": [], "structuredContent": [[1] * 10] * 100},
    ):
        with pytest.raises(AssertionError, match="a thread"):
            await tool_result(raw, None, 0)


async def test_the_event_loop_goes_on_while_a_big_result_is_read() -> None:
    raw = {
        "content": [text("line \x1b[0m of text\n" * 500_000)],
        "structuredContent": {"result": "x" * 5_000_000},
    }
    async with turning() as turns:
        result = await tool_result(raw, None, 0)
    assert turns.count > 5
    assert result.faults == ()


# Resources and prompts.


def test_the_contents_of_a_resource() -> None:
    raw = {"contents": [{"uri": "a://1", "text": "one\ttab"}, {"text": "two"}, {"uri": "a://3"}, 5]}
    result = read_resource_result("lab", "a://asked", raw, 0)
    one, two, three, four = result.contents
    assert one == EmbeddedResource("a://1", text="one    tab")
    assert two == EmbeddedResource("a://asked", text="two")
    assert (three.uri, three.problem) == ("a://3", "neither text nor blob")
    assert (four.uri, four.problem, four.text) == ("a://asked", "not an object", "5")
    assert result.faults == ("contents[2]: neither text nor blob", "contents[3]: not an object")


def test_an_empty_file_is_no_fault() -> None:
    result = read_resource_result("lab", "a://x", {"contents": [{"uri": "a://x", "blob": ""}]}, 0)
    assert result.contents == (EmbeddedResource("a://x", data=b""),)
    assert result.faults == ()


def test_the_messages_of_a_prompt() -> None:
    raw = {
        "description": "Asks\x1b[0m twice",
        "messages": [
            {"role": "user", "content": text("one")},
            {"role": "user", "content": "two"},
            {"role": "assistant", "content": [text("three"), {"type": "?"}]},
            {"role": "system", "content": text("four")},
            "five",
        ],
    }
    result = read_prompt_result(raw, 0)
    assert result.description == "Asks twice"
    assert [(m.role, getattr(m.block, "text", "")) for m in result.messages] == [
        ("user", "one"),
        ("user", "two"),
        ("assistant", "three"),
        ("assistant", ""),
        ("system", "four"),
        ("", ""),
    ]
    assert result.faults == (
        "messages[1]: content is a string, not a block",
        "messages[2]: content is a list, not a block",
        "messages[2].content[1]: unknown block type '?'",
        "messages[3]: role is neither 'user' nor 'assistant'",
        "messages[4]: not an object",
    )


# Whatever comes.

CONTAINERS = ["content", "contents", "messages", "resource", "structuredContent", "annotations"]
MEMBERS = [
    "type",
    "text",
    "data",
    "blob",
    "mimeType",
    "uri",
    "name",
    "title",
    "role",
    "size",
    "isError",
    "resultType",
]
KINDS = ["image", "audio", "resource_link", "video", "user"]
NAMES = st.sampled_from(CONTAINERS + MEMBERS + KINDS)
WORDS = st.one_of(
    NAMES, st.text(max_size=20), st.binary(max_size=9).map(lambda data: base64.b64encode(data).decode())
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=30,
)
BLOCKS = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "image", "audio", "resource", "resource_link", "x"])},
    optional={
        "text": JSON,
        "data": JSON,
        "mimeType": JSON,
        "uri": JSON,
        "name": JSON,
        "size": JSON,
        "resource": st.fixed_dictionaries(
            {}, optional={"uri": JSON, "text": JSON, "blob": JSON, "mimeType": JSON}
        ),
    },
)


@given(
    JSON
    | st.fixed_dictionaries(
        {}, optional={"content": st.lists(BLOCKS | JSON), "structuredContent": JSON, "isError": JSON}
    )
    | st.fixed_dictionaries({}, optional={"contents": st.lists(JSON), "messages": st.lists(JSON)}),
    JSON,
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_raises_and_everything_is_printable(raw: Any, schema: Any) -> None:
    tool = replace(ADD, output_schema=schema if isinstance(schema, dict) else None)
    tool_values = read_tool_result(raw, tool, 0)
    values = (tool_values, read_resource_result("s", "a://b", raw, 0), read_prompt_result(raw, 0))
    for value in values:
        for fault in value.faults:
            assert fault
            assert printable(fault) == fault
            assert "\n" not in fault
    for block in tool_values.blocks:
        for name in ("text", "json", "uri", "name", "mime_type", "type", "description"):
            shown = getattr(block, name, None) or ""
            assert printable(shown) == shown
    reader._pictures(tool_values.blocks)


def deep(levels: int) -> Any:
    value: Any = "bottom"
    for _ in range(levels):
        value = {"type": value} if levels % 2 else [value]
    return value


@pytest.mark.parametrize("levels", [200, 201, 950, 951, 100_000, 100_001])
async def test_deep_nesting_is_a_fault_at_worst(levels: int) -> None:
    raw = {"content": [deep(levels)], "structuredContent": deep(levels)}
    result = await tool_result(raw, ADD, 0)
    assert result.structured
    assert any("output schema" in fault for fault in result.faults)


def test_indentation_cannot_fill_the_memory() -> None:
    value: Any = [1] * 200_000
    for _ in range(300):
        value = [value]
    result = read(structuredContent=value)
    assert result.structured is not None
    assert len(result.structured) < 2_000_000


@pytest.mark.parametrize(
    ("mime_type", "data", "text"),
    [
        ("text/csv; charset=utf-8", "a;\u00e9\n".encode(), "a;\u00e9\n"),
        ("application/json", b"[1]", "[1]"),
        ("application/geo+json", b"[1]", "[1]"),
        ("", b"plain\twords\n", printable("plain\twords\n")),
        ("image/svg+xml", b"<svg/>", None),
        ("text/plain", b"\x1b[31mred", printable("\x1b[31mred")),
        ("", b"\x1b[31mred", None),
        ("", b"\x00\x01", None),
        ("text/plain", b"\xff\xfe", None),
        ("application/octet-stream", b"plain", None),
        ("text/plain", b"x" * ((1 << 20) + 1), None),
    ],
)
def test_a_blob_that_is_text_is_shown_as_text_and_kept_as_bytes(
    mime_type: str, data: bytes, text: str | None
) -> None:
    blob = base64.b64encode(data).decode()
    raw = {"contents": [{"uri": "file:///a", "mimeType": mime_type, "blob": blob}]}
    (contents,) = read_resource_result("s", "file:///a", raw, 0).contents
    assert (contents.text, contents.data) == (text, data)
