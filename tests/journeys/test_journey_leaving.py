"""However the session ends: the terminal as it was, and no process left behind."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.journeys.conftest import quick

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.journeys.conftest import Desk
    from tests.journeys.terminal import Terminal


def slash_quit(terminal: Terminal) -> None:
    terminal.type("/quit").press("Enter")


def ctrl_q(terminal: Terminal) -> None:
    terminal.press("Ctrl+Q")


def sigterm(terminal: Terminal) -> None:
    terminal.signal(signal.SIGTERM)


def sighup(terminal: Terminal) -> None:
    terminal.signal(signal.SIGHUP)


def state_of(pid: int) -> str:
    """The state of a process, as `/proc` has it."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]


WAYS: dict[Callable[[Terminal], None], int] = {
    slash_quit: 0,
    ctrl_q: 0,
    sigterm: 128 + signal.SIGTERM,
    sighup: 128 + signal.SIGHUP,
}
STUBBORN = (
    quick("plain"),
    quick("family", "--grandchild"),
    quick("wrapper", "--wrapper-exits"),
    quick("stays", "--ignore-stdin-close"),
    quick("deaf", "--ignore-stdin-close", "--ignore-sigterm"),
    quick("silent", "--silent", "--ignore-stdin-close", "--ignore-sigterm"),
)


@pytest.mark.parametrize("leave", WAYS, ids=lambda leave: leave.__name__)
def test_nothing_is_left(desk: Desk, leave: Callable[[Terminal], None]) -> None:
    desk.configure(*STUBBORN)
    terminal = desk.jackfield()
    terminal.wait_for("5 ready")
    assert len(terminal.processes()) >= len(STUBBORN)
    leave(terminal)
    assert terminal.wait_exit() == WAYS[leave]
    assert terminal.unrestored() == []
    assert terminal.leftovers() == {}


def test_a_closed_window_leaves_nothing_either(desk: Desk) -> None:
    desk.configure(*STUBBORN)
    terminal = desk.jackfield()
    terminal.wait_for("5 ready")
    terminal.close_window()
    terminal.wait_exit()
    assert terminal.leftovers() == {}


def test_a_closed_window_that_reports_its_size_leaves_nothing_either(desk: Desk) -> None:
    """Kitty, Ghostty, foot and iTerm2 know mode 2048; with their end come SIGHUP and SIGCONT at once."""
    desk.configure(*STUBBORN)
    terminal = desk.jackfield()
    terminal.wait_for("5 ready")
    terminal.type("\x1b[?2048;2$y")
    terminal.wait_for(lambda _: b"\x1b[?2048h" in terminal.raw)
    terminal.close_window()
    assert terminal.wait_exit(5.0) == 128 + signal.SIGHUP
    assert terminal.leftovers() == {}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_terminal_that_stopped_reading_holds_nobody(desk: Desk, number: signal.Signals) -> None:
    """As after Ctrl+S, or where a connection to another machine hangs."""
    desk.configure(*STUBBORN)
    terminal = desk.jackfield()
    terminal.wait_for("5 ready")
    terminal.stop_reading()
    for width in (*range(80, 120), 120):
        terminal.resize(width, 40)
        terminal.type("wörds that are drawn ")
    terminal.signal(number)
    assert terminal.wait_exit(5.0) == 128 + number
    assert terminal.leftovers() == {}


def test_a_suspended_session_ends_once_it_runs_again(desk: Desk) -> None:
    desk.configure(quick("plain"))
    terminal = desk.jackfield()
    terminal.wait_for("1 ready")
    terminal.signal(signal.SIGTSTP)
    terminal.wait_for(lambda _: "T" in state_of(terminal.pid))
    terminal.signal(signal.SIGTERM)
    terminal.signal(signal.SIGCONT)
    assert terminal.wait_exit(5.0) == 128 + signal.SIGTERM
    assert terminal.leftovers() == {}


def test_suspended_and_back_it_goes_on(desk: Desk) -> None:
    desk.configure(quick("plain"))
    terminal = desk.jackfield()
    terminal.wait_for("1 ready")
    for stop in (signal.SIGTSTP, signal.SIGSTOP):
        terminal.signal(stop)
        terminal.wait_for(lambda _: "T" in state_of(terminal.pid))
        terminal.raw.clear()
        terminal.signal(signal.SIGCONT)
        terminal.wait_for(lambda _: b"\x1b[?1049h" in terminal.raw)
        terminal.type(f"/call plain echo text=after-{stop.name}").press("Enter")
        terminal.wait_for(f"after-{stop.name}")
        terminal.wait_for("✓ plain.echo")
    terminal.press("Ctrl+Q")
    assert terminal.wait_exit() == 0


def test_an_interrupt_from_outside_is_an_end_too(demo: Terminal) -> None:
    """Ctrl+C in the session is a key; the signal itself comes from another terminal."""
    demo.signal(signal.SIGINT)
    assert demo.wait_exit() == 128 + signal.SIGINT
    assert demo.unrestored() == []
    assert demo.leftovers() == {}


def test_killed_it_leaves_nothing_after_three_seconds(desk: Desk) -> None:
    desk.configure(*STUBBORN)
    terminal = desk.jackfield()
    terminal.wait_for("5 ready")
    terminal.signal(signal.SIGKILL)
    assert terminal.wait_exit() == -signal.SIGKILL
    assert terminal.leftovers(3.0) == {}


def test_leaving_in_the_middle_of_things(demo: Terminal) -> None:
    demo.type("/call demo countdown seconds=60").press("Enter")
    demo.wait_for("step 1 of 60")
    demo.type("/call demo ask form=short").press("Enter")
    demo.wait_for("Please fill in your details")
    demo.press("Ctrl+Q")
    assert demo.wait_exit() == 0
    assert demo.unrestored() == []
    assert demo.leftovers() == {}


def test_leaving_before_anything_has_started(desk: Desk) -> None:
    desk.configure(quick("slow", "--slow-start", "60"), quick("silent", "--silent"))
    terminal = desk.jackfield()
    terminal.wait_for("›")
    terminal.press("Ctrl+Q")
    assert terminal.wait_exit() == 0
    assert terminal.unrestored() == []
    assert terminal.leftovers() == {}


def test_a_second_session_is_not_disturbed(desk: Desk) -> None:
    desk.configure(quick("plain"))
    first, second = desk.jackfield(), desk.jackfield()
    first.wait_for("1 ready")
    second.wait_for("1 ready")
    first.press("Ctrl+Q")
    assert first.wait_exit() == 0
    assert first.leftovers() == {}
    assert second.processes()
    second.type("/call plain echo text=undisturbed").press("Enter")
    second.wait_for("✓ plain.echo")
