from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App, ComposeResult
from textual.command import CommandList, CommandPalette
from textual.widgets import Static

from app.session.palette import PaletteLine, SlashCommands, palette_lines
from app.slash.parse import Invocation, parse
from services.catalog.entries import Catalog
from tests.app.slash.world import World
from tests.support.screens import until

if TYPE_CHECKING:
    from textual.pilot import Pilot

HOSTILE = "[/x][@click=app.quit]x[/]\x1b]0;owned\x07"


class Host(App[None]):
    """An App that writes down what the palette asks for."""

    COMMANDS = {SlashCommands}

    def __init__(self, servers: tuple[str, ...] = ("demo", "my files", HOSTILE)) -> None:
        super().__init__()
        self.servers = servers
        self.ran: list[str] = []
        self.filled: list[str] = []

    def compose(self) -> ComposeResult:
        yield Static("history")

    def run_slash(self, text: str) -> None:
        self.ran.append(text)

    def fill_composer(self, text: str) -> None:
        self.filled.append(text)

    def server_names(self) -> tuple[str, ...]:
        return self.servers


def shown(app: Host) -> list[str]:
    """The hits in sight, without what they mean."""
    if not isinstance(app.screen, CommandPalette):
        return []
    options = app.screen.query_one(CommandList).options
    return [str(option.prompt).partition("\n")[0] for option in options]


async def find(pilot: Pilot[None], query: str, first: str) -> None:
    """Type into the palette until the best hit is the one that is looked for."""
    app = pilot.app
    assert isinstance(app, Host)
    await pilot.press("ctrl+p", *query)
    await until(pilot, lambda: bool(shown(app)) and shown(app)[0].startswith(first))


async def test_every_command_is_there() -> None:
    app = Host(())
    async with app.run_test(size=(80, 54)) as pilot:
        await find(pilot, "", "State of all servers")
        lines = [line.rpartition("  ")[2] for line in shown(app)]
    assert lines == [
        "/mcp", "/mcp verbose", "/mcp login", "/mcp logout", "/mcp reconnect", "/mcp enable", "/mcp disable",
        "/mcp add", "/mcp remove", "/mcp restore", "/mcp trust", "/import", "/trace", "/trace model",
        "/log", "/roots", "/roots add", "/roots remove",
        "/tools", "/call", "/resources", "/read", "/follow", "/prompts", "/prompt",
        "/tasks", "/tasks open", "/tasks get", "/tasks cancel", "/skills", "/saved", "/saved run",
        "/model", "/model login", "/model logout", "/retry", "/undo", "/compact",
        "/approvals", "/history", "/export", "/clear", "/theme", "/terminal", "/help", "/quit",
    ]  # fmt: skip


async def test_a_complete_command_runs() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await find(pilot, "reconnect demo", "Reconnect demo")
        await pilot.press("enter")
        await until(pilot, lambda: app.ran == ["/mcp reconnect demo"])
        assert app.filled == []


async def test_a_command_that_needs_more_fills_the_composer() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await find(pilot, "call my", "Call a tool of my files…")
        await pilot.press("enter")
        await until(pilot, lambda: app.filled == ['/call "my files" '])
        assert app.ran == []


async def test_the_prompts_of_a_server_are_begun_from_there() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await find(pilot, "prompt my model", "Give a prompt of my files to the model…")
        await pilot.press("enter")
        await until(pilot, lambda: app.filled == ['/"my files":'])


async def test_the_slash_name_finds_it_too() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await find(pilot, "/quit", "Quit")


async def test_hostile_server_names_are_drawn_as_text_and_do_nothing() -> None:
    app = Host()
    async with app.run_test(size=(120, 30)) as pilot:
        await find(pilot, "log of [/x]", "Log of [/x][@click=app.quit]x[/]")
        assert "\x1b" not in app.export_screenshot()
        await pilot.press("enter")
        await until(pilot, lambda: app.ran == ['/log "[/x][@click=app.quit]x[/]"'])
    assert isinstance(parse(app.ran[0], World({HOSTILE: Catalog()})), Invocation)


def test_every_line_that_runs_is_a_whole_command() -> None:
    world = World({"demo": Catalog(), "verbose": Catalog(), 'a "b"': Catalog()})
    lines = list(palette_lines(world.servers()))
    assert PaletteLine("State of verbose", '/mcp "verbose"', "Show the state of the servers", True) in lines
    for line in lines:
        assert isinstance(parse(line.line, world), Invocation) == line.runs, line


async def test_a_name_that_fits_in_many_ways_costs_no_more() -> None:
    # Textual's own matcher takes minutes for this, which is longer than any test may.
    app = Host(("a" * 80,))
    async with app.run_test() as pilot:
        await pilot.press("ctrl+p", *"aaaaaaaaaaaaoaaaaaaaa")
        await pilot.press("escape")
