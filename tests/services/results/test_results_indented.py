"""Indented JSON: as `json` would write it, but printable, cheap and bounded."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.results import indented as module
from services.results.indented import indented
from services.text import printable
from tests.support.work import calls, growth


def values(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
        lambda inner: (
            st.lists(inner) | st.dictionaries(texts, inner) | st.lists(st.dictionaries(texts, st.integers()))
        ),
        max_leaves=40,
    )


@given(values(st.text(alphabet='ab{}[],: \n"\\é')), st.integers(1, 5), st.integers(1, 30))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_clean_json_looks_as_json_writes_it(value: Any, run: int, piece: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_RUN", run)
        patch.setattr(module, "_PIECE", piece)
        assert indented(value) == json.dumps(value, indent=2, ensure_ascii=False)


@given(values(st.text()), st.integers(0, 100), st.integers(0, 4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_it_means_the_same_and_is_printable_even_when_it_must_be_short(
    value: Any, longest: int, deepest: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_LONGEST", longest)
        patch.setattr(module, "_DEEPEST", deepest)
        text = indented(value)
    assert json.loads(text) == value
    assert printable(text) == text


def test_what_would_hide_is_written_out() -> None:
    assert indented("a\u202eb\x1b\ud800\U000e0041") == r'"a\u202eb\u001b\ud800\udb40\udc41"'


def test_deep_levels_stand_on_one_line() -> None:
    value: Any = 1
    for _ in range(900):
        value = [value]
    text = indented(value)
    assert json.loads(text) == value
    assert text.count("\n") == 64


def test_a_table_is_written_by_json_and_not_row_by_row() -> None:
    rows = [{"id": i, "name": f"item {i}", "value": i * 1.5, "ok": True} for i in range(20_000)]
    # Member by member it is four times as many.
    assert calls(lambda: indented({"rows": rows})) < 16 * len(rows)


def test_ten_times_the_keys_take_about_ten_times_as_long() -> None:
    few, many = ({f"key {number}": number for number in range(keys)} for keys in (40_000, 400_000))
    assert growth(indented, few, many, repeats=3) < 4 * 10
