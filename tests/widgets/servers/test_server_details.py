"""One server's lists: tabs, filter, selection, live changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual.app import App
from textual.widgets import Input

from services.catalog.entries import Catalog, Prompt, Resource, ResourceTemplate, Tool
from services.events import LogLine, ServerState, ServerStatus
from tests.support.screens import screen_text, until
from widgets.servers.details import ServerDetails
from widgets.servers.entry_list import EntryList
from widgets.servers.for_model import ForModel
from widgets.servers.log import ServerLog
from widgets.servers.tab_bar import TabBar
from widgets.views.line_view import LineView

if TYPE_CHECKING:
    from textual.app import ComposeResult

EVIL = "[/x][@click=app.quit]x[/]"
STATUS = ServerStatus("one", ServerState.READY, instructions="Be kind.\nAsk first.")


def tools(*names: str) -> tuple[Tool, ...]:
    return tuple(Tool("one", name, name, description=f"Does {name}.") for name in names)


CATALOG = Catalog(
    tools("add", "echo", "image", "wipe"),
    (Resource("one", "a:readme", "a:readme", "readme"), Resource("one", "a:logo", "a:logo", "logo")),
    (ResourceTemplate("one", "a:{path}", "a:{path}", "file"),),
    (),
)


class DetailsApp(App[None]):
    """The details of one server over the whole screen."""

    def __init__(self, status: ServerStatus = STATUS, catalog: Catalog = CATALOG) -> None:
        super().__init__()
        self.details = ServerDetails(
            status, catalog, (LogLine("one", "started", "lifecycle"),), local_time=lambda _at: "12:00:00"
        )
        self.chosen: list[str] = []
        self.switched: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.details

    def on_server_details_switch_wanted(self, event: ServerDetails.SwitchWanted) -> None:
        assert event.control is self.details
        self.switched.append(event.tool.raw_name)

    def on_server_details_chosen(self, event: ServerDetails.Chosen) -> None:
        self.chosen.append(event.entry.name)


def about(app: DetailsApp) -> str:
    return app.details.about.text


async def test_arrows_show_each_entry_and_enter_chooses_it() -> None:
    app = DetailsApp()

    async with app.run_test(size=(100, 30)) as pilot:
        assert isinstance(app.focused, EntryList)
        assert about(app).startswith("add\n")
        await pilot.press("down", "enter")
        assert about(app).startswith("echo\n")
        await pilot.press("end", "enter")
        await until(pilot, lambda: app.chosen == ["echo", "wipe"])


async def test_digits_and_arrows_change_the_tab_and_take_the_focus_along() -> None:
    app = DetailsApp()

    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("down", "2")
        assert about(app).startswith("readme\n")
        await pilot.press("down", "3")
        assert about(app).startswith("file\n")
        await pilot.press("4")
        await until(pilot, lambda: "No prompts." in screen_text(app))
        await pilot.press("5")
        await until(pilot, lambda: "Ask first." in screen_text(app))
        assert app.focused is app.details.instructions
        await pilot.press("right")
        assert isinstance(app.focused, ServerLog)
        await until(pilot, lambda: "12:00:00  note    started" in screen_text(app))
        await pilot.press("right")
        assert isinstance(app.focused, EntryList)
        assert about(app).startswith("echo\n"), "each tab keeps its own selection"


async def test_left_leads_to_the_tab_before() -> None:
    app = DetailsApp()

    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("3", "left")
        await until(pilot, lambda: app.details.kind == "resources")


async def test_a_long_description_is_scrolled_beside_the_list() -> None:
    long = Tool("one", "long", "long", description="\n\n".join(f"part {number}" for number in range(60)))
    app = DetailsApp(catalog=Catalog((long,)))

    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("shift+down", "shift+down")
        await until(pilot, lambda: app.details.about.scroll_offset.y == 6)
        await pilot.press("shift+up")
        await until(pilot, lambda: app.details.about.scroll_offset.y == 3)
        assert isinstance(app.focused, EntryList)


async def test_a_click_on_a_tab_opens_it() -> None:
    app = DetailsApp()

    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.click(TabBar, offset=(14, 0))
        await until(pilot, lambda: app.details.kind == "resources")


async def test_the_filter_narrows_the_list_by_every_word() -> None:
    app = DetailsApp()

    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("slash", *"does", "space", *"im")
        await until(pilot, lambda: [entry.name for entry in app.details.rows.entries] == ["image"])
        assert about(app).startswith("image\n")
        await pilot.press("enter")
        assert isinstance(app.focused, EntryList)
        await pilot.press("enter")
        await until(pilot, lambda: app.chosen == ["image"])
        await pilot.press("slash", *"zzz")
        await until(pilot, lambda: "Nothing matches the filter." in screen_text(app))
        await pilot.press("enter", "enter")
        assert app.chosen == ["image"]
        await pilot.press("slash", "escape")
        assert app.query_one("#filter", Input).value == ""
        assert len(app.details.rows.entries) == 4


async def test_lists_change_under_the_selection() -> None:
    app = DetailsApp()

    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("down", "down")
        app.details.catalog = Catalog(tools("aaa", "abc", "add", "image", "zzz"))
        await until(pilot, lambda: len(app.details.rows.entries) == 5)
        assert app.details.rows.cursor == 3
        assert about(app).startswith("image\n")
        app.details.catalog = Catalog(tools("aaa"))
        await until(pilot, lambda: about(app).startswith("aaa\n"))
        app.details.catalog = Catalog()
        await until(pilot, lambda: about(app) == "")
        await pilot.press("enter", "j", "end", "pagedown")
        assert app.chosen == []


async def test_an_unchanged_entry_keeps_its_place_in_view() -> None:
    long = Tool("one", "long", "long", description="\n".join(map(str, range(200))))
    app = DetailsApp(catalog=Catalog((long,)))

    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("shift+down", "shift+down")
        await until(pilot, lambda: app.details.about.scroll_offset.y == 6)
        app.details.catalog = Catalog((long, *tools("new")))
        await until(pilot, lambda: len(app.details.rows.entries) == 2)
        assert app.details.about.scroll_offset.y == 6


async def test_the_same_name_with_new_words_is_shown_anew() -> None:
    app = DetailsApp()

    async with app.run_test(size=(100, 30)) as pilot:
        app.details.catalog = Catalog((Tool("one", "add", "add", description="Adds better."),))
        await until(pilot, lambda: "Adds better." in about(app))


async def test_an_empty_list_says_why() -> None:
    app = DetailsApp(ServerStatus("one", ServerState.LOGIN_NEEDED), Catalog())

    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "Login needed." in screen_text(app))
        app.details.status = STATUS
        await until(pilot, lambda: "No tools." in screen_text(app))


async def test_log_lines_arrive_while_another_tab_is_in_front() -> None:
    app = DetailsApp()

    async with app.run_test(size=(100, 30)) as pilot:
        for number in range(100):
            app.details.append_log(LogLine("one", f"line {number} {EVIL}", "stderr"))

        await until(pilot, lambda: "6 Log 101" in screen_text(app))
        await pilot.press("6")
        await until(pilot, lambda: f"stderr  line 99 {EVIL}" in screen_text(app))


async def test_a_thousand_tools_are_no_more_widgets_than_one() -> None:
    many = tuple(
        Tool("one", f"tool_{n}", f"tool_{n}", description="words " * 50, input_schema={"type": "object"})
        for n in range(1_000)
    )
    app = DetailsApp(catalog=Catalog(many[:1]))

    async with app.run_test(size=(100, 30)) as pilot:
        widgets = len(app.query("*"))
        app.details.catalog = Catalog(many[::-1])
        await until(pilot, lambda: about(app).startswith("tool_0\n") and app.details.rows.cursor == 999)
        await pilot.press("slash", *"tool_99")
        await until(pilot, lambda: len(app.details.rows.entries) == 11)
        assert len(app.query("*")) - widgets < 10  # those of the line that searches


async def test_hostile_entries_are_text() -> None:
    schema = {"type": EVIL, "properties": {EVIL: {"description": EVIL, "enum": [EVIL]}}, "required": [EVIL]}
    app = DetailsApp(
        ServerStatus(EVIL, ServerState.READY, instructions=EVIL),
        Catalog(
            (Tool(EVIL, EVIL, EVIL, EVIL, EVIL, schema, schema),),
            (Resource(EVIL, EVIL, EVIL, EVIL, EVIL, EVIL, EVIL),),
            (ResourceTemplate(EVIL, EVIL, EVIL, EVIL, EVIL, EVIL, EVIL),),
            (Prompt(EVIL, EVIL, EVIL, EVIL, EVIL),),
        ),
    )

    async with app.run_test(size=(100, 40)) as pilot:
        for digit in "123456":
            await pilot.press(digit)
            await pilot.pause()
            assert digit == "6" or EVIL in screen_text(app)
            await pilot.click(LineView if digit == "5" else EntryList, offset=(6, 0))
            await pilot.click("#about", offset=(6, 0))

        assert app.is_running


FOR_MODEL = ForModel(frozenset({"echo"}), {"add": 120, "echo": 80, "image": 1_234}, 1_400)


async def test_a_key_switches_a_tool_off_for_the_model_and_on_again() -> None:
    app = DetailsApp()
    app.details.for_model = FOR_MODEL

    async with app.run_test(size=(100, 30)) as pilot:
        assert "off for the model" in screen_text(app)
        assert "about 120 tokens in each request" in about(app)
        await pilot.press("space", "down")
        assert "off for the model in this session" in about(app)
        await pilot.press("space")
        await until(pilot, lambda: app.switched == ["add", "echo"])
        app.details.for_model = replace(FOR_MODEL, off=frozenset())
        await until(pilot, lambda: "off for the model" not in screen_text(app))


def switch_key(app: DetailsApp) -> str:
    """What the footer says of the key."""
    active = app.screen.active_bindings.get("space")
    return active.binding.description if active is not None else ""


async def test_the_key_is_there_only_where_it_means_something() -> None:
    app = DetailsApp(
        catalog=replace(CATALOG, tools=(*CATALOG.tools, replace(CATALOG.tools[0], for_app_only=True)))
    )

    async with app.run_test(size=(100, 30)) as pilot:
        assert switch_key(app) == "", "no model is configured"
        app.details.for_model = FOR_MODEL
        await until(pilot, lambda: switch_key(app) == "model off")
        await pilot.press("down")
        assert switch_key(app) == "model on"
        await pilot.press("end")
        assert switch_key(app) == ""
        assert "not offered to the model" in about(app)
        await pilot.press("home", "2")
        assert switch_key(app) == ""
        await pilot.press("1")
        assert switch_key(app) == "model off"
        app.details.for_model = replace(FOR_MODEL, omitted=True)
        await until(pilot, lambda: switch_key(app) == "")


@pytest.mark.parametrize("width", [24, 30, 50])
async def test_the_mark_is_there_however_narrow_the_list_and_long_the_name(width: int) -> None:
    long = Tool("one", "a_tool_with_a_name_" * 4, "long")
    app = DetailsApp(catalog=Catalog((long,)))
    app.details.for_model = ForModel(frozenset({"long"}))

    async with app.run_test(size=(width, 30)):
        assert any(" a_tool" in line and "… off" in line for line in screen_text(app).splitlines())
