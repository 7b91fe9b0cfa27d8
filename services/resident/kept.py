"""One connection that outlives the command it was made for."""

from __future__ import annotations

import asyncio
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

from services.config.paths import home
from services.connection_manager import ConnectionManager
from services.connections.eras import home_eras
from services.connections.offers import home_offers
from services.connections.skill_files import home_skill_files
from services.connections.task_book import home_tasks
from services.credentials.store import CredentialStore
from services.events import LogLine, ServerState
from services.inbox.questions import Answer, LinkFinished, QuestionAsked, QuestionClosed
from services.oauth.logins import Logins
from services.resident.circumstances import started
from services.resident.messages import ServerView
from services.text import one_line
from services.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.events import Event
    from services.inbox.questions import Question
    from services.logs.files import LogFiles
    from services.resident.circumstances import Circumstances
    from services.resident.messages import Opening
    from services.settings import ServerSettings

__all__ = ("Kept", "caller_here")


class Caller(Protocol):
    """A command, as far as a connection knows it."""

    def tell(self, event: Event) -> None:
        """Let it hear of something."""

    def show(self, kept: Kept) -> None:
        """Let it know how the server is now."""

    def asked(self, kept: Kept, question: Question) -> None:
        """A question is put to it."""

    def is_busy_with(self, kept: Kept) -> bool:
        """Whether it has asked something of the server that is still under way."""


caller_here: ContextVar[Caller | None] = ContextVar("caller_here", default=None)
"""The command whose request this task makes."""

_MODERN = "2026-07-28"
"""From this revision on a question belongs to the request it is an answer to."""


class Kept:
    """A manager of one server, and the commands that use it."""

    def __init__(
        self,
        circumstances: Circumstances,
        settings: ServerSettings,
        opening: Opening,
        logs: LogFiles,
        *,
        after: Iterable[asyncio.Future[None]] = (),
    ) -> None:
        """Waits for `after` before it starts."""
        self.circumstances = circumstances
        self.callers: list[Caller] = []
        self.leaving = False
        """It ends with the last command that uses it."""
        self.used_at = time.monotonic()
        self._after = tuple(after)
        self._readying = asyncio.Lock()
        self._has_begun = False
        self._asked: dict[int, tuple[Question, Caller]] = {}
        self.name = settings.name
        self._logs_in = settings.transport != "stdio"
        self._logins = _logins(opening)
        self._is_outdated = False
        """Whether it is of no more use to anybody who comes."""
        self._mark: object = None
        """That of the store of logins when ours was compared with it last."""
        self.manager = ConnectionManager(
            (started(settings, opening),),
            listener=self._hear,
            environ=opening.environ,
            umask=opening.umask,
            version=VERSION,
            logs=logs,
            logins=self._logins,
            eras=home_eras(),
            offers=home_offers(),
            tasks=home_tasks(),
            skill_files=home_skill_files(),
        )

    @property
    def is_usable(self) -> bool:
        """Whether the next command would find it working, or waiting for its first use."""
        return self.name in self.manager.usable

    def rested_for(self) -> float:
        """Seconds since a command used it; 0 while one does."""
        return 0.0 if self.callers else time.monotonic() - self.used_at

    async def _has_outdated_login(self) -> bool:
        """Whether somebody logged in anew or out since it connected; asks for it only after a change."""
        if not self._logs_in:
            return False
        mark = await asyncio.to_thread(self._logins.kept.mark)
        if mark == self._mark:
            return False
        self._mark = mark
        return await self.manager.has_outdated_login(self.name)

    async def made_ready(self, caller: Caller, *, lazily: bool) -> bool:
        """Have it started or starting for a command; False where another one is needed."""
        async with self._readying:
            if not self._has_begun:
                if self._after:
                    await asyncio.wait(self._after)  # whoever stops waiting does not stop them
                await self.manager.start(lazily=lazily)
                self._has_begun = True
                return True
            outdated = not self._is_outdated and await self._has_outdated_login()
            if outdated and self.callers != [caller]:  # what others do goes on as whoever they were
                self._is_outdated = self.leaving = True
            if self._is_outdated:
                return False
            await self.bring_back(anew=outdated, lazily=lazily)
            return True

    async def bring_back(self, *, anew: bool = False, lazily: bool = False) -> None:
        """Connect anew what was lost or failed, and look for lists that changed without a word.

        `lazily`: what waits for its first use may wait on.
        """
        state = self.manager.status(self.name).state
        if state is ServerState.STOPPED and self.is_usable:
            await self.manager.start(lazily=lazily)  # with what it offered last, if it waits on
        elif not anew and state in (ServerState.READY, ServerState.STARTING):
            self.manager.freshen()
        else:
            await self.manager.reconnect(self.name)

    def left_by(self, caller: Caller) -> None:
        """A command does not use it any more."""
        self.callers.remove(caller)
        self.used_at = time.monotonic()
        for question, owner in list(self._asked.values()):
            if owner is caller:
                self.manager.inbox.withdraw(question, "the command it belonged to ended")

    async def close(self) -> None:
        """End the connection and wait until nothing of it is left."""
        await self.manager.close()

    def view(self, *, with_catalog: bool) -> ServerView:
        """How it is now."""
        return ServerView(
            status=self.manager.status(self.name),
            usable=self.is_usable,
            capabilities=self.manager.capabilities(self.name),
            catalog=self.manager.catalog(self.name) if with_catalog else None,
        )

    def described(self) -> dict[str, Any]:
        """How it is, for people and programs; printable, and nothing secret."""
        status = self.manager.status(self.name)
        return {
            "server": one_line(self.name, 80),
            "state": status.state.value,
            "pid": status.pid,
            "commands": len(self.callers),
            "rests_for": round(self.rested_for(), 1),
            "source": one_line(self.circumstances.source, 500),
            "directory": one_line(self.circumstances.directory, 500),
        }

    # What the server tells and asks.

    def _hear(self, event: Event) -> None:
        match event:
            case QuestionAsked(question=question):
                self._question(question)
            case LinkFinished(question=question) | QuestionClosed(question=question):
                asked = self._asked.get(question.number)
                if isinstance(event, QuestionClosed):
                    self._asked.pop(question.number, None)
                if asked is not None:
                    asked[1].tell(event)
            case _:
                for caller in self.callers:
                    caller.show(self)
                    caller.tell(event)

    def _question(self, question: Question) -> None:
        """Put a question to the command it belongs to; where that is not to be known, nobody answers."""
        owner = self._owner()
        if owner is not None:
            self._asked[question.number] = question, owner
            owner.asked(self, question)
            owner.tell(QuestionAsked(question))
            return
        self.manager.inbox.answer(question, Answer("decline"))
        said = f'asks "{one_line(question.message, 200)}"; declined: several commands use it, try --cold'
        for caller in self.callers:
            caller.tell(LogLine(self.name, said, "lifecycle", "warning"))

    def _owner(self) -> Caller | None:
        here = caller_here.get()
        modern = self.manager.status(self.name).protocol >= _MODERN
        if modern and here in self.callers:
            return here
        busy = [caller for caller in self.callers if caller.is_busy_with(self)]
        candidates = busy or self.callers
        return candidates[0] if len(candidates) == 1 else None


def _logins(opening: Opening) -> Logins:
    wanted, place = opening.configuration, home()
    store = CredentialStore(place, wanted.credentials_store, refuses=wanted.login_trouble)
    return Logins(
        place,
        mode=wanted.credentials_store,
        callback_port=wanted.callback_port,
        callback_url=wanted.callback_url,
        environ=opening.environ,
        store=store,
    )
