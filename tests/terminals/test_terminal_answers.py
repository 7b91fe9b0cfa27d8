"""What real terminals answer when the session asks, what is chosen, and that nothing of it is typed."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.terminals.emulators import EMULATORS
from tests.terminals.rig import TERMINALS, opened, version_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.terminal

FOUND: dict[str, tuple[str, str]] = {
    "xterm": ("XTerm(", "sixel"),
    "xterm without graphics": ("XTerm(", "halfblock"),
    "mlterm": ("", "sixel"),
    "kitty": ("kitty(", "kitty"),
    "konsole": ("Konsole", "kitty"),
    "foot": ("foot(", "sixel"),
    "tmux in xterm": ("tmux", "sixel"),
    "tmux in kitty": ("tmux", "kitty"),
}
"""How the terminal calls itself, and the protocol."""


@pytest.mark.parametrize("name", TERMINALS)
def test_what_is_found_out_about_it(name: str, tmp_path: Path) -> None:
    begins, protocol = FOUND[name]
    if any(version_of(program) < first for program, first in EMULATORS[name].pixels_from.items()):
        protocol = "halfblock"
    found = ask(name, protocol, tmp_path)
    graphics = found["graphics"]
    assert graphics["terminal"].startswith(begins)
    assert graphics["protocol"] == protocol, graphics["why"]
    width, height = graphics["cell"]
    assert 4 <= width <= 20 and width < height <= 40
    assert found["typed"] == ""


def ask(name: str, protocol: str, tmp_path: Path) -> Any:
    """What was found; tmux may know of the terminal around it only some seconds later."""
    file = tmp_path / "found.json"
    home = {"JACKFIELD_HOME": str(tmp_path / "home")}
    with opened(name, [sys.executable, "-m", "tests.terminals.asking", str(file)], home) as terminal:
        terminal.wait_for(file.exists)
        with suppress(TimeoutError):
            terminal.wait_for(lambda: json.loads(file.read_text())["graphics"]["protocol"] == protocol, 20)
    return json.loads(file.read_text())
