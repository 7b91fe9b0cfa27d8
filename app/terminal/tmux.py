"""What tmux knows of the terminals around it."""

from __future__ import annotations

import os
import subprocess
from typing import Final, NamedTuple

from services.pictures.choosing import OUTSIDE_TMUX_UNKNOWN, Outside, draws_placeholders, takes_no_sixel
from services.text import one_line

__all__ = ("read_outside", "terminal_outside")

_PANE: Final = "#{window_id}\t#{window_zoomed_flag}\t#{pane_active}\t#{pane_in_mode}\t#{allow-passthrough}"
_CLIENT: Final = (
    "#{client_name} #{client_pid}\t#{window_id}\t#{client_control_mode}"
    "\t#{client_termtype}\t#{client_termfeatures}"
)


def terminal_outside(timeout: float) -> Outside:
    """The terminals around the tmux that this process runs in; unknown over SSH, where none is named."""
    if not os.environ.get("TMUX"):
        return OUTSIDE_TMUX_UNKNOWN  # else tmux would tell of any other that runs on this machine
    pane = os.environ.get("TMUX_PANE", "")
    target = ["-t", pane] if pane else []
    try:
        told = subprocess.run(
            ["tmux", "display-message", "-p", *target, _PANE, ";", "list-clients", "-F", _CLIENT],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return OUTSIDE_TMUX_UNKNOWN
    return read_outside(told.stdout.decode("utf-8", "replace"))


class _Client(NamedTuple):
    name: str
    window: str
    control: str
    version: str
    features: str


def _gets_sixel(client: _Client) -> bool:
    return "sixel" in client.features.split(",") and not takes_no_sixel(client.version)


def read_outside(told: str) -> Outside:
    """What tmux told: a line of the pane, and one for each of its clients."""
    pane, *lines = told.rstrip("\n").split("\n")
    window, zoomed, active, in_mode, passthrough = (pane.split("\t") + [""] * 5)[:5]
    clients = [_Client(*(line.split("\t") + [""] * 5)[:5]) for line in lines]
    # While a mode such as copy mode lies over the pane, or another pane is zoomed, nothing is handed on.
    hidden = in_mode not in ("", "0") or (zoomed == "1" and active == "0")
    # Control mode is for programs that draw for themselves.
    seeing = [each for each in clients if each.window == window and each.control != "1" and not hidden]
    versions = dict.fromkeys(one_line(client.version, 80) for client in seeing)
    return Outside(
        " and ".join(version or "one without a name" for version in versions) if any(versions) else "",
        sixel=bool(seeing) and all(map(_gets_sixel, seeing)),
        placeholders=bool(seeing) and all(map(draws_placeholders, versions)),
        passthrough={"on": True, "all": True, "1": True, "off": False, "0": False}.get(passthrough),
        watching=frozenset(client.name for client in seeing),
    )
