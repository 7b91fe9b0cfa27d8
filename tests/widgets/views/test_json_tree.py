"""JSON as a tree and as a table: what opens, what is found, what is compared with hostile values."""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App

from services.json_paths import jq_path, json_pointer
from tests.support.screens import screen_text, until
from widgets.views import json_explorer
from widgets.views.json_explorer import JsonExplorer
from widgets.views.json_nodes import MOST_OPENED, JsonRows, rows_of
from widgets.views.json_search import JsonMatches, json_matches

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from textual.app import ComposeResult

EVIL = "[/x][@click=app.quit]x[/]\x1b]0;y\x07"


def deep(levels: int) -> Any:
    value: Any = "bottom"
    for _ in range(levels):
        value = {"a": [value]}
    return value


@pytest.mark.parametrize(
    ("path", "pointer", "jq"),
    [
        ((), "", "."),
        (("a", 0, "b"), "/a/0/b", ".a[0].b"),
        ((3,), "/3", ".[3]"),
        (("a/b~c", "d e", 'f"'), '/a~1b~0c/d e/f"', '."a/b~c"."d e"."f\\""'),
        (("", "é"), "//é", '.""."\\u00e9"'),
    ],
)
def test_paths_as_people_write_them(path: Sequence[str | int], pointer: str, jq: str) -> None:
    assert json_pointer(path) == pointer
    assert jq_path(path) == jq


@pytest.mark.parametrize(
    "path",
    [("a", 3, "b"), ("wide", "key777"), ("long", 123_456), ("long", 0), ("wide", "key4999")],
)
def test_a_place_opens_what_leads_to_it(path: tuple[str | int, ...]) -> None:
    value = {
        "a": [{"b": number} for number in range(5)],
        "wide": {f"key{number}": number for number in range(5_000)},
        "long": list(range(200_000)),
    }
    rows = JsonRows(value)
    row = rows.reveal(path)
    assert rows.nodes[row].path == path
    assert len(rows) < 8_000


def test_opening_and_closing_keep_the_rows_in_order() -> None:
    rows = JsonRows({"a": {"b": [1, 2]}, "c": 3})
    shown = [node.path for node in rows.nodes]
    assert shown == [(), ("a",), ("a", "b"), ("a", "b", 0), ("a", "b", 1), ("c",)]
    assert rows.toggle(1)
    assert [node.path for node in rows.nodes] == [(), ("a",), ("c",)]
    assert not rows.toggle(2)
    assert rows.open_all(0)
    assert [node.path for node in rows.nodes] == shown
    assert rows.parent_of(4) == 2
    rows.close_all()
    assert len(rows) == 3


@pytest.mark.parametrize(
    "value", [{f"k{n}": {"a": n} for n in range(100_000)}, list(range(10**6)), deep(400)]
)
def test_no_value_opens_into_more_than_can_be_looked_at(value: Any) -> None:
    rows = JsonRows(value)
    assert len(rows) <= 1_001
    rows.open_all(0)
    assert len(rows) <= MOST_OPENED + 1_001


@pytest.mark.parametrize(
    ("value", "is_table"),
    [
        ([{"a": 1}, {"b": 2}], True),
        ([], False),
        ([{}], False),
        ([1], False),
        ({"a": 1}, False),
        ([{"a": 1}, 2], False),
    ],
)
def test_what_reads_as_a_table(value: Any, is_table: bool) -> None:
    assert (rows_of(value) is not None) == is_table


@pytest.mark.parametrize(
    ("needle", "paths"),
    [
        ("GRAZ", [("city",), ("rows", 1, "at")]),
        ("at", [("rows", 0, "at"), ("rows", 1, "at")]),
        ("42", [("rows", 0, "n")]),
        ("true", [("sure",)]),
        ("ull", [("none",)]),
        ("rows", [("rows",)]),
        ("nowhere", []),
        ("", []),
    ],
)
async def test_a_search_looks_at_keys_and_values(needle: str, paths: list[tuple[str | int, ...]]) -> None:
    rows = [{"at": "Wien", "n": 42}, {"at": "Graz", "n": 5}]
    value = {"city": "Graz", "rows": rows, "sure": True, "none": None}
    matches = await searched(value, needle)
    assert [matches.path(index) for index in range(len(matches.found))] == paths


async def searched(value: Any, needle: str) -> JsonMatches:
    """The matches at the end of a search."""
    return [matches async for matches in json_matches(value, needle)][-1]


def plainly(value: Any, needle: str, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The same as `json_matches`, value by value."""
    if not isinstance(value, dict | list):
        said = value if isinstance(value, str) else json.dumps(value)
        return [path] if needle in said.lower() else []
    found = []
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        here, within = (*path, key), plainly(item, needle, (*path, key))
        if isinstance(key, str) and needle in key.lower() and here not in within:
            found.append(here)
        found += within
    return found


def some_json(random: Random, depth: int = 0) -> Any:
    kind = random.randrange(4 if depth else 2) if depth < 4 else 3
    size = random.choice((0, 1, 3, 70, 600 >> depth))
    if kind == 0:
        return [some_json(random, depth + 1 + size // 70) for _ in range(size)]
    if kind == 1:
        return {
            random.choice(("Key", "a", "x7", f"k{number}")) + str(number): some_json(
                random, depth + 1 + size // 70
            )
            for number in range(size)
        }
    return random.choice((None, True, False, 17, -2.5, 1e30, "", "Straße", "a\nb", "seven 7", "x" * 70))


@pytest.mark.parametrize("seed", range(12))
async def test_what_is_told_at_once_is_what_is_found_one_by_one(seed: int) -> None:
    value = some_json(Random(seed))
    for needle in ("7", "a", "key", "true", "null", ".5", "e+3", "ss", "ß", "\nb", "b\na", "nowhere"):
        matches = await searched(value, needle)
        assert [matches.path(n) for n in range(len(matches.found))] == plainly(value, needle), needle


async def test_a_search_bears_depth_and_length() -> None:
    value = {"deep": deep(5_000), "long": "x" * 1_000_000 + "needle"}
    matches = await searched(value, "needle")
    assert [matches.path(0)] == [("long",)]
    assert len((await searched(value, "bottom")).path(0)) == 10_001


class Stage(App[None]):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.explorer = JsonExplorer(value)
        self.told = ""

    def compose(self) -> ComposeResult:
        yield self.explorer

    def on_json_explorer_searched(self, event: JsonExplorer.Searched) -> None:
        self.told = event.told


async def test_a_long_search_goes_on_behind_its_first_match(monkeypatch: pytest.MonkeyPatch) -> None:
    gates = [asyncio.Event() for _ in range(3)]

    async def in_pieces(value: Any, needle: str) -> AsyncIterator[JsonMatches]:
        matches = JsonMatches()
        for number, gate in enumerate(gates):
            yield matches
            await gate.wait()
            matches.found += [((None, None), row) for row in range(number * 10, number * 10 + 10)]
        matches.is_going = False
        yield matches

    monkeypatch.setattr(json_explorer, "json_matches", in_pieces)
    app = Stage([[f"here {n}"] for n in range(30)])
    async with app.run_test(size=(80, 24)) as pilot:
        app.explorer.focus_content()
        app.explorer.search("here", 0)
        await until(pilot, lambda: app.told == "searching…")
        app.explorer.search("here", 1)
        gates[0].set()
        await until(pilot, lambda: app.told == "1 of 10…" and app.explorer.path == (0,))
        for _ in range(12):  # no further than there are, and the search goes on where it was
            app.explorer.search("here", 1)
        await until(pilot, lambda: app.told == "10 of 10…" and app.explorer.path == (9,))
        gates[1].set()
        await until(pilot, lambda: app.told == "10 of 20…")
        app.explorer.search("here", 1)
        await until(pilot, lambda: app.told == "11 of 20…" and app.explorer.path == (10,))
        gates[2].set()
        await until(pilot, lambda: app.told == "11 of 30")
        app.explorer.search("here", -1)
        await until(pilot, lambda: app.told == "10 of 30" and app.explorer.path == (9,))


async def test_tree_table_and_text_keep_the_place() -> None:
    value = {"city": "Graz", "days": [{"day": n, "sky": f"sky{n}"} for n in range(300)]}
    app = Stage(value)
    async with app.run_test(size=(80, 24)) as pilot:
        explorer = app.explorer
        explorer.focus_content()
        explorer.search("sky250", 0)
        await until(pilot, lambda: app.told == "1 of 1")
        await until(pilot, lambda: explorer.path == ("days", 250, "sky"))
        explorer.turn_table()
        await until(pilot, lambda: explorer.is_table and "sky250" in screen_text(app))
        await until(pilot, lambda: explorer.path == ("days", 250))
        assert explorer.value == {"day": 250, "sky": "sky250"}
        explorer.turn_table()
        await until(pilot, lambda: not explorer.is_table and explorer.path == ("days", 250))
        explorer.turn_text()
        await until(pilot, lambda: explorer.is_text and '"city": "Graz"' in screen_text(app))
        explorer.turn_text()
        await until(pilot, lambda: not explorer.is_text)


@pytest.mark.parametrize(
    "value",
    [
        {EVIL: EVIL, "list": [{EVIL: EVIL}]},
        [{EVIL: EVIL, "b": [EVIL]}] * 3,
        deep(3_000),
        [{"a": 1}] * 1_000 + [EVIL, None, []],
        {"data": "QUJD" * 1_000, "text": "data:image/png;base64," + "QUJD" * 1_000},
        {str(number): number for number in range(100_000)},
        [float("nan"), 10**400, "\ud800", "x" * 1_000_000, {}],
    ],
    ids=["markup", "table", "deep", "mixed", "base64", "wide", "odd"],
)
async def test_no_value_breaks_it_or_acts(value: Any) -> None:
    app = Stage(value)
    async with app.run_test(size=(60, 12)) as pilot:
        app.explorer.focus_content()
        await pilot.press("down", "e", "down", "right", "left", "end", "pageup", "home", "E", "enter")
        app.explorer.turn_table()
        await pilot.pause()
        app.explorer.search("a", 0)
        await until(pilot, lambda: app.told)
        shown = screen_text(app)
        assert "\x1b" not in shown
        assert "QUJDQUJDQUJD" not in shown
        assert app.is_running
