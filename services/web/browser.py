"""Opening the person's browser, without letting it near the terminal."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("open_browser", "should_open_browser")

_SECONDS: Final = 15.0
_PAUSE: Final = 0.05
_SSH: Final = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
_DISPLAYS: Final = ("DISPLAY", "WAYLAND_DISPLAY")
_OPEN: Final = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.stdin.read()))"


def should_open_browser(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether a browser that opens here is one that the person sees.

    `BROWSER` decides; else not over SSH without a forwarded display, and on Linux not without one.
    """
    if environ.get("BROWSER"):
        return True
    has_display = any(environ.get(name) for name in _DISPLAYS)
    if any(environ.get(name) for name in _SSH):
        return has_display
    if platform in ("win32", "darwin", "cygwin"):
        return True
    return has_display or bool(environ.get("WSL_DISTRO_NAME"))


async def open_browser(url: str, environ: Mapping[str, str] | None = None) -> bool:
    """Open an http or https URL in the browser that `webbrowser` finds; False when none could be opened."""
    if urlsplit(url).scheme not in ("http", "https"):
        return False
    process = await asyncio.to_thread(_started, url, environ)
    if process is None:
        return False
    began = time.monotonic()
    try:
        while process.poll() is None:
            if time.monotonic() - began > _SECONDS:
                return True  # the browser itself runs in the place of whoever opens it
            await asyncio.sleep(_PAUSE)
        return process.returncode == 0
    finally:
        if process.returncode is None:  # it may stay open for hours; somebody has to wait for it
            threading.Thread(target=process.wait, daemon=True, name="browser").start()


def _started(url: str, environ: Mapping[str, str] | None) -> subprocess.Popen[bytes] | None:
    # A process of its own: `webbrowser` gives its children our terminal, and may wait for them.
    # The URL goes in by standard input, because the arguments of a process can be read by others.
    hidden = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows would show a console
    try:
        process = subprocess.Popen(
            # Isolated: or a `webbrowser.py` of the working directory, or of PYTHONPATH, would run.
            [sys.executable, "-I", "-c", _OPEN],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            # Nor is a program of the working directory found where PATH has relative entries, or on Windows.
            cwd=Path(sys.executable).anchor or None,
            env={**(os.environ if environ is None else environ), "NoDefaultCurrentDirectoryInExePath": "1"},
            creationflags=hidden,
        )
        assert process.stdin is not None
        with process.stdin:
            process.stdin.write(url.encode())
    except OSError:
        return None
    return process
