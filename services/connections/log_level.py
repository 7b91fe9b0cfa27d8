"""The lowest level of log messages that one server is asked for, in either era, on every connection.

From its table (`log_level`), or as somebody said since; empty: all that it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from services.connections.telling import in_time
from services.errors import JackfieldError, NotOffered

if TYPE_CHECKING:
    from services.connections.session.session import Session
    from services.logs.server_log import ServerLog
    from services.settings import Level

__all__ = ("LogLevel",)

_METHOD: Final = "logging/setLevel"


class LogLevel:
    """The wish, and the telling of it to each new session."""

    def __init__(self, log: ServerLog, wanted: Level | Literal[""]) -> None:
        self.wanted = wanted
        self._log = log

    async def tell(self, session: Session) -> None:
        """Tell a new session; one that takes no such wish is used all the same, and the log says so."""
        if not self.wanted:
            return
        try:
            taken = await in_time(session.set_log_level(self.wanted), _METHOD)
        except JackfieldError as error:
            self._log.say(f"{_METHOD} was refused: {error.message}", "lifecycle", "warning")
        else:
            if not taken:
                self._log.say("it offers no log messages: no level was asked for", "lifecycle", "debug")

    async def choose(self, session: Session | None, level: Level) -> None:
        """Ask for another level from now on, also of later connections. Raises JackfieldError."""
        if session is None:
            self.wanted = level
            return
        if not await in_time(session.set_log_level(level), _METHOD):
            raise NotOffered("the server offers no log messages, so it takes no level")
        self.wanted = level
        self._log.say(f"log messages from {level} on", "lifecycle")
