"""Servers nobody here wrote, in the session: seen, called, answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.test_journey_questions import taken_by_itself
from tests.peers import servers
from tests.peers.conftest import everything_url, peers_installed

if TYPE_CHECKING:
    from tests.journeys.conftest import Desk
    from tests.journeys.terminal import Terminal

__all__ = ("everything_url", "peers_installed")  # fixtures used here

pytestmark = pytest.mark.peer


@pytest.fixture(params=["stdio", "http"])
def everything(desk: Desk, request: pytest.FixtureRequest) -> tuple[Terminal, str]:
    """`jackfield run` on server-everything, and the name it goes by."""
    if request.param == "http":
        name, words = "127.0.0.1", [request.getfixturevalue("everything_url")]
    else:
        command, args = servers.everything_stdio()
        name, words = "index", ["--", command, *args]  # after the script that node runs
    terminal = desk.jackfield("run", *words)
    terminal.wait_for("1 ready", timeout=30)
    terminal.wait_for("^n no", timeout=30)  # it asks for directories as soon as it is ready
    terminal.press("Ctrl+N")
    terminal.wait_for("was told of no directory")
    return terminal, name


def test_its_tiny_image_is_drawn(everything: tuple[Terminal, str]) -> None:
    terminal, name = everything
    terminal.type(f"/call {name} get-tiny-image").press("Enter")
    terminal.wait_for("tool result (image output)")


def test_its_long_form_is_answered(everything: tuple[Terminal, str]) -> None:
    terminal, name = everything
    terminal.type(f"/call {name} trigger-elicitation-request").press("Enter")
    terminal.wait_for("Your full, legal name")
    taken_by_itself(terminal)
    terminal.type("Bob").press("Ctrl+S")
    terminal.wait_for("- Name: Bob")


def test_it_is_gone_afterwards(everything: tuple[Terminal, str]) -> None:
    terminal, _ = everything
    terminal.press("Ctrl+Q")
    assert terminal.wait_exit() == 0
    assert terminal.leftovers() == {}
