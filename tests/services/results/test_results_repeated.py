"""Texts that say the structured content over again, and what goes into the clipboard."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.results.reader import read_prompt_result, read_resource_result, read_tool_result
from services.results.repeated import repeats
from services.results.sent import remark, result_text

ROWS = [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("texts", "structured", "places"),
    [
        (['{"a": 1, "b": [true, null]}'], {"b": [True, None], "a": 1}, {0}),
        (["Two rows.", json.dumps(ROWS)], {"result": ROWS}, {1}),
        ([json.dumps(row) for row in ROWS], {"result": ROWS}, {0, 1}),
        (["plain words"], {"result": "plain words"}, {0}),
        (["5"], {"result": 5}, {0}),
        (["5"], {"result": [5]}, {0}),
        (['{"a": 1.0}'], {"a": 1}, {0}),
        (['{"a": 1}'], {"a": True}, set()),
        (['{"a": 1}'], {"a": 1, "b": 2}, set()),
        (["2 + 3 = 5"], {"sum": 5}, set()),
        (["5"], {"result": 5, "more": 1}, set()),
        (["[" * 5_000], {"a": 1}, set()),
        ([], {"a": 1}, set()),
    ],
)
def test_which_texts_repeat_the_structured_content(
    texts: list[str], structured: Any, places: set[int]
) -> None:
    assert repeats(texts, structured) == places


def test_what_is_copied_of_a_result() -> None:
    def copied(*content: Any, **more: Any) -> str:
        return result_text(read_tool_result({"content": list(content), **more}, None, 0))

    rows = {"type": "text", "text": json.dumps(ROWS)}
    words = {"type": "text", "text": "two\trows\r\n"}
    assert copied(rows, structuredContent={"result": ROWS}) == rows["text"]
    assert copied(words) == words["text"]
    assert copied({"type": "text", "text": "a\x1b]52;c;eA==\x07b"}) == "ab"
    assert json.loads(copied(structuredContent={"a": 1})) == {"a": 1}
    assert copied(words, structuredContent={"a": 1}).startswith(words["text"] + "\n{")
    assert copied({"type": "resource_link", "uri": "a://b", "name": "b"}) == "a://b"
    assert copied({"type": "audio", "data": "QUJD", "mimeType": "audio/wav"}) == ""
    assert (
        result_text(read_resource_result("s", "a://b", {"contents": [{"uri": "a://b", "text": "x"}]}, 0))
        == "x"
    )
    message = {"role": "user", "content": {"type": "text", "text": "hello\tyou"}}
    assert result_text(read_prompt_result({"messages": [message]}, 0)) == "hello\tyou"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (
            {
                "annotations": {
                    "audience": ["user", "assistant"],
                    "priority": 0.5,
                    "lastModified": "2025",
                }
            },
            "for user and assistant · priority 0.5 · modified 2025",
        ),
        ({"_meta": {"a": 1, "b": 2}, "icons": [{}, {}]}, "2 icons · _meta a, b"),
        ({"role": "user", "content": {"_meta": {"x/y": 1}}}, "_meta x/y"),
        ({"annotations": {"audience": "user", "priority": True, "lastModified": 5}}, ""),
        ({"annotations": [], "icons": {}, "_meta": "x"}, ""),
        (None, ""),
    ],
)
def test_what_is_said_of_a_block(raw: Any, said: str) -> None:
    assert remark(raw) == said
