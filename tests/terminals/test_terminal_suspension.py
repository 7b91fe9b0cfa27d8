"""Pictures in real terminals whose program is stopped, comes back, or is killed."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.terminals.looking import DRAWS, colours, in_pixels
from tests.terminals.rig import area, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL.Image import Image

    from tests.terminals.rig import OpenTerminal

pytestmark = pytest.mark.terminal

PROMPT = (0, 200, 200)
"""The colour of what the shell writes."""

SHELL = r"""
set -m
prompt() {
    stty sane -icanon -echo
    printf '\033[48;2;0;200;200m      \033[0m\n'
    while [ ! -e "$3.go" ]; do sleep 0.05; done
    rm "$3.go"
    IFS= read -r -t 0.2 -N 1000 line
    printf '%s' "$line" >> "$3"
}
"$0" -m tests.terminals.showing "$1" "$2"
while [ -n "$(jobs -s)" ]; do prompt "$@"; fg > /dev/null; done
prompt "$@"
printf '\033[?1049l\033c'
prompt "$@"
"""
"""A shell with job control; whatever is typed at its prompt goes to a file.

Not a key answers the prompt but a file that appears: what was killed has left the keyboard as it was."""


@contextmanager
def in_a_shell(name: str, folder: Path) -> Iterator[OpenTerminal]:
    """A picture, in a program that a shell with job control has started: each Return brings it back."""
    files = [str(folder / "cell"), str(folder / "typed")]
    shell = ["bash", "-c", SHELL, sys.executable, DRAWS[name], *files]
    with opened(name, shell, pixels=True) as terminal:
        terminal.wait_for_picture(in_pixels)
        yield terminal


def _is_light(shown: Image, most: int) -> bool:
    """Whether a light theme is drawn, and not farther to the right than a column."""
    light = shown.convert("L").point(lambda value: 255 if value > 180 else 0)
    box = light.getbbox()
    return box is not None and box[2] <= most and light.histogram()[255] > 100_000


def _process(folder: Path) -> int:
    return int((folder / "cell").read_text().split()[2])


def _answer_prompt(folder: Path) -> None:
    (folder / "typed.go").touch()


def _has_prompt(shown: Image) -> bool:
    return area(shown, PROMPT, 8) is not None


@pytest.mark.parametrize("name", DRAWS)
def test_the_shell_sees_nothing_of_it_and_it_is_there_again(name: str, tmp_path: Path) -> None:
    with in_a_shell(name, tmp_path) as terminal:
        for stop in (None, signal.SIGTSTP):
            if stop is None:
                terminal.press("ctrl+z")
            else:
                os.kill(_process(tmp_path), stop)
            shown = terminal.wait_for_picture(_has_prompt)
            assert not colours(shown)
            _answer_prompt(tmp_path)
            terminal.wait_for_picture(in_pixels)
        assert (tmp_path / "typed").read_text() == ""
        os.kill(_process(tmp_path), signal.SIGSTOP)  # no program can prepare for that one
        terminal.wait_for_picture(_has_prompt)
        _answer_prompt(tmp_path)
        terminal.wait_for_picture(lambda shown: in_pixels(shown) and not _has_prompt(shown))


@pytest.mark.parametrize("name", DRAWS)
def test_another_theme_and_another_size_keep_it(name: str, tmp_path: Path) -> None:
    with in_a_shell(name, tmp_path) as terminal:
        terminal.press("t")
        terminal.wait_for_picture(lambda shown: in_pixels(shown) and _is_light(shown, 1_200))
        terminal.resize(640, 420)
        terminal.wait_for_picture(lambda shown: in_pixels(shown) and _is_light(shown, 660))
        terminal.press("t", "q")
        terminal.wait_for_picture(lambda shown: not colours(shown))


@pytest.mark.parametrize("name", DRAWS)
def test_killed_it_leaves_what_a_reset_takes_away(name: str, tmp_path: Path) -> None:
    with in_a_shell(name, tmp_path) as terminal:
        os.kill(_process(tmp_path), signal.SIGKILL)
        terminal.wait_for_picture(_has_prompt)
        _answer_prompt(tmp_path)
        terminal.wait_for_picture(lambda shown: _has_prompt(shown) and not colours(shown))
