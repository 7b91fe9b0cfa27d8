"""The finder's screen: found by words, opened, looked at, left and found again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App

from app.session.screens.finder import FinderScreen, Kept
from app.session.screens.form import FormScreen
from app.session.screens.server import ServerScreen
from app.themes import DEFAULT_THEME, register_themes
from services.catalog.entries import Catalog, Prompt, Tool
from services.events import CatalogChanged
from services.finder.catalogs import Catalogs
from services.finder.finder import Finder
from tests.app.conftest import session
from tests.app.session.test_server_screen import CATALOG
from tests.support.screens import screen_text, type_at_once, until
from tests.support.servers import demo, quick

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from services.finder.items import Item

EVIL = "[/x][@click=app.quit]x[/]"
MAIL = Catalog(
    (
        Tool(
            "mail",
            "sendMessage",
            "sendMessage",
            description="Sends a message\nwith the weather",
            destructive=True,
        ),
    ),
    prompts=(Prompt("mail", "summary", "summary", description="Sums up a thread"),),
)


class FinderApp(App[None]):
    """An app that opens the finder over some servers and keeps what is asked of it."""

    def __init__(self, *catalogs: tuple[str, Catalog], words: str = "") -> None:
        super().__init__()
        register_themes(self)
        self.theme = DEFAULT_THEME
        self.catalogs = dict(catalogs or (("weather", CATALOG), ("mail", MAIL)))
        self.finder = Finder(Catalogs(self))
        self.left: list[Kept] = []
        self.shown = FinderScreen(self.finder, self.tokens, None, Kept(words), self.left.append)
        self.chosen: list[str] = []
        self.servers_wanted: list[str] = []

    def servers(self) -> Sequence[str]:
        return tuple(self.catalogs)

    def catalog(self, server: str) -> Catalog:
        return self.catalogs[server]

    def tokens(self, item: Item) -> int:
        return 120 * (item.kind == "tool")

    def on_mount(self) -> None:
        self.push_screen(self.shown)

    def on_finder_screen_chosen(self, event: FinderScreen.Chosen) -> None:
        self.chosen.append(event.item.name)

    def on_finder_screen_server_wanted(self, event: FinderScreen.ServerWanted) -> None:
        self.servers_wanted.append(event.item.server)


async def test_words_are_typed_and_enter_opens_what_fits_best_however_fast() -> None:
    app = FinderApp()
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "sendMessage" in screen_text(app))
        await type_at_once(pilot, *"forecast", "enter")
        await until(pilot, lambda: app.chosen == ["forecast"])
        await pilot.press("f2", "tab")
        await until(
            pilot, lambda: app.servers_wanted == ["weather"] and "Days to look ahead" in screen_text(app)
        )
        await pilot.press("escape")
        assert app.screen is app.shown
        await pilot.press("escape")
        await until(pilot, lambda: [kept.words for kept in app.left] == ["forecast"])


async def test_the_last_words_stand_there_again_and_typing_replaces_them() -> None:
    app = FinderApp(words="station")
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "6 of 13" in screen_text(app))
        await pilot.press(*"thread")
        await until(pilot, lambda: "1 of 13" in screen_text(app) and "summary" in screen_text(app))
        await pilot.press(*"zzz")
        await until(pilot, lambda: "Nothing fits “threadzzz”." in screen_text(app))
        await pilot.press("enter", "f2", "tab")
        assert app.chosen == []


async def test_lists_that_change_meanwhile_are_found_and_the_selection_stays() -> None:
    app = FinderApp()
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "sendMessage" in screen_text(app))
        await pilot.press("down", "down")
        selected = app.shown.rows.selected
        app.catalogs["weather"] = replace(CATALOG, tools=CATALOG.tools[1:])
        app.shown.take_event(CatalogChanged("weather", "tools"))
        await until(pilot, lambda: "forecast" not in screen_text(app))
        assert app.shown.rows.selected == selected


async def test_hostile_names_are_drawn_as_the_text_they_are() -> None:
    tool = Tool("evil", EVIL, EVIL, EVIL, f"{EVIL}\n" + "x" * 10_000, {"properties": {EVIL: {}}})
    app = FinderApp(("evil", Catalog((tool, replace(tool, name="n" * 10_000)))))
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: EVIL in screen_text(app))
        await pilot.press("tab", *"click")
        await until(pilot, lambda: screen_text(app).count(EVIL) > 3)
        await pilot.press("down", "enter")
        await until(pilot, lambda: len(app.chosen) == 1)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)], ids=["120x40", "80x24", "40x12"])
async def test_how_it_looks(size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]) -> None:
    app = FinderApp()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "forecast" in screen_text(app))
        await pilot.press(*"weather")
        await until(pilot, lambda: "of 13" in screen_text(app))
        if size[0] > 100:
            await pilot.press("tab")
            await until(pilot, lambda: "Input schema" in screen_text(app))
        assert screen_matches(app)


async def test_a_form_that_is_left_leads_back_and_one_that_is_sent_shows_its_call() -> None:
    async with session(demo()) as s:
        await s.pilot.press("ctrl+k")
        await s.until(lambda: isinstance(s.app.screen, FinderScreen))
        finder = s.app.screen
        assert isinstance(finder, FinderScreen)
        field = finder.field
        await s.pilot.press(*"add numbers")
        await s.until(lambda: "1 of" in screen_text(s.app))
        await s.pilot.press("enter")
        await s.until(lambda: isinstance(s.app.screen, FormScreen))
        await s.pilot.press("escape")
        await s.until(lambda: s.app.screen_stack[-1] is finder and field.value == "add numbers")
        await s.pilot.press("f2")
        await s.until(lambda: isinstance(s.app.screen, ServerScreen))
        await s.pilot.press("escape")
        await s.until(lambda: s.app.screen is finder)
        await s.pilot.press("enter")
        await s.until(lambda: isinstance(s.app.screen, FormScreen) and s.app.screen.form.has_focus_within)
        await s.pilot.press("1", "tab", "2", "ctrl+s")
        await s.sees("1 + 2 = 3")
        assert s.app.screen is s.app.session
        await s.pilot.press("ctrl+k")
        await s.until(lambda: isinstance(s.app.screen, FinderScreen) and "add numbers" in screen_text(s.app))
        await s.pilot.press(*"welcome")
        await s.until(lambda: "of" in screen_text(s.app).splitlines()[0])
        await s.pilot.press("enter")
        await s.sees("Welcome to the demo server")
        assert s.app.screen is s.app.session


async def test_control_k_deletes_to_the_end_of_a_line_and_finds_at_its_end() -> None:
    async with session(quick()) as s:
        s.app.session.composer.fill("/call quick echo")
        await s.pilot.press("home", "right", "right", "ctrl+k")
        await s.until(lambda: s.app.session.composer.text == "/c")
        assert s.app.screen is s.app.session
        await s.pilot.press("ctrl+k")
        await s.until(lambda: isinstance(s.app.screen, FinderScreen))
        await s.pilot.press("escape")
        await s.until(lambda: s.app.screen is s.app.session)
        assert s.app.session.composer.text == "/c"


@pytest.mark.parametrize(
    ("written", "found"),
    [("numbers add", "numbers add"), ("/call de", ""), ("two\nlines", ""), ("w" * 90, "")],
)
async def test_control_k_looks_for_what_is_written(written: str, found: str) -> None:
    async with session(wait=False) as s:
        s.app.session.composer.fill(written)
        await s.pilot.press("ctrl+k")
        await s.until(lambda: isinstance(s.app.screen, FinderScreen))
        assert isinstance(s.app.screen, FinderScreen) and s.app.screen.field.value == found
        await s.pilot.press("escape")
        await s.until(lambda: s.app.screen is s.app.session)
        assert s.app.session.composer.text == written


async def test_the_palette_finds_what_the_finder_finds() -> None:
    async with session(demo()) as s:
        await s.pilot.press("ctrl+p", *"sbays back")
        await s.until(lambda: "demo.echo" in screen_text(s.app))


async def test_a_tool_is_called_by_the_name_that_cells_print() -> None:
    async with session(demo(), quick()) as s:
        await s.answers("demo.add a=1 b=2", "1 + 2 = 3")
        await s.answers("/call add a=2 b=2", "2 + 2 = 4")
        await s.answers("/call echo", 'Several servers have a tool "echo": demo, quick.')
        await s.answers("/tools numbers add", "add")
