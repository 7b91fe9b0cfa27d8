"""What tmux knows of the terminal around it."""

from __future__ import annotations

import subprocess

from services.pictures.choosing import OUTSIDE_TMUX_UNKNOWN, Outside
from services.text import one_line

__all__ = ("terminal_outside",)

_FORMAT = "#{client_termtype}\t#{client_termfeatures}"


def terminal_outside(timeout: float) -> Outside:
    """The terminal around the tmux that this process runs in; unknown over SSH, where none is named."""
    try:
        told = subprocess.run(
            ["tmux", "display-message", "-p", _FORMAT],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return OUTSIDE_TMUX_UNKNOWN
    version, _, features = told.stdout.decode("utf-8", "replace").rstrip("\n").partition("\t")
    return Outside(one_line(version, 80), sixel="sixel" in features.split(","))
