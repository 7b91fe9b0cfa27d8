"""A server whose every text is an attack: none of it acts, none of it reaches the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.conftest import quick

if TYPE_CHECKING:
    from tests.journeys.conftest import Desk
    from tests.journeys.terminal import Terminal

FORBIDDEN = (
    b"\x1b]52;",
    b"owned\x07",
    b"\x1b]0;owned",
    "\u202e".encode(),
    "\u2066".encode(),
    "\x9b31m".encode(),
    "\x9d0;".encode(),
)


@pytest.fixture
def hostile(desk: Desk) -> Terminal:
    desk.configure(quick("evil", "--hostile", "--junk"))
    terminal = desk.jackfield()
    terminal.wait_for("1 ready")
    return terminal


def harmless(terminal: Terminal) -> bool:
    assert terminal.exit_status is None
    return [bad for bad in FORBIDDEN if bad in terminal.raw] == []


def test_lists_and_logs_are_harmless(hostile: Terminal) -> None:
    for line, shown in (
        ("/tools evil", "Echo"),
        ("/resources evil", "quick://"),
        ("/prompts evil", "greet"),
        ("/mcp verbose", "evil"),
        ("/log evil", "hostile line"),
    ):
        hostile.type(line).press("Enter")
        hostile.wait_for(shown)
    assert harmless(hostile)


def test_results_and_errors_are_harmless(hostile: Terminal) -> None:
    # The tool's own name ends in an attack; the list shows what is left of it.
    hostile.type("/call evil ").wait_for("echo[/x][@click=app.quit]x[/]")
    hostile.press("Ctrl+U")
    hostile.type("/read evil quick://text").press("Enter")
    hostile.wait_for(lambda screen: "✓ evil" in screen or "✗ evil" in screen)
    assert harmless(hostile)


def test_a_server_name_may_hold_anything(desk: Desk) -> None:
    desk.configure(quick("[/x][@click=app.quit]x[/] \u202e"))
    terminal = desk.jackfield()
    # It is refused, shown as it is, and does nothing.
    terminal.wait_for("1 invalid")
    terminal.type("/mcp").press("Enter")
    terminal.wait_for(lambda screen: screen.count("[/x][@click=app.quit]x[/]") > 1)
    assert harmless(terminal)
