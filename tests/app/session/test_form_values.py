"""Values that a server proposes, in the form of a prompt or a template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import App

from app.session.screens.form import FormScreen
from app.themes import DEFAULT_THEME, register_themes
from services.errors import NotReady
from tests.support.screens import screen_text, until

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"land": {"type": "string"}, "town": {"type": "string", "description": "where"}},
    "required": ["town"],
}
TOWNS = ("Bern", "Berlin [/x]", "Paris")


class Stage(App[None]):
    """A form whose server knows some towns."""

    def __init__(self) -> None:
        super().__init__()
        self.form = FormScreen("maps.go", "", SCHEMA, complete=self._complete)
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.left: list[Any] = []
        self.fails = False

    def on_mount(self) -> None:
        register_themes(self)
        self.theme = DEFAULT_THEME
        self.push_screen(self.form, self.left.append)

    async def _complete(self, name: str, value: str, others: Mapping[str, str]) -> tuple[str, ...]:
        self.asked.append((name, value, dict(others)))
        if self.fails:
            raise NotReady("gone")
        return tuple(town for town in TOWNS if town.startswith(value)) if name == "town" else ()


async def test_values_are_offered_after_a_pause_and_taken_one_after_the_other() -> None:
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "^y Bern · Berlin [/x] · Paris" in screen_text(app))
        await pilot.press("B", "e")
        await until(pilot, lambda: "^y Bern · Berlin [/x]  " in screen_text(app))
        assert ("town", "B", {}) not in app.asked
        await pilot.press("ctrl+y")
        await until(pilot, lambda: app.form.form.entries["town"] == "Bern")
        await until(pilot, lambda: "^y Bern" in screen_text(app))
        await pilot.press("ctrl+y")
        await until(pilot, lambda: app.form.form.entries["town"] == "Berlin [/x]")
        await pilot.press("up", "x")
        await until(pilot, lambda: app.asked[-1] == ("land", "x", {"town": "Berlin [/x]"}))
        await until(pilot, lambda: "^y" not in screen_text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.left == [{"land": "x", "town": "Berlin [/x]"}])


async def test_a_server_that_fails_costs_nothing() -> None:
    app = Stage()
    app.fails = True
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: bool(app.asked))
        await pilot.press("B", "ctrl+y", "c")
        await until(pilot, lambda: len(app.asked) == 2)
        assert "where" in screen_text(app)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.left == [{"town": "Bc"}])
