"""Commands and residents: doing one over servers that are kept, and leaving a resident behind one."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from app.command_line.connect.targets import Wish
    from services.connection_manager import ConnectionManager
    from services.events import Event

__all__ = ("begin_to_keep", "kept_manager")


def kept_manager(wish: Wish, listener: Callable[[Event], None]) -> ConnectionManager | None:
    """The manager over servers that are there already: those of an open session, else those that a
    resident keeps, where this process does a command for one.
    """
    if not wish.configured or wish.trace:
        return None
    if (lent := _of_session(wish, listener)) is not None:
        return lent
    if not _is_errand():
        return None
    from services.resident.warm import warm_manager

    return warm_manager(wish.servers, wish.configuration, listener)


def _of_session(wish: Wish, listener: Callable[[Event], None]) -> ConnectionManager | None:
    """Not where the command itself answers questions: there they would wait for the person."""
    given = wish.answers.words or wish.answers.accept_defaults or wish.answers.decline
    if wish.behind is None or wish.command is None or given or os.name != "posix":
        return None
    from services.resident.sessions import open_sessions

    if not open_sessions(os.environ, os.getuid()):
        return None
    from services.resident.warm import session_manager

    return session_manager(wish.command, wish.servers, wish.configuration, listener, lazily=wish.lazily)


def begin_to_keep(wish: Wish, usable: Container[str]) -> None:
    """Leave a resident behind for a server that says `keep_alive` and works, where there is none."""
    names = [one.name for one in wish.servers if one.keep_alive and one.name in usable]
    if not names or wish.behind is None or not wish.configured or os.name != "posix" or _is_errand():
        return
    from services.resident.client import Meeting
    from services.resident.starting import residents, spawn

    with suppress(OSError):  # a help, and no more
        if residents() and not Meeting.sent_away:  # also one that hangs, or has commands to wait for
            return
        spawn((*wish.behind, "tools", names[0]))


def _is_errand() -> bool:
    return "services.resident.errand" in sys.modules
