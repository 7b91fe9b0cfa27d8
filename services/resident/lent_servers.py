"""Servers of an open session as a command uses them: what it asks, told in one line each."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from services.connections.calls import asker_here
from services.events import LogLine
from services.inbox.questions import put_here
from services.resident.caller import Caller
from services.resident.messages import Put, Reply, ServerView, Wanted
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.connection_manager import ConnectionManager
    from services.inbox.inbox import Inbox
    from services.inbox.questions import Question
    from services.resident.caller import Opens, Served
    from services.resident.messages import Ask, Line, Opening

__all__ = ("LentServer", "Outside", "SessionCaller")

_TOLD: Final = ("call_tool", "start_task", "read_resource", "get_prompt", "read_skill")
"""What a session says of a command that it did."""


@dataclass(frozen=True, slots=True)
class Outside:
    """A command of another program asked something of a server, and how that ended; printable."""

    asker: str
    """The command and its process."""
    server: str
    what: str
    """The tool, the URI, the name of a prompt."""
    method: str
    outcome: Literal["done", "failed", "cancelled"]
    seconds: float


class LentServer:
    """One server of a session; nothing a command does ends it."""

    def __init__(self, manager: ConnectionManager, name: str) -> None:
        self.manager = manager
        self.name = name

    def view(self, *, with_catalog: bool) -> ServerView:
        """How it is now."""
        return ServerView(
            status=self.manager.status(self.name),
            usable=self.name in self.manager.usable,
            capabilities=self.manager.capabilities(self.name),
            catalog=self.manager.catalog(self.name) if with_catalog else None,
        )

    async def bring_back(self) -> None:
        """It is the session that brings back its servers."""


class SessionCaller(Caller):
    """A command that uses the servers of a session; its questions wait in the session's inbox."""

    def __init__(
        self,
        line: Line,
        session: Opens,
        asker: str,
        fits: Callable[[Opening], bool],
        tell: Callable[[Outside], None],
        inbox: Inbox,
    ) -> None:
        super().__init__(line, session)
        self.asker = asker
        self._fits = fits
        self._tell = tell
        self._inbox = inbox

    def question(self, question: Question, pid: int) -> None:
        """Say where a question waits that may be of this command."""
        own = question.asker == self.asker if question.asker else bool(self._busy)
        if own and question.server in self.kept:
            said = f'asks "{one_line(question.message, 200)}": it waits in the open session (process {pid})'
            self.tell(LogLine(question.server, said, "lifecycle", "warning"))

    async def _do(self, message: object) -> None:
        match message:
            case Wanted(opening=opening):
                self._write(Reply(0, self._fits(opening)))
            case Put(number=number, question=question):
                self._asked[number] = task = asyncio.create_task(self._put(number, question))
                task.add_done_callback(partial(self._done, number))
            case _:
                await super()._do(message)

    async def _put(self, number: int, question: Question) -> None:
        """Put a question of another program to the person here."""
        self._write(Reply(number, await self._inbox.ask(put_here(question, self.asker))))

    async def _made(self, kept: Served, ask: Ask) -> Any:
        asker_here.set(self.asker)
        began, outcome = time.monotonic(), "failed"
        try:
            value = await super()._made(kept, ask)
            outcome = "failed" if getattr(value, "is_error", False) else "done"
            return value
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        finally:
            if ask.method in _TOLD:
                what = next((str(one) for one in ask.arguments if isinstance(one, str)), "")
                self._tell(
                    Outside(
                        self.asker,
                        one_line(ask.server, 80),
                        one_line(what, 120),
                        ask.method,
                        outcome,  # type: ignore[arg-type]
                        time.monotonic() - began,
                    )
                )
