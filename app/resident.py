"""The process that `jackfield resident start` leaves running, and what it imports for commands to come."""

from __future__ import annotations

import gc
import os
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ("be_resident",)

_NEEDED: Final = (
    *("app.command_line.main", "app.command_line.configured", "app.command_line.connect.commands"),
    *("app.command_line.connect.calls", "app.command_line.connect.lists", "app.command_line.connect.results"),
    *("app.command_line.terminal.asking", "app.command_line.terminal.answers", "app.remedy_words"),
    *("services.config.projects.files", "services.config.inputs", "services.schemas.checker"),
    *("services.resident.front", "services.resident.warm", "json", "shutil", "shlex"),
)
_TRIES: Final = 10
_TRY_SECONDS: Final = 0.5
"""How long the place of a resident that is leaving is waited for, and how often."""
_LOG: Final = "jackfield-resident.log"
_LONGEST_LOG: Final = 1 << 20


def be_resident(words: Sequence[str]) -> int:
    """`jackfield resident run [--all] -- WORDS`: be the resident; WORDS are done first. The exit status."""
    at = words.index("--") if "--" in words else len(words)
    from services.errors import ConfigurationError
    from services.resident.client import meet
    from services.resident.starting import AlreadyThere, bound, residents

    for _ in range(_TRIES):
        try:
            with bound(_TRY_SECONDS) as (listener, path):
                _serve(listener, path, "--all" in words[:at], words[at + 1 :])
            return 0
        except AlreadyThere as error:
            if meet() is not None:  # it lives; one that is leaving answers nobody
                _say(error.message)
                return 1
        except ConfigurationError as error:
            _say(error.message)
            return 1
    _say(f"the place is held by process {', '.join(map(str, residents())) or '(none to be found)'}")
    return 1


def _serve(listener: socket.socket, path: Path, keeps_all: bool, first: Sequence[str]) -> None:
    for name in _NEEDED:
        import_module(name)
    from services.config.source import home_source
    from services.resident.front import Resident
    from services.schemas.checker import SchemaCheck

    list(SchemaCheck({"type": "object"}).reasons({}))  # what it prepares once is prepared for all
    gc.collect()
    home_directory = home_source().home
    idle = home_source().load(expand=False).idle_minutes * 60.0
    _say(f"started as process {os.getpid()} for {home_directory}")
    resident = Resident(listener, path, _work, idle=idle, keeps_all=keeps_all, say=_say)
    resident.serve(first)
    _say("ended")


def _work(words: Sequence[str]) -> int:
    from app.command_line.main import run

    return run(words)


def _say(text: str) -> None:
    """One line in the log of residents; the disk may refuse it."""
    from services.config.paths import home
    from services.errors import ConfigurationError
    from services.files import keep_private, open_to_append, write_all

    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    with suppress(OSError, ConfigurationError):
        path = home() / "logs" / _LOG
        keep_private(path.parent)
        number = open_to_append(path)
        try:
            write_all(number, f"{now} {os.getpid()}: {text}\n".encode())
            full = os.fstat(number).st_size > _LONGEST_LOG
        finally:
            os.close(number)
        if full:
            path.replace(path.with_name(f"{_LOG}.1"))
