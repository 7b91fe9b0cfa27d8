"""Lines out of a stream of bytes, messages out of lines: as `json` reads them, in bounded time and memory."""

from __future__ import annotations

import asyncio
import gc
import json
import math
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.connections.messages import frames
from services.connections.messages.frames import (
    MOST_LISTED,
    NotJson,
    encode_frame,
    parse_big_frame,
    parse_frame,
)
from services.connections.stdio.lines import LineSplitter, Oversized
from tests.support.waiting import turning
from tests.support.work import growth

TEXT = st.text(alphabet=st.one_of(st.sampled_from('"\\/\n\t\x00 {}[]:,é漢😀\ud83d\ude00u0'), st.characters()))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(TEXT, inner, max_size=6),
    max_leaves=25,
)
OBJECTS = st.dictionaries(TEXT, VALUES, max_size=6)


def big(line: bytes, window: int = frames._WINDOW) -> dict[str, Any] | NotJson:
    """What the big parser makes of a line, looking at so many bytes at a time: six at least, an escape."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "_WINDOW", window)
        return asyncio.run(parse_big_frame(line))


# Lines.


@given(st.lists(st.binary(max_size=12), max_size=12), st.lists(st.integers(1, 9), max_size=30), st.booleans())
@settings(max_examples=60, deadline=None)
def test_lines_are_the_same_however_they_are_chunked(
    lines: list[bytes], sizes: list[int], crlf: bool
) -> None:
    lines = [line.replace(b"\n", b"").replace(b"\r", b"") for line in lines]
    end = b"\r\n" if crlf else b"\n"
    stream = b"".join(line + end for line in lines)
    splitter, got, position = LineSplitter(), [], 0
    for size in [*sizes, len(stream)]:
        got += splitter.feed(stream[position : position + size])
        position += size
    assert got == [line for line in lines if line]
    assert splitter.finish() == []


def test_the_end_of_a_stream_is_a_line_too() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b'{"a":1}\n{"b"') == [b'{"a":1}']
    assert splitter.feed(b":2}") == []
    assert splitter.finish() == [b'{"b":2}']
    assert splitter.finish() == []


@pytest.mark.parametrize("chunk", [1, 7, 100, 10_000])
def test_a_line_above_the_limit_is_told_in_order_and_not_kept(chunk: int) -> None:
    splitter = LineSplitter(limit=100)
    stream = b"before\n" + b"x" * 5_000 + b"end\nafter\n" + b"y" * 100 + b"\n"
    got: list[bytes | Oversized] = []
    for start in range(0, len(stream), chunk):
        got += splitter.feed(stream[start : start + chunk])
    before, oversized, after, full = got
    assert (before, after, full) == (b"before", b"after", b"y" * 100)
    assert isinstance(oversized, Oversized)
    assert oversized.length == 5_003
    assert oversized.head.startswith(b"xxx")
    assert oversized.tail.endswith(b"xend")
    assert len(oversized.head) <= 1 << 16


def test_a_line_above_the_limit_takes_bounded_memory() -> None:
    splitter = LineSplitter(limit=1 << 20)
    chunk = b"x" * (1 << 16)
    for _ in range(200):
        splitter.feed(chunk)
        assert sys.getsizeof(splitter._held) <= 2 << 20
    (oversized,) = splitter.feed(b"\n")
    assert isinstance(oversized, Oversized)
    assert oversized.length == 200 << 16


PAYLOAD = '"result":{"content":[{"type":"text","text":"' + "x" * 5_000 + '"}]}'


@pytest.mark.parametrize(
    ("line", "request_id"),
    [
        ('{"jsonrpc":"2.0","id":7,%s}', 7),
        ('{"id": "seven", "jsonrpc": "2.0", %s}', "seven"),
        ('{%s,"jsonrpc":"2.0","id":7}', 7),
        ('{%s,"id":7,"jsonrpc":"2.0"}', 7),
        ('{"jsonrpc":"2.0","id":7,"method":"sampling/createMessage",%s}', None),
        ('{"method":"sampling/createMessage",%s,"jsonrpc":"2.0","id":7}', None),
        ('{"jsonrpc":"2.0","method":"notifications/message",%s}', None),
        ('{"jsonrpc":"2.0","id":null,%s}', None),
        ('{%s,"x":",\\"id\\":7}"}', None),
        ('[{"id":7,%s}]', None),
    ],
)
def test_the_id_of_an_answer_that_was_too_long(line: str, request_id: int | str | None) -> None:
    splitter = LineSplitter(limit=4_000)
    (oversized,) = splitter.feed((line % PAYLOAD).encode() + b"\n")
    assert isinstance(oversized, Oversized)
    assert oversized.request_id == request_id


def test_splitting_is_linear_per_byte() -> None:
    def fed(chunks: int) -> None:
        splitter = LineSplitter()
        for _ in range(chunks):
            splitter.feed(data)
        assert len(splitter.feed(b"\n")) == 1

    for chunk in (64, 4_096, 65_536):
        data, many = b"x" * chunk, 16_000 if chunk < 4_096 else (40 << 20) // chunk
        assert growth(fed, many // 8, many, repeats=3) < 4 * 8, chunk


# Messages.


@given(OBJECTS, st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_both_parsers_read_what_json_reads(message: dict[str, Any], ascii_only: bool) -> None:
    line = json.dumps(message, ensure_ascii=ascii_only).encode("utf-8", "replace")
    expected = json.loads(line)
    assert parse_frame(line) == expected
    for window in (6, 7, 8, 11, 64, 65_536):
        assert big(line, window) == expected, window


STRING_PARTS = [
    '"',
    '""',
    "\\",
    "\\u",
    "\\ud83d",
    "\\ude00",
    "\\u00e9",
    "\\n",
    "\\x",
    "\n",
    "\x01",
    "a",
    "é",
    "😀",
]
MARKS = ["{", "}", "[", "]", ":", ",", " ", "-", '"k":', '"s",']
WORDS = ["1", ".5", "e3", "1e999", "NaN", "-Infinity", "true", "null"]
BROKEN = st.lists(st.sampled_from(STRING_PARTS + MARKS + WORDS), max_size=14).map("".join)


@given(
    BROKEN,
    st.sampled_from(["%s", '{"a":%s}', '{"a":"%s"}', '{"a":["%s","x"]}', '{"%s":1}']),
    st.integers(6, 20),
)
@settings(max_examples=120, deadline=None)
def test_both_parsers_agree_on_what_is_broken(inside: str, frame: str, window: int) -> None:
    line = (frame % inside).encode()
    small, large = parse_frame(line), big(line, window)
    if isinstance(small, NotJson):
        assert isinstance(large, NotJson)
        assert large.excerpt == small.excerpt
    else:
        assert large == small
        assert repr(large) == repr(small)  # the order of keys, the types of numbers


@given(st.binary(max_size=40), st.integers(6, 20))
@settings(max_examples=60, deadline=None)
def test_bytes_that_are_not_utf8_become_replacement_characters(data: bytes, window: int) -> None:
    body = bytes(byte for byte in data if byte >= 0x20 and byte not in b'"\\')
    line = b'{"a":"' + body + b'","id":1}'
    expected = {"a": body.decode("utf-8", "replace"), "id": 1}
    assert parse_frame(line) == expected
    assert big(line, window) == expected


@pytest.mark.parametrize("window", range(6, 20))
def test_surrogate_pairs_and_escapes_cut_at_every_place(window: int) -> None:
    body = r"\ud83d\ude00\ud83d\ud83d\ude00\\ud83d\ude00\ude00x\ud83d\"\\\ud83d\n"
    line = f'{{"a":"{body}"}}'.encode()
    assert big(line, window) == json.loads(line)


BODIES = {
    "base64": b"abcd" * 800_000,
    "lines": (b"y" * 79 + b"\\n") * 40_000,
    "quotes": b'{\\"key\\": \\"value\\"}, ' * 150_000,
    "pairs": b"\\ud83d\\ude00" * 250_000,
    "backslashes": b"\\\\" * 1_600_000,
    "utf-8": "漢字 é 😀 ".encode() * 200_000,
    "one wide character": b"x" * 3_000_000 + "😀".encode(),
}


@pytest.mark.parametrize("name", BODIES)
async def test_big_strings_are_read_as_json_reads_them(name: str) -> None:
    line = b'{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"%s"}],"k":"%s"}}' % (
        BODIES[name],
        BODIES[name][:-1] if name == "base64" else b"",
    )
    assert await parse_big_frame(line) == json.loads(line)


@pytest.mark.parametrize(
    "value",
    [
        [{"id": i, "name": f"item {i}", "v": i * 1.5, "ok": True, "none": None} for i in range(20_000)],
        [f"word {i:08}" for i in range(100_000)],
        list(range(200_000)),
        {f"key {i}": f"value {i}" for i in range(60_000)},
        [[], {}, [[]], True, None] * 50_000,
        {"k" * 300_000: "v" * 300_000, "x": ["a" * 70_000, "b" * 65_536, "c" * 65_535]},
    ],
    ids=["rows", "words", "numbers", "members", "empties", "long key"],
)
async def test_big_lines_of_many_values_are_read_as_json_reads_them(value: Any) -> None:
    line = json.dumps({"result": value}).encode()
    assert await parse_big_frame(line) == {"result": value}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"npm warn deprecated \x1b[31mthing", "Expecting value"),
        (b"[1,2]", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b"", "Expecting value"),
        (b'{"a":NaN}', "NaN is not JSON"),
        (b'{"a":-Infinity}', "-Infinity is not JSON"),
        (b'{"a":' + b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"a":' + b"9" * 10_000 + b"}", "4,300"),
        (b'{"a":"unfinished', ""),
        (b'{"a":"raw \x01 control"}', "control character"),
        (b'{"a":1} trailing', "Extra data"),
    ],
)
async def test_what_is_no_message_is_told_with_its_beginning(line: bytes, why: str) -> None:
    for found in (parse_frame(line), await parse_big_frame(line)):
        assert isinstance(found, NotJson)
        assert len(found.excerpt) <= 300
        assert "\x1b" not in found.excerpt
    assert isinstance(found := parse_frame(line), NotJson)
    assert why in found.reason


async def test_a_byte_order_mark_is_passed_over() -> None:
    assert parse_frame(b'\xef\xbb\xbf{"a":1}') == {"a": 1}
    assert await parse_big_frame(b'\xef\xbb\xbf{"a":1}') == {"a": 1}


async def test_a_number_that_looks_like_a_stand_in_is_a_number() -> None:
    line = b'{"a":"' + b"x" * 100_000 + b'","b":123456789.123456789e0,"c":[1"x"]}'
    assert isinstance(await parse_big_frame(line), NotJson)
    line = line.replace(b'[1"x"]', b"1.5e0")
    assert await parse_big_frame(line) == json.loads(line)


async def test_the_event_loop_goes_on_while_a_big_line_is_parsed() -> None:
    line = b'{"id":1,"result":{"text":"' + (b"y" * 79 + b"\\n") * 300_000 + b'"}}'
    async with turning() as turns:
        await parse_big_frame(line)
    assert turns.count > 3


@pytest.mark.parametrize("name", ["tools", "resources", "resourceTemplates", "prompts"])
async def test_of_a_page_without_end_the_first_entries_are_kept(name: str) -> None:
    entries = [{"name": f"n{number}", "about": "x" * 20} for number in range(MOST_LISTED + 3_000)]
    line = json.dumps({"id": 1, "result": {name: entries, "nextCursor": "more"}}).encode()
    read = await parse_big_frame(line)
    assert isinstance(read, dict)
    assert read["result"] == {name: entries[:MOST_LISTED], "nextCursor": "more"}
    assert gc.isenabled()


async def test_what_a_tool_answers_is_never_shortened() -> None:
    values = [{"n": number, "about": "x" * 20} for number in range(MOST_LISTED + 3_000)]
    message = {"id": 1, "result": {"content": values, "structuredContent": {"tools": values}}}
    assert await parse_big_frame(json.dumps(message).encode()) == message


@given(OBJECTS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_message_is_one_line_and_comes_back(message: dict[str, Any]) -> None:
    line = encode_frame(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert parse_frame(line[:-1]) == json.loads(json.dumps(message))


def test_infinities_do_not_go_out() -> None:
    with pytest.raises(ValueError, match="JSON"):
        encode_frame({"a": math.inf})
