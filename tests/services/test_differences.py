"""What differs between two values or two texts."""

from __future__ import annotations

import time
from typing import Any

import pytest

from app.session.screens.difference import difference_lines
from services.differences import Change, json_difference


@pytest.mark.parametrize(
    ("before", "now", "changes"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1, "b": 2}, {"b": 3, "c": 4}, ["removed /a", "changed /b", "added /c"]),
        ([1, 2, 3], [0, 1, 2, 3], ["added /0"]),
        ([1, 2, 3], [1, 3], ["removed /1"]),
        ([{"id": 1, "x": 1}, {"id": 2}], [{"id": 1, "x": 2}, {"id": 2}], ["changed /0/x"]),
        ({"a": True}, {"a": 1}, ["changed /a"]),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": []}, {"a": {}}, ["changed /a"]),
        ("x", "y", ["changed "]),
        (list(range(1_000)), list(range(1_001)), ["added /1000"]),
    ],
)
def test_paths_that_came_went_and_changed(before: Any, now: Any, changes: list[str]) -> None:
    def told(change: Change) -> str:
        return f"{change.kind} {''.join(f'/{step}' for step in change.path)}"

    assert [told(change) for change in json_difference(before, now)] == changes


def test_how_a_difference_reads() -> None:
    evil = "[/x][@click=app.quit]\x1b]0;x\x07"
    before = {evil: 1, "text": "one\ntwo\nthree", "gone": {"a": [1]}, "data": "QUJD" * 300}
    now = {evil: 2, "text": "one\n2\nthree", "data": "QUJE" * 300}
    summary, lines = difference_lines(before, now)
    assert summary == "1 removed · 3 changed"
    texts = [line.text for line in lines]
    assert '- /gone  { "a": [ 1 ] }' in texts
    assert {"~ /text", "    - two", "    + 2"} <= set(texts)
    assert not any("\x1b" in text or "QUJDQUJD" in text for text in texts)
    assert difference_lines(now, now)[0] == "nothing differs"
    assert [line.text for line in difference_lines("a\nb", "a\nc")[1]] == ["  a", "- b", "+ c"]


def deep(levels: int, end: Any) -> Any:
    for _ in range(levels):
        end = [end]
    return end


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({str(n): n for n in range(100_000)}, {str(n): n + 1 for n in range(100_000)}),
        (list(range(100_000)), list(range(100_000, 0, -1))),
        (deep(5_000, 1), deep(5_000, 2)),
        ([[n] * 300 for n in range(300)], [[n + 1] * 300 for n in range(300)]),
    ],
    ids=["wide", "long", "deep", "square"],
)
def test_no_difference_takes_long(before: Any, now: Any) -> None:
    began = time.thread_time()
    summary, lines = difference_lines(before, now)
    assert "changed" in summary or "added" in summary
    assert len(lines) <= 2_001
    assert time.thread_time() - began < 3
