"""Offsets and their bisection agree with adding up one height after the other."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.history.cells import Cell, JsonPart, TextPart
from widgets.history.layout import lay_out
from widgets.history.store import CellStore
from widgets.views.heights import Heights, LazyHeights
from widgets.views.rows import Space

HEIGHT = st.integers(1, 30)


def find_naively(heights: list[int], row: int) -> tuple[int, int]:
    for index, height in enumerate(heights):
        if row < height:
            return index, row

        row -= height

    return len(heights) - 1, heights[-1] - 1


@settings(deadline=None, database=None)
@given(
    st.lists(
        st.one_of(HEIGHT, st.lists(HEIGHT, max_size=9), st.tuples(st.integers(0, 99), HEIGHT)), min_size=1
    )
)
def test_offsets_agree_with_adding_up(steps: list[int | list[int] | tuple[int, int]]) -> None:
    heights, model = Heights(), []

    for step in steps:
        if isinstance(step, int):
            heights.append(step)
            model.append(step)
        elif isinstance(step, list):
            heights.extend(step)
            model.extend(step)
        elif model:
            index = step[0] % len(model)
            heights[index] = model[index] = step[1]

    assert heights.total == sum(model)
    assert [heights.top(index) for index in range(len(model))] == [0, *accumulate(model)][: len(model)]

    if model:
        for row in range(sum(model) + 2):
            assert heights.find(row) == find_naively(model, row)


TEXTS = st.sampled_from(
    ["", "short", "word " * 30, "\n".join(f"line {number}" for number in range(14)), "漢字" * 20, "a\n\nb"]
)
CELLS = st.builds(
    lambda name, text, json: Cell("done", name, parts=(TextPart(text), JsonPart(json))),
    st.sampled_from(["", "demo.echo"]),
    TEXTS,
    st.sampled_from(['{"a": 1}', "[\n  1,\n  2\n]"]),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), CELLS),
        st.tuples(st.just("extend"), st.lists(CELLS, max_size=4)),
        st.tuples(st.just("replace"), st.integers(0, 99), CELLS),
        st.tuples(st.just("fold"), st.integers(0, 99)),
        st.tuples(st.just("resize"), st.integers(8, 120)),
        st.tuples(st.just("look"), st.integers(0, 400)),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None, database=None)
@given(STEPS)
def test_a_settled_view_is_right_whatever_happened_before(steps: list[tuple[Any, ...]]) -> None:
    store = CellStore()
    cells: list[Cell] = []
    unfolded: set[int] = set()

    for step in steps:
        match step:
            case ("append", cell):
                assert store.append(cell) == len(cells)
                cells.append(cell)
            case ("extend", new):
                assert store.extend(new) == range(len(cells), len(cells) + len(new))
                cells.extend(new)
            case ("replace", number, cell) if cells:
                store.replace(number % len(cells), cell)
                cells[number % len(cells)] = cell
            case ("fold", number) if cells:
                store.toggle(number % len(cells))
                unfolded ^= {number % len(cells)}
            case ("resize", width):
                store.space = Space(width)
            case ("look", row) if cells:
                cell_id, offset = store.locate(row)
                settled = store.settle(cell_id, offset, 40)
                assert store.locate(settled)[0] == cell_id
                check_around(store, cells, unfolded, settled)

    assert len(store) == len(cells)
    exact = [
        lay_out(cell, store.space, unfolded=number in unfolded).height for number, cell in enumerate(cells)
    ]
    assert [store.height(number) for number in store.ids] == exact
    assert store.heights.total == sum(exact)
    assert [store.top(number) for number in store.ids] == [0, *accumulate(exact)][: len(exact)]


def check_around(store: CellStore, cells: list[Cell], unfolded: set[int], row: int) -> None:
    """Every row of the page before and after stands where the heights of its neighbours put it."""
    last = min(row + 40, store.heights.total - 1)

    for cell_id in range(store.locate(max(row - 40, 0))[0], store.locate(last)[0] + 1):
        height = lay_out(cells[cell_id], store.space, unfolded=cell_id in unfolded).height
        assert store.top(cell_id) + height == (
            store.top(cell_id + 1) if cell_id + 1 in store else store.heights.total
        )


def test_a_new_width_measures_nothing_but_what_is_looked_at() -> None:
    measured: list[int] = []

    def measure(index: int) -> int:
        measured.append(index)
        return 3

    heights = LazyHeights(measure)
    heights.extend([2] * 100_000)
    heights.settle(50_000, 1, 60)
    heights.invalidate()
    heights.settle(50_000, 1, 60)
    assert len(measured) < 100


def test_what_is_at_the_top_of_the_view_stays_there() -> None:
    heights = LazyHeights(lambda _index: 5)
    heights.extend([2] * 1000)
    row = heights.settle(500, 1, 50)
    assert heights.find(row) == (500, 1)


def test_numbers_are_never_used_twice() -> None:
    store = CellStore()
    first = store.append(Cell("notice", parts=(TextPart("one"),)))
    store.clear()
    assert store.append(Cell("notice", parts=(TextPart("two"),))) == first + 1
    assert first not in store
