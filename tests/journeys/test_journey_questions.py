"""Questions of servers: accepted, declined, cancelled, on both protocol eras."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.journeys.conftest import table
from tests.support.places import ROOT

if TYPE_CHECKING:
    from tests.journeys.conftest import Desk
    from tests.journeys.terminal import Terminal

ELSEWHERE = "^o answer"
"""What a question says while the keys go elsewhere."""


@pytest.fixture(params=["legacy", "2026-07-28"])
def asked(desk: Desk, request: pytest.FixtureRequest) -> Terminal:
    """The demo server of one era, its short form open."""
    demo = {"command": sys.executable, "args": ["-m", "services.demo"], "cwd": str(ROOT)}
    desk.configure(table("demo", **demo, protocol=request.param))
    terminal = desk.jackfield()
    terminal.wait_for("1 ready")
    terminal.type("/call demo ask form=short").press("Enter")
    terminal.wait_for("Please fill in your details")
    taken_by_itself(terminal)
    return terminal


def taken_by_itself(terminal: Terminal) -> None:
    """A question that waits takes the keys once nobody has typed for a moment."""
    terminal.wait_for(lambda screen: "^s " in screen and ELSEWHERE not in screen)
    time.sleep(0.4)  # until then Ctrl+O is taken for the wish to be where the keys have just gone


def test_an_accepted_question_carries_what_was_typed(asked: Terminal) -> None:
    asked.type("Bob").press("Ctrl+S")
    seen = '"colour": "green"', "✓ demo.ask", '"name": "Bob"'
    asked.wait_for(lambda screen: all(text in screen for text in seen) and "demo asks" not in screen)


def test_a_wrong_answer_is_not_sent(asked: Terminal) -> None:
    asked.type("B").press("Ctrl+S")
    seen = "at least 2", "Please fill in your details"
    screen = asked.wait_for(lambda screen: all(text in screen for text in seen))
    assert "✓ demo.ask" not in screen
    asked.type("ob").press("Ctrl+S")
    asked.wait_for('"name": "Bob"')


def test_a_declined_question_is_declined_at_the_server(asked: Terminal) -> None:
    asked.press("Ctrl+N")
    asked.wait_for("✓ demo.ask")
    asked.wait_for(lambda screen: "decline" in screen and "demo asks" not in screen)


def test_a_cancelled_question_is_cancelled_at_the_server(asked: Terminal) -> None:
    asked.press("Esc")
    asked.wait_for("✓ demo.ask")
    asked.wait_for(lambda screen: "cancel" in screen and "demo asks" not in screen)


def test_a_question_does_not_take_the_keys_from_somebody_who_types(desk: Desk) -> None:
    terminal = desk.demo()
    terminal.type("/call demo ask form=short").press("Enter")
    terminal.type("half a thought")
    terminal.wait_for("Please fill in your details")
    terminal.wait_for("half a thought")
    terminal.type(", and the rest")
    terminal.wait_for("half a thought, and the rest")
    terminal.press("Ctrl+O").wait_gone(ELSEWHERE)
    terminal.type("Bob").press("Ctrl+S")
    terminal.wait_for('"name": "Bob"')


def test_a_web_address_is_shown_whole_and_nothing_opens_by_itself(demo: Terminal) -> None:
    demo.type("/call demo ask_url").press("Enter")
    demo.wait_for("Please look at this page")
    address = "https://example.com/jackfield/demo?reason=ask_url"
    demo.wait_for(lambda screen: address in screen.replace("\n", ""))
    taken_by_itself(demo)
    demo.press("Ctrl+N")
    demo.wait_for("✓ demo.ask_url")


def test_two_questions_queue(desk: Desk) -> None:
    terminal = desk.demo()
    terminal.type("/call demo ask form=short").press("Enter")
    terminal.wait_for("Please fill in your details")
    taken_by_itself(terminal)
    terminal.press("Ctrl+O").wait_for(ELSEWHERE)
    terminal.type("/call demo ask_url").press("Enter")
    terminal.wait_for("1 of 2")
    terminal.wait_gone(ELSEWHERE)  # nobody types: the questions take the keys again
    terminal.press("Ctrl+N")
    terminal.wait_for("Please look at this page")
    terminal.wait_gone(ELSEWHERE)
    terminal.press("Ctrl+N")
    terminal.wait_for("✓ demo.ask_url")


def test_a_question_whose_server_died_is_withdrawn(asked: Terminal) -> None:
    asked.press("Ctrl+O").wait_for(ELSEWHERE)
    asked.type("/call demo crash").press("Enter")
    asked.wait_for("withdrew its question")
    asked.wait_gone("demo asks")
