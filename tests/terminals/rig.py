"""Run a program in a real terminal, wait for something, look at the window.

    with opened("xterm", [sys.executable, "-m", "tests.terminals.drawing"]) as terminal:
        terminal.wait_for(marker.exists)            # fails when the program or the deadline ended first
        before = terminal.screenshot()              # a Pillow image of the whole window, RGB
        terminal.press("Down")                      # a key, by its X11 name
        after = terminal.wait_for_picture(lambda shown: area(shown, (255, 0, 0)) is None)
        assert area(after, (0, 0, 255)) == area(before, (0, 0, 255))

`opened` skips the test where a program is missing on PATH, and fails instead where
JACKFIELD_REQUIRE_TERMINALS=1; with `pixels=True` it also skips where one is too old to draw them. Run
over all of them by `@pytest.mark.parametrize("name", TERMINALS)`. A program that tells the test something
writes it to a file; what it draws is found by its colour with `area`, since windows have borders of their
own. A terminal is 100 columns by 30 rows, foot alone as many as fit its display; the cell's size is the
terminal's own. Names with "tmux in" run the program in a tmux of its own (passthrough allowed) inside
the other terminal. Every terminal has an empty home and none of the variables of the one the tests run in.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from PIL import Image, ImageChops

from tests.support.places import ROOT
from tests.support.waiting import wait_until
from tests.support.work import PATIENCE
from tests.terminals.displays import Display, Sway, Xvfb, ended
from tests.terminals.emulators import EMULATORS, Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ("TERMINALS", "OpenTerminal", "area", "opened", "version_of")

TERMINALS = tuple(EMULATORS)

_PATIENCE: Final = 2 * PATIENCE
"""A terminal that draws by OpenGL without a graphics card is slow where others work as well."""
_FOREIGN = (
    *("TERM", "TMUX", "STY", "KITTY", "KONSOLE", "WEZTERM", "GHOSTTY", "VTE_", "WT_"),
    *("COLORTERM", "NO_COLOR", "DISPLAY", "WAYLAND", "COLUMNS", "LINES"),
)
"""How variables begin that tell of the terminal the tests run in; its size is set for their workers."""


class OpenTerminal:
    """A terminal with a program in it."""

    def __init__(
        self, name: str, process: subprocess.Popen[bytes], display: Display, environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self._process = process
        self._display = display
        self._environment = environment

    def screenshot(self) -> Image.Image:
        """What the window shows now; an X11 window lies at the upper left of the black display."""
        with Image.open(BytesIO(self._display.grab())) as shown:
            return shown.convert("RGB")

    def press(self, *keys: str) -> None:
        """Keys by their X11 names, one after the other: "a", "Return", "Page_Down", "ctrl+z"."""
        for key in keys:
            self._display.press(key)

    def tmux(self, *command: str) -> str:
        """What a command to the tmux in it prints."""
        told = subprocess.run(
            ["tmux", *command], env=self._environment, capture_output=True, check=True, timeout=_PATIENCE
        )
        return told.stdout.decode()

    def resize(self, width: int, height: int) -> None:
        """Another size of the window, in pixels."""
        self._display.resize(width, height)

    def wait_for(self, condition: Callable[[], bool], timeout: float = _PATIENCE) -> None:
        """Wait for a condition; fails at once where the terminal has ended before."""

        def met() -> bool:
            if condition():
                return True
            if (status := self._process.poll()) is not None:
                raise AssertionError(f"{self.name} ended with status {status}")
            return False

        wait_until(met, f"what was waited for in {self.name}", timeout)

    def wait_for_picture(
        self, condition: Callable[[Image.Image], bool], timeout: float = _PATIENCE
    ) -> Image.Image:
        """The first screenshot for which a condition holds; on a failure the last one is kept and named."""
        shown: list[Image.Image] = []

        def met() -> bool:
            shown[:] = [self.screenshot()]
            return condition(shown[0])

        try:
            self.wait_for(met, timeout)
        except (TimeoutError, AssertionError) as error:
            if shown:
                place = Path(tempfile.mkdtemp(prefix="terminal-")) / "last.png"
                shown[0].save(place)
                error.add_note(f"last seen: {place}")
            raise
        return shown[0]

    def wait_ended(self, timeout: float = _PATIENCE) -> None:
        """Wait until the program, and with it the terminal, has ended."""
        wait_until(lambda: self._process.poll() is not None, f"the end of {self.name}", timeout)


@contextmanager
def opened(
    name: str,
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    pixels: bool = False,
) -> Iterator[OpenTerminal]:
    """A program in the terminal of that name (one of `TERMINALS`), on a display of its own."""
    emulator = EMULATORS[name]
    _demand(emulator)
    if pixels:
        _demand_pixels(emulator)
    with ExitStack() as left:
        home = Path(left.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        display = left.enter_context(Sway() if emulator.wayland else Xvfb())
        for file, text in emulator.files.items():
            (home / file).parent.mkdir(parents=True, exist_ok=True)
            (home / file).write_text(text)
        own = {
            **{key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)},
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "TMUX_TMPDIR": str(home),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            **display.environment,
            **emulator.environment,
            **(environment or {}),
        }
        with (home / "messages").open("wb") as messages:
            process = subprocess.Popen(
                emulator.start(tuple(command)),
                env=own,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=messages,
                stderr=messages,
            )
        left.callback(ended, process)
        if emulator.tmux:
            left.callback(subprocess.run, ["tmux", "kill-server"], env=own, capture_output=True, check=False)
        try:
            yield OpenTerminal(name, process, display, own)
        except (AssertionError, TimeoutError) as error:
            error.add_note((home / "messages").read_text("utf-8", "replace")[-2_000:])
            raise


def _demand(emulator: Emulator) -> None:
    missing = [program for program in emulator.programs if shutil.which(program) is None]
    if missing and os.environ.get("JACKFIELD_REQUIRE_TERMINALS") == "1":
        pytest.fail(f"not installed: {', '.join(missing)}")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


def _demand_pixels(emulator: Emulator) -> None:
    for program, first in emulator.pixels_from.items():
        version = version_of(program)
        if version < first:
            wanted, found = ".".join(map(str, first)), ".".join(map(str, version))
            pytest.skip(f"{program} {wanted} draws pixels this way, {found} is here")


@cache
def version_of(program: str) -> tuple[int, int]:
    """Of tmux or of kitty."""
    option = "-V" if program == "tmux" else "--version"
    told = subprocess.run([program, option], capture_output=True, text=True, check=True, timeout=60).stdout
    found = re.search(r"(\d+)\.(\d+)", told)
    assert found is not None, told
    return int(found[1]), int(found[2])


def area(
    shown: Image.Image, colour: tuple[int, int, int], tolerance: int = 24
) -> tuple[int, int, int, int] | None:
    """The box (left, upper, right, lower) around all pixels near a colour; None where there are none."""
    away = ImageChops.difference(shown, Image.new("RGB", shown.size, colour))
    far = away.convert("RGB").split()
    most = ImageChops.lighter(ImageChops.lighter(far[0], far[1]), far[2])
    return most.point(lambda value: 255 if value <= tolerance else 0).getbbox()
