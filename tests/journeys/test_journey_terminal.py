"""The harness of the journeys itself, against small programs."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from tests.journeys.modes import left_on
from tests.journeys.terminal import Terminal

# A test runner's own idea of the size (COLUMNS, LINES) is not the program's.
ENV = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm-256color", "COLORTERM": "truecolor"}

APP = """
from textual.app import App
from textual.widgets import Input, Static
class Small(App):
    def compose(self):
        yield Input(placeholder="say something")
        yield Static("nothing said", id="said")
    def on_input_submitted(self, event):
        self.query_one("#said", Static).update(f"you said {event.value}")
Small().run()
"""

LEAVES_A_CHILD = """
import os, subprocess, sys, time
sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
start = f"import subprocess; subprocess.Popen({sleeper!r}, start_new_session=True, env={{}})"
# An orphan in a session of its own, its parent gone at once, with an empty environment.
subprocess.run([sys.executable, "-c", start])
print("left", flush=True)
sys.stdin.readline()
"""


def python(code: str, columns: int = 120, rows: int = 40) -> Terminal:
    return Terminal([sys.executable, "-c", code], ENV, columns=columns, rows=rows)


def test_a_program_is_typed_to_and_read() -> None:
    with python(APP, columns=60, rows=12) as terminal:
        terminal.wait_for("say something")
        terminal.type("gruß").press("Enter")
        assert "you said gruß" in terminal.wait_for("you said")
        terminal.press("Ctrl+Q")
        assert terminal.wait_exit() == 0
        assert terminal.unrestored() == []
        assert terminal.leftovers() == {}


def test_a_new_size_reaches_the_program() -> None:
    with python(APP, columns=60, rows=12) as terminal:
        terminal.wait_for("say something")
        terminal.resize(90, 20)
        terminal.wait_for(lambda screen: "▁" * 88 in screen or "▔" * 88 in screen)


def test_an_orphan_is_found_wherever_it_went() -> None:
    with python(LEAVES_A_CHILD) as terminal:
        terminal.wait_for("left")
        terminal.press("Enter")
        assert terminal.wait_exit() == 0
        assert ["time.sleep(60)" in line for line in terminal.leftovers(0.1).values()] == [True]
    assert terminal.leftovers(0) == {}


def test_a_terminal_left_as_it_was_not_is_noticed() -> None:
    with python("import tty; tty.setraw(0); print('\\x1b[?1049h\\x1b[?25lraw', flush=True)") as terminal:
        assert terminal.wait_exit() == 0
        assert terminal.unrestored(0.2) == ["hidden cursor", "alternate screen", "line settings (termios)"]


def test_a_closed_window_hangs_the_program_up() -> None:
    with python("print('here', flush=True); import time; time.sleep(60)") as terminal:
        terminal.wait_for("here")
        terminal.close_window()
        assert terminal.wait_exit() == -signal.SIGHUP


def test_a_screen_that_never_comes_is_shown_in_the_failure() -> None:
    with python("print('something else'); input()") as terminal:
        terminal.wait_for("else")
        with pytest.raises(AssertionError, match="something else"):
            terminal.wait_for("the thing", timeout=0.1)


def test_modes_count_by_their_last_word() -> None:
    assert left_on(b"\x1b[?1000;1006h...\x1b[?1000l\x1b[>1u") == ["mouse encoding", "kitty keyboard protocol"]
    assert left_on(b"\x1b[?25l\x1b[?1049h\x1b[?1049l\x1b[?25h\x1b[>1u\x1b[<u") == []
