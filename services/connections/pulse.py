"""A sign of life from quiet servers of the handshake era (`ping`); 2026-07-28 has none and needs none."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from services.connections.telling import in_time
from services.errors import CallTimeout, JackfieldError

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.connections.session.session import Session
    from services.logs.server_log import ServerLog

__all__ = ("keep_pulse",)

_QUIET: Final = 30.0
"""Seconds without an answer after which a server is asked for a sign of life."""


async def keep_pulse(
    session: Session, quiet_for: Callable[[], float], log: ServerLog, *, quiet: float = _QUIET
) -> None:
    """Ask while nothing else is under way; silence is noted once, and its end too. Runs until cancelled.

    `quiet_for` tells the seconds since the last answer, 0 while a request is under way. A server
    that does not answer is not given up for it: it may be at work on something long.
    """
    silent = False
    while not session.modern:
        await asyncio.sleep(max(quiet - quiet_for(), quiet / 10))
        if quiet_for() < quiet:
            continue
        try:
            await in_time(session.ping(), "ping")
        except CallTimeout as error:
            if not silent:
                log.say(error.message, "lifecycle", "warning")
            silent = True
        except JackfieldError as error:
            log.say(f"ping: {error.message}", "lifecycle", "debug")
            return  # it does not know the method, or it is gone
        else:
            if silent:
                log.say("it answers again", "lifecycle")
            silent = False
