"""Where a resident is met: a socket in a directory that is this user's alone.

For the thin client too: nothing is imported here that Python has not loaded by itself.
"""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False  # the module typing alone would cost 5 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

__all__ = ("PACKAGE", "directories", "is_private", "make_private", "socket_name", "sockets")

PACKAGE: Final = os.path.realpath(os.path.join(os.path.dirname(__file__), os.pardir, os.pardir))  # noqa: PTH118, PTH120
"""The directory our code is in: another installation has residents of its own."""

_LONGEST: Final = 100
"""Bytes of a socket's path: 108 with the end on Linux, 104 on macOS."""


def directories(environ: Mapping[str, str], user: int) -> tuple[str, ...]:
    """The directories it may be in, the best first; the last one is short whatever the others are."""
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    own = (f"{runtime.rstrip('/')}/jackfield",) if runtime.startswith("/") else ()
    return (*own, f"/tmp/jackfield-{user}")


def sockets(environ: Mapping[str, str], user: int) -> tuple[str, ...]:
    """The paths a resident of this home may have, the best first."""
    name = socket_name(environ)
    paths = (f"{directory}/{name}" for directory in directories(environ, user))
    return tuple(path for path in paths if len(os.fsencode(path)) <= _LONGEST)


def socket_name(environ: Mapping[str, str]) -> str:
    """A short name for one home and one installation, whatever their paths are."""
    named = environ.get("JACKFIELD_HOME")
    if named:
        homes = [os.path.abspath(named)]  # noqa: PTH100
    else:
        homes = [environ.get("HOME", ""), environ.get("XDG_CONFIG_HOME", "").strip()]
    return f"{_mark(chr(0).join((*homes, PACKAGE))):016x}.sock"


def _mark(text: str) -> int:
    """FNV-1a of 64 bits: hashlib would cost the thin client 5 ms, and a clash costs it a cold start."""
    found = 0xCBF29CE484222325
    for byte in os.fsencode(text):
        found = (found ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return found


def is_private(directory: str, user: int) -> bool:
    """Whether it is a directory of this user that nobody else may enter; no link to one either."""
    try:
        state = os.lstat(directory)
    except OSError:
        return False
    return stat.S_ISDIR(state.st_mode) and state.st_uid == user and not state.st_mode & 0o077


def make_private(directory: str, user: int) -> bool:
    """Make the directory where there is none; whether it is private."""
    try:
        os.mkdir(directory, 0o700)  # noqa: PTH102
    except FileExistsError:
        pass
    except OSError:
        return False
    return is_private(directory, user)
