"""Waiting for a server whose connection was lost, and saying that it is not there."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from services.errors import ConnectionFailed, NotReady
from services.events import ServerState
from services.remedies import Enable, Reconnect
from services.text import one_line

if TYPE_CHECKING:
    from services.connections.served import Served
    from services.connections.session.session import Session
    from services.errors import TransportClosed
    from services.events import ServerStatus
    from services.remedies import Remedy

__all__ = ("loss_noticed", "not_ready", "session_back", "still_there")

_NOTICED: Final = 1.0
"""Seconds until the loss of a connection, of which a request hears first, is seen by its owner too."""


async def loss_noticed(connection: Served, session: Session | None) -> None:
    """Wait until the loss of this session is noticed; it may have been the one answer that was lost."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_NOTICED):
            while connection.session is session:
                await connection.life.changed()


async def session_back(connection: Served) -> Session:
    """The open session, when the server is back or was never away. Raises NotReady when it is given up."""
    await connection.life.rest()
    if connection.session is None and connection.life.state is ServerState.READY:
        await loss_noticed(connection, None)  # it is just being left
        await connection.life.rest()
    if (session := connection.session) is None:
        raise not_ready(connection.status)
    return session


def not_ready(status: ServerStatus) -> NotReady:
    """The error for a server that cannot be asked now, with what lets it be asked again."""
    because = f": {status.cause}" if status.cause else ""
    said = f"{one_line(status.server, 80)} is {status.state}{because}"
    return NotReady(said, hint=status.hint, remedy=_remedy(status))


def still_there(error: TransportClosed) -> ConnectionFailed:
    """A loss, for whoever would send a call again that was lost: the task is there, and goes on."""
    return ConnectionFailed(error.message, hint=error.hint, reason=error.reason, remedy=error.remedy)


def _remedy(status: ServerStatus) -> Remedy | None:
    if status.state is ServerState.DISABLED:
        return Enable(status.server)
    if status.state is ServerState.RECONNECTING:
        return Reconnect(status.server, automatic=True)
    return status.remedy or (None if status.hint else Reconnect(status.server))
