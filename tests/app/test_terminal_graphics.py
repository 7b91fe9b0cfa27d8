"""The terminal is asked after the first paint; its answers are no keys, however they come."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING

import pytest

from services.pictures.answers import QUERY
from tests.journeys.terminal import Terminal
from tests.support.places import ROOT
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

ANSWERS = "\x1bP>|Konsole 22.12.3\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?62;1;4c"
PAINTED = "›".encode()

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a terminal of Unix")


def opened(home: Path, *words: str) -> Terminal:
    foreign = ("TERM", "TMUX", "COLORTERM", "NO_COLOR")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    environment |= {"JACKFIELD_HOME": str(home), "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    return Terminal([sys.executable, "-m", "app", *words], environment, cwd=ROOT)


def wait_asked(terminal: Terminal) -> None:
    wait_until(lambda: QUERY.encode() in terminal.raw, "the query")


@pytest.mark.parametrize("pieces", [1, 7, len(ANSWERS)])
def test_answers_in_pieces_are_told_and_not_typed(tmp_path: Path, pieces: int) -> None:
    with opened(tmp_path) as terminal:
        wait_asked(terminal)
        assert PAINTED in terminal.raw[: terminal.raw.index(QUERY.encode())]
        size = -(-len(ANSWERS) // pieces)
        terminal.type("/ter")
        for start in range(0, len(ANSWERS), size):
            terminal.type(ANSWERS[start : start + size])
            time.sleep(0.002)  # apart, as two reads
        terminal.type("minal ").press("Enter")
        terminal.wait_for("Konsole 22.12.3")
        terminal.wait_for("by the kitty graphics protocol")
        assert not {"62;1;4c", "Gi=31", ">|"} & set(terminal.screen.split())


def test_the_doctor_says_the_same_and_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    with opened(tmp_path, "doctor") as terminal:
        wait_asked(terminal)
        terminal.type(ANSWERS)
        terminal.wait_for("Versions")
        assert terminal.wait_exit() == 0
        terminal.wait_for("Konsole 22.12.3")
        terminal.wait_for("by the kitty graphics protocol")
        assert b"62;1;4c" not in terminal.raw


def test_the_doctor_of_a_terminal_without_answers_waits_no_longer_than_a_second(tmp_path: Path) -> None:
    with opened(tmp_path, "doctor", "--json") as terminal:
        wait_asked(terminal)
        began = time.monotonic()
        assert terminal.wait_exit() == 0
        assert time.monotonic() - began < 5
        told = json.loads(terminal.raw.replace(QUERY.encode(), b""))
    assert told["terminal"]["protocol"] == "halfblock" and told["terminal"]["kitty"] is None
