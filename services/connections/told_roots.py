"""Which directories one server is told of: those of its table, else the working directory after a yes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from services.inbox.questions import RootsAnswer, RootsQuestion
from services.roots import Root, roots_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.inbox.questions import Answer, Question
    from services.settings import ServerSettings

__all__ = ("ToldRoots",)


class ToldRoots:
    """The directories of one server, for as long as it is configured."""

    def __init__(self, *, asks: bool) -> None:
        """`asks`: somebody is there who may allow the working directory."""
        self._asks = asks
        self._asking = asyncio.Lock()
        self.chosen: tuple[Root, ...] | None = None
        """What the person chose for this session, in the place of all else."""

    def offered(self, settings: ServerSettings) -> bool:
        """Whether the server is told at its start that it may ask."""
        return bool(settings.roots) or (self._asks and settings.roots is None)

    def known(self, settings: ServerSettings) -> tuple[Root, ...] | None:
        """What it is told; None where the person is asked first."""
        if self.chosen is not None:
            return self.chosen
        return None if self._asks and settings.roots is None else roots_of(settings)

    async def told(
        self, settings: ServerSettings, ask: Callable[[Question], Awaitable[Answer]]
    ) -> tuple[Root, ...]:
        """What it is told when it asks. After a no it is told of none, for the rest of the session."""
        async with self._asking:  # a second request has the answer of the first
            if (known := self.known(settings)) is not None:
                return known
            here = (Root(Path.cwd()),)
            answer = await ask(RootsQuestion(server=settings.name, message="", roots=here))
            if answer.action == "decline":
                self.chosen = ()
            if not isinstance(answer, RootsAnswer):
                return ()
            allowed = here if answer.roots is None else answer.roots
            if answer.lasting == "session":
                self.chosen = allowed
            return allowed
