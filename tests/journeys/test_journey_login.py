"""Logging in at a real terminal without a browser: an address copied, the answer pasted and not shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.app.command_line.login_stage import LoginWorld, in_thread, leaks
from tests.journeys.conftest import table, to_history

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.conftest import Desk
    from tests.journeys.terminal import Terminal

FILE_STORE = 'mcp_oauth_credentials_store = "file"'


@pytest.fixture
def world() -> Iterator[LoginWorld]:
    with in_thread(LoginWorld()) as world:
        yield world


def address(terminal: Terminal) -> str:
    """The address that the terminal shows, as one copies it."""
    terminal.wait_for("(hidden):")
    found = re.search(rb"http://127\.0\.0\.1:\d+/authorize\S+", bytes(terminal.raw))
    assert found, terminal.screen
    return found[0].decode()


def test_the_pasted_answer_is_never_shown(desk: Desk, world: LoginWorld) -> None:
    desk.configure(FILE_STORE, table("web", url=world.url))
    terminal = desk.jackfield("mcp", "login", "web", "--no-browser")
    answer = world.answer(address(terminal))
    terminal.type(answer + "x" * 6000).press(*["Backspace"] * 6000, "Enter")
    terminal.wait_for("Logged in to MCP server 'web'.")
    assert terminal.wait_exit() == 0
    assert not leaks(bytes(terminal.raw))
    assert terminal.unrestored() == []


def test_a_server_that_is_added_is_logged_in_to_at_once(desk: Desk, world: LoginWorld) -> None:
    desk.configure(FILE_STORE)
    terminal = desk.jackfield("mcp", "add", "web", "--url", world.url)
    terminal.type(world.answer(address(terminal))).press("Enter")
    assert terminal.wait_exit() == 0
    assert "Added MCP server 'web'." in terminal.screen
    assert "Logged in to MCP server 'web'." in terminal.screen


def test_ctrl_c_ends_a_login_with_one_plain_line(desk: Desk, world: LoginWorld) -> None:
    desk.configure(FILE_STORE, table("web", url=world.url))
    terminal = desk.jackfield("mcp", "login", "web")
    address(terminal)
    terminal.press("Ctrl+C")
    assert terminal.wait_exit(5) == 130
    assert terminal.screen.rstrip().endswith("Cancelled.")
    assert terminal.unrestored() == []


def test_in_the_session_the_server_connects_after_the_login(desk: Desk, world: LoginWorld) -> None:
    desk.configure(FILE_STORE, table("web", url=world.url))
    terminal = desk.jackfield()
    terminal.wait_for("The web MCP server is not logged in. Run /mcp login web.")
    terminal.type("/mcp login web").press("Enter")
    terminal.wait_for("waiting for the browser")
    to_history(terminal)
    terminal.press("c")
    terminal.wait_for("Copied the address.")
    terminal.press("F2")
    terminal.wait_for("reconnect all")
    terminal.press("l")
    terminal.wait_for("What you paste is not shown")
    terminal.type(world.answer(copied(terminal))).press("Enter")
    terminal.wait_for("Logged in to web")
    terminal.wait_for("1 ready")
    assert not leaks(bytes(terminal.raw))


def copied(terminal: Terminal) -> str:
    """What the program last put into the terminal's clipboard (OSC 52)."""
    from base64 import b64decode

    found = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07", bytes(terminal.raw))
    return b64decode(found[-1]).decode()
