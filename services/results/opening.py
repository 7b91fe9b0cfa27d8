"""A file in the program that the system opens it with: only kinds that are looked at, never such that run."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.errors import JackfieldError
from services.text import one_line
from services.web.browser import should_open_browser

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("OpenRefused", "command_for", "open_file", "private_directory", "refusal")

_LOOKED_AT: Final = frozenset(
    f".{suffix}"
    for suffix in (
        *(
            "png",
            "jpg",
            "jpeg",
            "gif",
            "webp",
            "avif",
            "bmp",
            "tif",
            "tiff",
            "ico",
            "heic",
            "jxl",
            "jp2",
            "psd",
        ),
        *("wav", "mp3", "ogg", "flac", "m4a", "mp4", "webm", "pdf"),
        *("txt", "log", "md", "csv", "json", "yaml", "yml", "toml"),
    )
)
"""Pages (HTML, SVG), documents with macros, archives, links and programs are not among them."""
_PROGRAMS: Final = (
    b"\x7fELF",
    b"MZ",
    b"#!",
    b"\xcf\xfa\xed\xfe",
    b"\xfe\xed\xfa",
    b"\xca\xfe\xba\xbe",
    b"[Desktop Entry]",
)
_SECONDS: Final = 3.0
"""After which the program itself runs in the place of whoever opens it."""


class OpenRefused(JackfieldError):
    """A file that is not opened, or cannot be; says why."""


def refusal(name: str, head: bytes) -> str:
    """Why a file of this name with these first bytes is not opened; empty where it may be."""
    suffix = Path(name).suffix.lower()
    if suffix not in _LOOKED_AT or head[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_PROGRAMS):
        what = f"a {one_line(suffix, 20)} file" if suffix else "a file without a suffix"
        return f"{what} may run something: save it and look at it first"
    return ""


def command_for(path: Path, platform: str = sys.platform) -> list[str]:
    """What opens a file on a platform; no shell is in between."""
    if platform in ("win32", "cygwin"):
        return ["rundll32.exe", "url.dll,FileProtocolHandler", str(path)]
    return ["open" if platform == "darwin" else "xdg-open", str(path)]


async def open_file(path: Path, environ: Mapping[str, str], platform: str = sys.platform) -> None:
    """Open a file, named by its whole path, in the system's program for it. Raises OpenRefused."""
    if not should_open_browser({**environ, "BROWSER": ""}, platform):
        raise OpenRefused("no program can show anything here: there is no display", hint="save it instead")
    await asyncio.to_thread(_open, path, dict(environ), platform)


def private_directory() -> Path:
    """A directory that only this person can read, gone when the program ends."""
    directory = Path(tempfile.mkdtemp(prefix="jackfield-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


def _open(path: Path, environ: dict[str, str], platform: str) -> None:
    command = command_for(path, platform)
    try:
        with path.open("rb") as file:
            if why := refusal(path.name, file.read(64)):
                raise OpenRefused(why)
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=environ,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise OpenRefused(f"cannot open it: {one_line(error.strerror or str(error), 200)}") from error
    try:
        status = process.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        threading.Thread(target=process.wait, daemon=True, name="opened file").start()
        return
    if status:
        raise OpenRefused(f"{command[0]} ended with exit status {status}", hint="save it instead")
