"""One server's own screen: what it answers, what it is fed, how it looks."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App

from app.session.screens.server import EntryChosen, ServerScreen, ServerView
from app.session.screens.viewer import Viewer
from app.themes import DEFAULT_THEME, register_themes
from services.catalog.entries import Catalog, Prompt, PromptArgument, Resource, ResourceTemplate, Tool
from services.events import LogLine, ServerState, ServerStatus
from tests.support.screens import screen_text, until
from widgets.servers.for_model import ForModel

if TYPE_CHECKING:
    from collections.abc import Callable


FORECAST = {
    "type": "object",
    "properties": {
        "city": {
            "type": "string",
            "description": "Where: a city by name, or coordinates as two numbers with a comma between them",
            "minLength": 2,
            "maxLength": 80,
        },
        "days": {
            "type": "integer",
            "minimum": 1,
            "maximum": 14,
            "default": 3,
            "description": "Days to look ahead",
        },
        "units": {"enum": ["metric", "imperial"], "default": "metric"},
    },
    "required": ["city"],
}
SKY = {
    "type": "object",
    "properties": {"temperature": {"type": "number"}, "sky": {"type": "string"}},
    "required": ["temperature"],
}
CATALOG = Catalog(
    (
        Tool(
            "weather",
            "forecast",
            "forecast",
            "Weather forecast",
            "The weather of the coming days.\n\nAsks three services and takes the middle. Counts against the "
            "daily limit of the key, so ask once for all the days that you need.",
            FORECAST,
            SKY,
            read_only=True,
            idempotent=True,
            open_world=True,
        ),
        Tool(
            "weather",
            "delete_station",
            "delete_station",
            "",
            "Removes a station and all that it measured.",
            {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]},
            read_only=False,
            destructive=True,
        ),
        *(
            Tool("weather", name, name, "", f"Does {name}.", {"type": "object"})
            for name in ("list_stations", "add_station", "rename_station", "units", "about")
        ),
    ),
    (
        Resource(
            "weather",
            "weather://stations",
            "weather://stations",
            "stations",
            "All stations",
            "Every station there is.",
            "application/json",
            21_400,
        ),
        Resource(
            "weather",
            "weather://map.png",
            "weather://map.png",
            "map",
            mime_type="image/png",
            size=3_120_000,
        ),
    ),
    (ResourceTemplate("weather", "weather://station/{id}", "weather://station/{id}", "station"),),
    (
        Prompt(
            "weather",
            "packing",
            "packing",
            "What to pack",
            "A list for the suitcase",
            (PromptArgument("city", "Where to", True), PromptArgument("days", "How long")),
        ),
    ),
)
READY = ServerStatus(
    "weather",
    ServerState.READY,
    since=760.0,
    tools=7,
    resources=2,
    templates=1,
    prompts=1,
    protocol="2025-11-25",
    latency=0.003,
    pid=4711,
    identity="weather-mcp 2.0.1",
    address="uvx weather-mcp --cache",
    instructions="Ask for a forecast before you recommend clothes.\nDegrees are Celsius.",
)
FAILED = ServerStatus(
    "weather",
    ServerState.FAILED,
    cause='exit status 3: "no such option: --cache"',
    hint="Mend args in `mcp_servers.weather`, then press c.",
    address="uvx weather-mcp --cache",
)
LOG = (
    LogLine("weather", "started: uvx weather-mcp --cache (pid 4711)", "lifecycle", at=1_700_000_000),
    LogLine("weather", "INFO:weather:loaded 214 stations", "stderr", at=1_700_000_001),
    LogLine("weather", "cache is 3 days old", "server", "warning", 1_700_000_002, "cache"),
    LogLine("weather", "Traceback (most recent call last):", "stderr", at=1_700_000_003),
    LogLine(
        "weather",
        "station 12 does not answer: [Errno 111] connection refused, and this line is longer than the "
        "screen is wide, so that it has to wrap",
        "server",
        "error",
        1_700_000_004,
        "poll",
    ),
    LogLine("weather", "Hello from print()", "stdout", at=1_700_000_005),
)
EVIL = "[/x][@click=app.quit]x[/]"


class ServerApp(App[None]):
    """An app that opens one server and keeps what the screen asks for."""

    def __init__(
        self,
        status: ServerStatus = READY,
        catalog: Catalog = CATALOG,
        log: tuple[LogLine, ...] = LOG,
        for_model: ForModel | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        register_themes(self)
        self.theme = DEFAULT_THEME
        self.server = ServerScreen(
            ServerView(status, catalog, log, for_model),
            clock=lambda: 1000.0,
            local_time=lambda at: time.strftime("%H:%M:%S", time.gmtime(at)),
            **options,
        )
        self.answers: list[EntryChosen | None] = []
        self.asked: list[tuple[str, str]] = []
        self.switched: list[tuple[str, str]] = []

    def on_mount(self) -> None:
        self.push_screen(self.server, self.answers.append)

    def on_server_screen_tool_switched(self, event: ServerScreen.ToolSwitched) -> None:
        self.switched.append((event.server, event.tool))

    def on_server_screen_action_requested(self, event: ServerScreen.ActionRequested) -> None:
        self.asked.append((event.server, event.action))


async def test_enter_answers_with_the_entry() -> None:
    app = ServerApp()

    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.answers == [EntryChosen("weather", CATALOG.tools[1])])


@pytest.mark.parametrize(
    ("digit", "entry"), [("2", CATALOG.resources[0]), ("3", CATALOG.templates[0]), ("4", CATALOG.prompts[0])]
)
async def test_so_do_resources_templates_and_prompts(digit: str, entry: Any) -> None:
    app = ServerApp()

    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(digit, "enter")
        await until(pilot, lambda: app.answers == [EntryChosen("weather", entry)])


async def test_escape_leaves_the_filter_first_and_then_the_screen() -> None:
    app = ServerApp()

    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("slash", "x", "escape")
        assert app.screen is app.server
        await pilot.press("escape")
        await until(pilot, lambda: app.answers == [None])


async def test_keys_ask_the_app_and_the_screen_stays() -> None:
    app = ServerApp()

    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("c", "d", "e")
        app.server.status = FAILED
        await until(pilot, lambda: "failed" in screen_text(app))
        await pilot.press("c", "d")
        await until(pilot, lambda: len(app.asked) == 4)
        assert app.screen is app.server

    assert app.asked == [
        ("weather", "reconnect"),
        ("weather", "disconnect"),
        ("weather", "disable"),
        ("weather", "connect"),
    ]


async def test_what_happens_meanwhile_is_shown() -> None:
    app = ServerApp(ServerStatus("weather", ServerState.STARTING, since=998.0), Catalog(), ())

    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "starting… 2 s" in screen_text(app))
        app.server.append_log(LogLine("weather", "hello", "stderr", at=0.0))
        app.server.status = READY
        app.server.catalog = CATALOG
        await until(pilot, lambda: "1 Tools 7" in screen_text(app) and "6 Log 1" in screen_text(app))
        await pilot.press("g")
        await until(pilot, lambda: "stderr  hello" in screen_text(app))


async def test_news_of_a_closed_screen_is_dropped() -> None:
    app = ServerApp()

    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("escape")
        await until(pilot, lambda: app.answers == [None])
        app.server.status = FAILED
        app.server.catalog = Catalog()
        app.server.append_log(*LOG)
        await pilot.pause()
        assert app.is_running


async def test_a_key_logs_out_where_somebody_logged_in() -> None:
    app = ServerApp(replace(READY, transport="http", auth="oauth"))

    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("o")
        await until(pilot, lambda: app.asked == [("weather", "logout")])


FOR_MODEL = ForModel(frozenset({"delete_station"}), {"forecast": 214}, 1_236)


async def test_a_tool_is_switched_off_for_the_model_and_the_head_says_what_the_server_costs() -> None:
    app = ServerApp(for_model=FOR_MODEL)

    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "1.2k tokens for the model · 1 off" in screen_text(app))
        await pilot.press("space", "down", "space")
        await until(pilot, lambda: app.switched == [("weather", "forecast"), ("weather", "delete_station")])
        app.server.for_model = ForModel(omitted=True)
        await until(pilot, lambda: "not offered to the model" in screen_text(app))
        app.server.for_model = None
        await until(pilot, lambda: "model" not in screen_text(app).splitlines()[0])


async def test_it_can_open_on_its_log() -> None:
    app = ServerApp(tab="log")

    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "22:13:25  stdout  Hello from print()" in screen_text(app))


async def test_an_entry_can_be_seen_as_json() -> None:
    app = ServerApp()

    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("j")
        await until(pilot, lambda: isinstance(app.screen, Viewer) and '"inputSchema"' in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.server)


async def test_hostile_words_neither_act_nor_break() -> None:
    status = ServerStatus(EVIL, ServerState.READY, identity=EVIL, address=EVIL, protocol=EVIL, cause=EVIL)
    log = tuple(
        LogLine(EVIL, EVIL, source, logger=EVIL) for source in ("stderr", "server", "lifecycle", "stdout")
    )
    tool = Tool(EVIL, EVIL, EVIL, EVIL, EVIL, {EVIL: EVIL, "properties": {EVIL: EVIL}})
    app = ServerApp(status, Catalog((tool,)), log)

    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: EVIL in screen_text(app))
        await pilot.click(offset=(9, 0))
        await pilot.click(offset=(9, 1))
        await pilot.press("j")
        await until(pilot, lambda: isinstance(app.screen, Viewer))
        await pilot.press("escape", "6")
        await until(pilot, lambda: screen_text(app).count(EVIL) >= 6)
        await pilot.click(offset=(30, 6))
        assert app.is_running


@pytest.mark.parametrize(
    ("size", "keys"),
    [
        pytest.param((120, 40), (), id="tools-120x40"),
        pytest.param((80, 24), ("down",), id="tools-80x24"),
        pytest.param((40, 12), (), id="tools-40x12"),
        pytest.param((80, 24), ("2",), id="resources-80x24"),
        pytest.param((80, 24), ("5",), id="instructions-80x24"),
        pytest.param((120, 40), ("6",), id="log-120x40"),
        pytest.param((40, 12), ("6",), id="log-40x12"),
        pytest.param((80, 24), ("slash", *"sta"), id="filter-80x24"),
    ],
)
async def test_how_it_looks(
    size: tuple[int, int], keys: tuple[str, ...], screen_matches: Callable[[App[Any]], bool]
) -> None:
    app = ServerApp()

    async with app.run_test(size=size) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        assert screen_matches(app)


@pytest.mark.parametrize("size", [pytest.param((120, 40), id="120x40"), pytest.param((80, 24), id="80x24")])
async def test_how_it_looks_with_a_model(
    size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]
) -> None:
    app = ServerApp(for_model=FOR_MODEL)

    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert screen_matches(app)


async def test_a_failed_server(screen_matches: Callable[[App[Any]], bool]) -> None:
    app = ServerApp(FAILED, Catalog())

    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert screen_matches(app)


@pytest.mark.parametrize("size", [(1, 1), (10, 4), (300, 80)])
async def test_no_size_breaks_it(size: tuple[int, int]) -> None:
    app = ServerApp()

    async with app.run_test(size=size) as pilot:
        await pilot.press("down", "6", "end", "1")
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "Tools" in screen_text(app))
