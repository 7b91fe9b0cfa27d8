"""Commands of the shell that use the servers of this session: let in behind the start, a line for each."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from services.amounts import seconds_text
from services.errors import JackfieldError
from services.text import one_line
from widgets.history.cells import Cell, TextPart

if TYPE_CHECKING:
    from app.session.actions.configuration import Configurations
    from app.session.context import SessionContext
    from services.connection_manager import ConnectionManager
    from services.events import Event
    from services.resident.lent_servers import Outside as Asked
    from services.resident.session_door import SessionDoor
    from services.settings import Configuration

__all__ = ("Outside",)

_PATIENCE: Final = 5.0
"""Seconds for the servers to start, which nothing is to hold up."""
_VERBS: Final = {"read_resource": "read", "get_prompt": "got", "read_skill": "read"}


class Outside:
    """Opens the door of this session, and says who came in."""

    def __init__(self, context: SessionContext, configurations: Configurations) -> None:
        self._context = context
        self._configurations = configurations
        self._door: SessionDoor | None = None
        self._opening = False

    def take_settings(self, configuration: Configuration) -> None:
        """Let commands in where the configuration says so; one that is open hears the rest by itself."""
        if configuration.lends_session and not self._opening:
            self._opening = os.name == "posix"
            if self._opening:
                self._context.run(self._begin(), "outside")

    def take(self, event: Event) -> None:
        """Something happened that a command may have to know."""
        if self._door is not None:
            self._door.happened(event)

    async def close(self, manager: ConnectionManager) -> None:
        """Let nobody in any more, and end the servers."""
        if self._door is not None:
            await self._door.close()
        await manager.close()

    async def _begin(self) -> None:
        manager = await self._context.begun()
        with suppress(TimeoutError):
            await manager.settled(_PATIENCE)
        door = await asyncio.to_thread(self._made, manager)
        try:
            await door.begin()
        except (OSError, JackfieldError) as error:
            self._context.transcript.notice(
                "Commands of the shell cannot use this session's servers.", one_line(str(error), 300)
            )
        else:
            self._door = door

    def _made(self, manager: ConnectionManager) -> SessionDoor:
        from services.resident.session_door import SessionDoor

        return SessionDoor(manager, lambda: self._configurations.current, self._tell)

    def _tell(self, asked: Asked) -> None:
        took = seconds_text(asked.seconds)
        ended = {"done": took, "failed": f"failed after {took}", "cancelled": f"cancelled after {took}"}
        verb = _VERBS.get(asked.method)
        what = (
            f"called {asked.server}.{asked.what}" if verb is None else f"{verb} {asked.server} {asked.what}"
        )
        text = f"{asked.asker} {what}: {ended[asked.outcome]}"
        self._context.transcript.add(Cell("notice", parts=(TextPart(text, "dim"),)))
