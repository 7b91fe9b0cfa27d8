"""One command, as the keeper of servers sees it: what it asks, and what it is told."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from services.connections.calls import limit_here
from services.error_translation import translating
from services.errors import ConnectionFailed, JackfieldError, NotReady
from services.resident.kept import caller_here
from services.resident.messages import (
    Answered,
    Ask,
    Drop,
    Hear,
    Known,
    Opening,
    PageOpened,
    Ping,
    Reply,
    StatusWanted,
    Told,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.connection_manager import ConnectionManager
    from services.events import Event
    from services.inbox.questions import Question
    from services.resident.messages import Line, ServerView

__all__ = ("METHODS", "Caller", "Opens", "Served")

METHODS: Final = (
    *("call_tool", "start_task", "wait_task", "look_at_task", "cancel_task", "tasks", "listed_tasks"),
    *("read_resource", "get_prompt", "complete", "page", "skill", "read_skill", "skill_directory"),
    *("settled", "listed"),
)
"""What a command may ask of the manager."""


class Served(Protocol):
    """A server that a command uses."""

    name: str
    manager: ConnectionManager

    def view(self, *, with_catalog: bool) -> ServerView:
        """How it is now."""

    async def bring_back(self) -> None:
        """Connect anew what was lost."""


class Opens(Protocol):
    """What a command needs of whoever keeps servers."""

    async def open(self, caller: Caller, opening: Opening) -> Sequence[Served]:
        """The connections of a command."""

    def status(self) -> dict[str, Any]:
        """What is kept."""


class Caller:
    """Serves the line of one command until it closes; then nothing of what it asked goes on."""

    def __init__(self, line: Line, keeper: Opens) -> None:
        self._line, self._keeper = line, keeper
        self.kept: dict[str, Served] = {}
        self._asked: dict[int, asyncio.Task[None]] = {}
        self._busy: dict[int, Served] = {}
        self._questions: dict[int, tuple[Served, Question]] = {}
        self._tried: list[Served] = []
        """Those that something was asked of."""
        self._shown: dict[str, object] = {}
        """The catalog of each server that the command knows."""

    async def serve(self) -> None:
        """Do what the command says; returns when it has ended."""
        try:
            while (message := await self._line.read()) is not None:
                await self._do(message)
        finally:
            for task in self._asked.values():
                task.cancel()
            await asyncio.gather(*self._asked.values(), return_exceptions=True)
            self._line.close()

    def tell(self, event: Event) -> None:
        """Let the command hear of something."""
        if not self._line.is_behind():
            self._write(Told(event))

    def show(self, kept: Served) -> None:
        """Let the command know how a server is now."""
        if self.kept.get(kept.name) is kept:
            self._write(Known((self._view(kept),)))

    def asked(self, kept: Served, question: Question) -> None:
        """A question is put to this command."""
        self._questions[question.number] = kept, question

    def is_busy_with(self, kept: Served) -> bool:
        """Whether it has asked something of a server that is still under way."""
        return kept in self._busy.values()

    async def _do(self, message: object) -> None:
        match message:
            case Ping():
                self._write(Reply(0))
            case StatusWanted():
                self._write(Reply(0, self._keeper.status()))
            case Opening():
                await self._open(message)
            case Ask(number=number):
                self._asked[number] = task = asyncio.create_task(self._answer(message))
                task.add_done_callback(partial(self._done, number))
            case Drop(number=number):
                if (running := self._asked.get(number)) is not None:
                    running.cancel()
            case Answered(question=number, answer=answer):
                if (found := self._questions.pop(number, None)) is not None:
                    found[0].manager.inbox.answer(found[1], answer)
            case PageOpened(question=number):
                if (found := self._questions.get(number)) is not None:
                    found[0].manager.inbox.opened(found[1])

    def _done(self, number: int, _: object) -> None:
        self._asked.pop(number, None)
        self._busy.pop(number, None)

    async def _open(self, opening: Opening) -> None:
        try:
            with translating():
                found = await self._keeper.open(self, opening)
        except JackfieldError as error:
            self._write(Reply(0, error=error))
            return
        self.kept = {kept.name: kept for kept in found}
        self._write(Known(tuple(self._view(kept) for kept in found)))
        self._write(Reply(0))

    def _view(self, kept: Served) -> ServerView:
        catalog = kept.manager.catalog(kept.name)
        new = self._shown.get(kept.name) is not catalog
        self._shown[kept.name] = catalog
        return kept.view(with_catalog=new)

    async def _answer(self, ask: Ask) -> None:
        kept = self.kept.get(ask.server)
        if kept is None or ask.method not in METHODS:
            self._write(Reply(ask.number, error=ConnectionFailed("the resident does not know that")))
            return
        self._busy[ask.number] = kept
        caller_here.set(self)
        limit_here.set(ask.limit)
        try:
            with translating():
                value = await self._made(kept, ask)
                if ask.method in ("settled", "listed"):
                    self.show(kept)
                self._write(Reply(ask.number, value))
        except JackfieldError as error:
            self._write(Reply(ask.number, error=error))

    async def _made(self, kept: Served, ask: Ask) -> Any:
        hears = {name: partial(self._heard, ask.number, name) for name in ask.hears}
        where = {"server": ask.server} if ask.method == "settled" else {}
        first = () if ask.method in ("settled", "read_skill", "skill_directory") else (ask.server,)
        method = getattr(kept.manager, ask.method)
        untried = ask.method not in ("settled", "listed") and kept not in self._tried
        if untried:
            self._tried.append(kept)
        try:
            return await method(*first, *ask.arguments, **ask.options, **hears, **where)
        except NotReady:
            if not untried:
                raise
            # It was lost before this command, which was noticed only now; nothing has been sent.
            await kept.bring_back()
            await kept.manager.settled(server=kept.name)
            return await method(*first, *ask.arguments, **ask.options, **hears, **where)

    def _write(self, message: object) -> None:
        """Send a message; an error in the place of an answer that cannot be sent, and news not at all."""
        try:
            self._line.write(message)
        except RecursionError:
            if isinstance(message, Reply):
                error = ConnectionFailed("the answer is nested too deeply", hint="Without it: --cold")
                self._line.write(Reply(message.number, error=error))

    def _heard(self, number: int, name: str, news: object) -> None:
        if not self._line.is_behind():
            self._write(Hear(number, name, news))
