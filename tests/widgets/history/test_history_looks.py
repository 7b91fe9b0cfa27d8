"""What the history looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.widgets.history.examples import HistoryApp, rich_example
from widgets.history.cells import Cell, TextPart

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App


@pytest.mark.parametrize("theme", ["jackfield", "jackfield-light"])
async def test_every_kind_of_cell(screen_matches: Callable[[App[Any]], bool], theme: str) -> None:
    app = HistoryApp(rich_example())

    async with app.run_test(size=(120, 40)) as pilot:
        app.theme = theme
        await pilot.press("tab", "up", "up")
        await pilot.pause()
        assert screen_matches(app)


async def test_the_first_cells_with_one_selected(screen_matches: Callable[[App[Any]], bool]) -> None:
    app = HistoryApp(rich_example())

    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("tab", "home", "down", "down", "down")
        await pilot.pause()
        assert screen_matches(app)


async def test_a_narrow_screen_with_new_cells_below(screen_matches: Callable[[App[Any]], bool]) -> None:
    app = HistoryApp(rich_example())

    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab", *["up"] * 5, "right", "right", "right")
        app.history.append(Cell("notice", parts=(TextPart("The time MCP server is ready."),)))
        await pilot.pause()
        assert screen_matches(app)


async def test_the_newest_on_a_narrow_screen(screen_matches: Callable[[App[Any]], bool]) -> None:
    app = HistoryApp(rich_example())

    async with app.run_test(size=(80, 24)) as pilot:
        await app.history.find("commit")
        await pilot.press("tab", "end")
        await pilot.pause()
        assert screen_matches(app)


async def test_without_colour_a_picture_is_only_named(
    screen_matches: Callable[[App[Any]], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = HistoryApp(rich_example())

    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab", *["up"] * 4)
        await pilot.pause()
        assert screen_matches(app)
