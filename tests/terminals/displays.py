"""Displays nobody looks at: Xvfb for programs of X11, headless sway for those of Wayland."""

from __future__ import annotations

import os
import subprocess
import tempfile
from abc import ABC, abstractmethod
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

__all__ = ("SIZE", "Display", "Sway", "Xvfb")

SIZE = (1100, 700)
"""Pixels of a display; every terminal fits."""

NOBODY = 65_534
"""The user who runs sway where root runs the tests: it refuses root."""

_SWAY = """
xwayland disable
output HEADLESS-1 resolution {}x{} position 0,0
output HEADLESS-1 background #000000 solid_color
default_border none
focus_follows_mouse no
input * repeat_delay 10000
seat seat0 hide_cursor 1
"""


class Display(ABC):
    """Where a terminal can appear, and how it is looked at and typed into; ends with its `with` statement."""

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}
        """What a program needs to appear here."""
        self._left = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as left:
            self._start(left)
            self._left = left.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.close()

    @abstractmethod
    def _start(self, left: ExitStack) -> None: ...

    @abstractmethod
    def grab(self) -> bytes:
        """Everything shown, as a PNG."""

    @abstractmethod
    def press(self, key: str) -> None:
        """A key, by its X11 name: "a", "Return", "Page_Down", "ctrl+z"."""

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """Another size, in pixels, for the window that has the keys."""

    def _run(self, command: Sequence[str]) -> bytes:
        environment = {**os.environ, **self.environment}
        return subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=True, timeout=30
        ).stdout


class Xvfb(Display):
    """An X server without a screen."""

    def _start(self, left: ExitStack) -> None:
        read, write = os.pipe()
        width, height = SIZE
        command = [
            "Xvfb",
            "-displayfd",
            str(write),
            "-screen",
            "0",
            f"{width}x{height}x24",
            "-nolisten",
            "tcp",
        ]
        process = subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL)
        left.callback(ended, process)
        os.close(write)
        with os.fdopen(read) as number:
            self.environment = {"DISPLAY": f":{number.readline().strip()}"}

    def grab(self) -> bytes:
        return self._run(["import", "-window", "root", "png:-"])

    def press(self, key: str) -> None:
        self._run(["xdotool", "key", "--clearmodifiers", key])

    def resize(self, width: int, height: int) -> None:
        windows = "search", "--onlyvisible", "--maxdepth", "1", "--name", "."
        self._run(["xdotool", *windows, "windowsize", "%@", str(width), str(height)])


class Sway(Display):
    """A Wayland compositor without a screen; what runs in it fills it."""

    def _start(self, left: ExitStack) -> None:
        folder = Path(left.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        (folder / "config").write_text(_SWAY.format(*SIZE))
        for place in (folder, folder / "config"):
            if os.getuid() == 0:
                os.chown(place, NOBODY, NOBODY)
        environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if name not in ("DISPLAY", "WAYLAND_DISPLAY")
            },
            "XDG_RUNTIME_DIR": str(folder),
            "HOME": str(folder),
            "WLR_BACKENDS": "headless",
            "WLR_RENDERER": "pixman",
            "WLR_LIBINPUT_NO_DEVICES": "1",
            "LIBSEAT_BACKEND": "noop",
        }
        user = NOBODY if os.getuid() == 0 else None
        process = subprocess.Popen(
            ["sway", "--config", str(folder / "config")],
            env=environment,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        left.callback(ended, process)
        wait_until(lambda: any(folder.glob("wayland-[0-9]")), "sway's socket")
        wait_until(lambda: any(folder.glob("sway-ipc.*")), "sway's control socket")
        (socket,) = folder.glob("wayland-[0-9]")
        (control,) = folder.glob("sway-ipc.*")
        self.environment = {
            "WAYLAND_DISPLAY": str(socket),
            "XDG_RUNTIME_DIR": str(folder),
            "SWAYSOCK": str(control),
        }

    def grab(self) -> bytes:
        return self._run(["grim", "-"])

    def press(self, key: str) -> None:
        *modifiers, name = key.split("+")
        pressed = [word for modifier in modifiers for word in ("-M", modifier)]
        self._run(["wtype", "-s", "50", *pressed, "-k", name, "-s", "50"])

    def resize(self, width: int, height: int) -> None:
        self._run(["swaymsg", "output", "HEADLESS-1", "resolution", f"{width}x{height}"])


def ended(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started here, and wait for it."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
