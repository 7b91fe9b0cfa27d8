"""How each terminal is started so that it takes 100 columns and 30 rows, and asks a person nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("EMULATORS", "Emulator")

_COLUMNS, _ROWS = 100, 30


@dataclass(frozen=True)
class Emulator:
    """A terminal as it is started; the program's command follows `command`."""

    command: tuple[str, ...]
    programs: tuple[str, ...]
    """What has to be installed."""
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """Configuration by its path under the home."""
    wayland: bool = False
    tmux: bool = False
    pixels_from: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """The first version of each program that draws pixels this way; all where none is named."""

    def start(self, command: tuple[str, ...]) -> tuple[str, ...]:
        """The whole command line that runs a program in it."""
        return (*self.command, *command)


def _of_x11(
    *command: str, environment: Mapping[str, str] | None = None, files: Mapping[str, str] | None = None
) -> Emulator:
    return Emulator(command, (command[0], "Xvfb", "import", "xdotool"), environment or {}, files or {})


def _tmux_in(outer: Emulator, **pixels_from: tuple[int, int]) -> Emulator:
    return replace(
        outer,
        command=(*outer.command, "tmux", "new-session"),
        programs=(*outer.programs, "tmux"),
        files={
            **outer.files,
            ".tmux.conf": "set -g allow-passthrough on\nset -g status off\nset -sg escape-time 10\n"
            "set -g default-terminal tmux-256color\n"
            # tmux asks for itself, but what is drawn before the answer has the nearest of 256 colours.
            "set -as terminal-features ',xterm*:RGB:sixel'\n",
        },
        tmux=True,
        pixels_from=pixels_from,
    )


_XTERM = ("xterm", "-u8", "+lc", "-bg", "black", "-fg", "white", "-geometry", f"{_COLUMNS}x{_ROWS}", "+sb")
_KITTY = _of_x11(
    "kitty",
    *("--config", "NONE"),
    *("-o", "remember_window_size=no", "-o", "update_check_interval=0", "-o", "confirm_os_window_close=0"),
    *("-o", f"initial_window_width={_COLUMNS}c", "-o", f"initial_window_height={_ROWS}c"),
    *("-o", "linux_display_server=x11", "-o", "enable_audio_bell=no", "-o", "cursor_blink_interval=0"),
    environment={"LIBGL_ALWAYS_SOFTWARE": "1"},
)
_KONSOLE = _of_x11(
    "konsole",
    *("--nofork", "--hide-menubar", "--hide-tabbar"),
    *("-p", f"TerminalColumns={_COLUMNS}", "-p", f"TerminalRows={_ROWS}", "-p", "ScrollBarPosition=2"),
    *("-p", "ShowTerminalSizeHint=false"),
    "-e",
    environment={"QT_QPA_PLATFORM": "xcb"},
    files={".config/konsolerc": "[MainWindow]\nToolBarsMovable=Disabled\nStatusBar=Disabled\n"},
)

EMULATORS: dict[str, Emulator] = {
    "xterm": _of_x11(*_XTERM, "-ti", "vt340", "-e"),
    "xterm without graphics": _of_x11(*_XTERM, "-e"),
    "mlterm": _of_x11("mlterm", "-O", "none", "-g", f"{_COLUMNS}x{_ROWS}", "-e"),
    "kitty": _KITTY,
    "konsole": _KONSOLE,
    "foot": Emulator(("foot", "--config=/dev/null"), ("foot", "sway", "grim", "wtype"), wayland=True),
    "tmux in xterm": _tmux_in(_of_x11(*_XTERM, "-ti", "vt340", "-e"), tmux=(3, 4)),
    "tmux in kitty": _tmux_in(_KITTY, tmux=(3, 4), kitty=(0, 28)),
}
"""Every terminal by its name."""
