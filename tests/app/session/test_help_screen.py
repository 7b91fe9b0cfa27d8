"""Keys and slash commands on a screen of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App
from textual.binding import Binding, BindingType

from app.session.screens.help import HelpScreen, help_lines, key_rows
from app.themes import DEFAULT_THEME, register_themes
from tests.support.screens import screen_text, until
from widgets.servers.mcp_status import McpStatus

if TYPE_CHECKING:
    from collections.abc import Callable


COMMANDS = (
    ("/mcp [verbose | NAME]", "Show the state of the servers", "Servers"),
    ("/mcp reconnect NAME", "Connect a server again", "Servers"),
    ("/log SERVER", "Show the log of a server", "Servers"),
    ("/call SERVER TOOL [arguments]", "Call a tool; without arguments a form asks for them", "Tools"),
    ("/prompt SERVER NAME [key=value…]", "Get a prompt", "Tools"),
    ("/help", "Show commands and keys", "Session"),
    ("/quit", "Leave", "Session"),
)
EVIL = "[/x][@click=app.quit]x[/]"


class HelpApp(App[None]):
    """An app that opens the help."""

    def __init__(self, *more: tuple[str, str, str]) -> None:
        super().__init__()
        register_themes(self)
        self.theme = DEFAULT_THEME
        self.help = HelpScreen([*COMMANDS, *more], key_rows("MCP status", McpStatus.BINDINGS))
        self.closed = False

    def on_mount(self) -> None:
        self.push_screen(self.help, lambda _none: setattr(self, "closed", True))


def test_keys_are_read_from_the_bindings_that_work() -> None:
    bindings: list[BindingType] = [
        Binding("ctrl+s", "accept", "accept"),
        Binding("f1,question_mark", "help", "help"),
        Binding("c", "connect", "connect"),
        Binding("c", "reconnect", "reconnect"),
        Binding("x", "secret"),
        ("pageup", "page", "page up"),
    ]

    assert key_rows("Here", bindings) == [
        ("ctrl+s", "accept", "Here"),
        ("f1", "help", "Here"),
        ("?", "help", "Here"),
        ("c", "connect, reconnect", "Here"),
        ("pgup", "page up", "Here"),
    ]


def test_on_narrow_screens_what_it_does_stands_below() -> None:
    wide = [line.text for line in help_lines(COMMANDS, (), 100)]
    narrow = [line.text for line in help_lines(COMMANDS, (), 40)]

    assert "  /quit" + " " * 29 + "Leave" in wide
    assert narrow[-2:] == ["  /quit", "    Leave"]
    assert help_lines((), (), 80) == []


@pytest.mark.parametrize("key", ["escape", "q", "f1"])
async def test_a_key_closes_it(key: str) -> None:
    app = HelpApp()

    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key)
        await until(pilot, lambda: app.closed)


async def test_a_word_can_be_looked_for() -> None:
    app = HelpApp()

    async with app.run_test(size=(80, 14)) as pilot:
        await until(pilot, lambda: "/mcp" in screen_text(app))
        await pilot.press("slash", *"reconnect all")
        await until(pilot, lambda: "reconnect all" in screen_text(app) and "1 of 1" in screen_text(app))
        await pilot.press("z")
        await until(pilot, lambda: "not found" in screen_text(app))
        await pilot.press("escape")
        assert not app.closed
        await pilot.press("escape")
        await until(pilot, lambda: app.closed)


async def test_words_are_never_markup() -> None:
    app = HelpApp((EVIL, EVIL, EVIL))

    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: screen_text(app).count(EVIL) == 3)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)], ids=["120x40", "80x24", "40x12"])
async def test_how_it_looks(size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]) -> None:
    app = HelpApp()

    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "/mcp" in screen_text(app))
        assert screen_matches(app)
