"""Logins that another process brings, such as `jackfield mcp login` in a shell beside the session."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from services.errors import JackfieldError
from services.events import ServerState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from services.connections.connection import Connection
    from services.oauth.logins import Logins

__all__ = ("LoginsElsewhere",)

PAUSE: Final = 1.0
"""Seconds between two looks; one costs two system calls while a server waits for a login, else nothing."""


class LoginsElsewhere:
    """Has servers that wait for a login connect once there is another one than they were refused with."""

    def __init__(self, logins: Logins, connections: Callable[[], Iterable[Connection]]) -> None:
        self._logins = logins
        self._connections = connections
        self._refused: dict[Connection, str | None] = {}
        """The token that was kept when a server began to wait; None for none."""
        self._mark: object = None

    async def watch(self) -> None:
        """Look again and again; runs until cancelled."""
        while True:
            await asyncio.sleep(PAUSE)
            await self._look()

    async def _look(self) -> None:
        waiting = [one for one in self._connections() if one.life.state is ServerState.LOGIN_NEEDED]
        self._refused = {one: token for one, token in self._refused.items() if one in waiting}
        if not waiting:
            return
        # Before reading: what is written meanwhile is seen the next time.
        mark = await asyncio.to_thread(self._logins.kept.mark)
        changed, self._mark = mark != self._mark, mark
        for connection in waiting:
            if not changed and connection in self._refused:
                continue
            token = await self._token(connection)
            known = self._refused.setdefault(connection, token)
            if token not in (None, known) and connection.life.state is ServerState.LOGIN_NEEDED:
                del self._refused[connection]
                await connection.logged_in()

    async def _token(self, connection: Connection) -> str | None:
        """The access token of the login that is kept; None where there is none that is of use."""
        try:
            return await asyncio.to_thread(self._logins.usable_token, connection.settings)
        except JackfieldError:
            return None
