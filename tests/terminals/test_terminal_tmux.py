"""Pictures in real terminals through tmux: in other windows, under its modes, on other terminals and gone."""

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
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from PIL.Image import Image

    from tests.terminals.rig import OpenTerminal

pytestmark = pytest.mark.terminal

IN_TMUX = [name for name in DRAWS if name.startswith("tmux")]
LIGHT = (224, 224, 224)
"""The ground of the light theme."""


@contextmanager
def shown_in(name: str, folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[OpenTerminal]:
    command = [sys.executable, "-m", "tests.terminals.showing", DRAWS[name], str(folder / "cell")]
    with opened(name, command, environment, pixels=True) as terminal:
        terminal.wait_for_picture(in_pixels)
        yield terminal


def _has_gone(shown: Image) -> bool:
    return not colours(shown)


def _is_light(shown: Image) -> bool:
    return in_pixels(shown) and area(shown, LIGHT, 2) is not None


@pytest.mark.parametrize("name", IN_TMUX)
def test_it_is_there_again_after_another_window_and_beside_another_pane(name: str, tmp_path: Path) -> None:
    with shown_in(name, tmp_path) as terminal:
        for _ in range(2):
            terminal.tmux("new-window", "sleep 1000")
            terminal.wait_for_picture(_has_gone)
            terminal.tmux("select-window", "-t", "0")
            terminal.wait_for_picture(in_pixels)
        terminal.tmux("split-window", "-h", "-d", "-l", "20", "sleep 1000")
        terminal.wait_for_picture(in_pixels)
        terminal.tmux("resize-pane", "-Z", "-t", "1")
        terminal.wait_for_picture(_has_gone)
        terminal.tmux("resize-pane", "-Z", "-t", "1")
        terminal.wait_for_picture(in_pixels)
        terminal.tmux("kill-server")
        terminal.wait_ended()


@pytest.mark.parametrize("name", IN_TMUX)
@pytest.mark.parametrize("away", ["window", "mode"])
def test_what_is_drawn_while_nobody_can_see_it_is_there_for_who_comes_back(
    name: str, away: str, tmp_path: Path
) -> None:
    """tmux hands on nothing of what is sent meanwhile."""
    with shown_in(name, tmp_path) as terminal:
        if away == "window":
            terminal.tmux("new-window", "sleep 1000")
            terminal.wait_for_picture(_has_gone)
        else:
            terminal.tmux("copy-mode", "-t", ":0")
            terminal.wait_for(lambda: terminal.tmux("display", "-p", "-t", ":0", "#{pane_in_mode}") == "1\n")
        # Another theme is another ground, and so another picture to send.
        os.kill(int((tmp_path / "cell").read_text().split()[2]), signal.SIGUSR1)
        terminal.wait_for((tmp_path / "cell.theme").exists)
        if away == "window":
            terminal.tmux("select-window", "-t", "0")
        else:
            terminal.tmux("send-keys", "-X", "-t", ":0", "cancel")
        terminal.wait_for_picture(_is_light)


def test_it_is_there_on_another_terminal_and_after_it_was_detached(tmp_path: Path) -> None:
    """Each terminal has its own pictures, those of before a detachment too."""
    here = {"TMUX_TMPDIR": str(tmp_path)}
    with shown_in("tmux in kitty", tmp_path, here) as first:
        program = ["sh", "-c", f"tmux attach; touch {tmp_path}/left; tmux attach"]
        with opened("kitty", program, here, pixels=True) as second:
            second.wait_for_picture(in_pixels)
            first.wait_for_picture(in_pixels)
            first.tmux("detach-client", "-t", first.tmux("list-clients", "-F", "#{client_name}").split()[0])
            first.wait_ended()
            second.press("d")
            second.wait_for_picture(in_pixels)
            second.tmux("detach-client")
            second.wait_for((tmp_path / "left").exists)
            second.wait_for_picture(in_pixels)
            second.press("q")
            second.wait_for_picture(_has_gone)
            second.tmux("kill-server")
            second.wait_ended()
