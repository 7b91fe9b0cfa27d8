"""The difference between two results on its screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App

from app.session.screens.difference import DifferenceScreen, difference_lines
from app.themes import DEFAULT_THEME, register_themes
from tests.support.screens import screen_text, until

if TYPE_CHECKING:
    from collections.abc import Callable

BEFORE = {
    "city": "Graz",
    "days": [{"day": n, "sky": "clear", "wind": {"speed": 3.2}} for n in range(6)],
    "note": "mild\nno wind\nno rain",
    "[b]old[/b]": True,
}
NOW = {
    "city": "Wien",
    "days": [{"day": n, "sky": "clear", "wind": {"speed": 3.2 + (n == 4)}} for n in range(1, 7)],
    "note": "mild\nstrong wind\nno rain",
    "data": "QUJD" * 400,
}


class Stage(App[None]):
    """An app with the difference of two values on its screen."""

    def __init__(self) -> None:
        super().__init__()
        register_themes(self)
        self.theme = DEFAULT_THEME
        self.copied = ""

    def on_mount(self) -> None:
        told = difference_lines(BEFORE, NOW)
        self.push_screen(DifferenceScreen("demo.forecast city=Graz", "demo.forecast city=Wien", *told))

    def on_difference_screen_copy_requested(self, event: DifferenceScreen.CopyRequested) -> None:
        self.copied = event.text


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def test_how_a_difference_looks(
    size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]
) -> None:
    app = Stage()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "strong wind" in screen_text(app))
        assert screen_matches(app)
        await pilot.press("c")
        await until(pilot, lambda: "- /[b]old[~1b]  true" in app.copied)
        await pilot.press("slash", *"wind")
        await until(pilot, lambda: "1 of " in screen_text(app))
