"""The servers of `jackfield serve`, and what they say meanwhile: on standard error, and nowhere else."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from app.command_line.terminal.line import WaitingLine
from app.command_line.terminal.logged import logged
from app.command_line.terminal.output import warning
from app.command_line.terminal.questions import Questions
from app.command_line.terminal.typed import Typed
from app.login_words import logins_for
from services.config.paths import home
from services.connection_manager import ConnectionManager
from services.connections.eras import home_eras
from services.connections.offers import home_offers
from services.connections.reconnection import Retry
from services.connections.skill_files import home_skill_files
from services.connections.task_book import home_tasks
from services.errors import ConfigurationError
from services.events import LogLine, ServerState, StatusChanged
from services.inbox.questions import LinkFinished, QuestionAsked, QuestionClosed
from services.logs.files import home_logs
from services.resident.session_inbox import SessionInbox
from services.resident.sessions import SERVE
from services.text import one_line
from services.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.command_line.connect.targets import Wish
    from app.command_line.gateway.live import Live
    from services.connections.relay import Relay
    from services.events import Event
    from services.gateway.audit import Audit
    from services.gateway.door import Door
    from services.gateway.state.shared import SharedState
    from services.settings import GatewaySettings

__all__ = ("GatewayDesk",)


class GatewayDesk:
    """Opens the door; `async with` until it is closed."""

    def __init__(
        self,
        wish: Wish,
        settings: GatewaySettings,
        live: Live | None,
        *,
        read_only: bool,
        http: bool,
        worker: bool = False,
    ) -> None:
        self.settings = settings
        self._live = live
        self._living: asyncio.Task[None] | None = None
        self._wish = wish
        self._read_only = read_only
        self._http = http
        self._at_terminal = http and not worker and sys.stdin.isatty()
        self._nobody = "workers share no terminal" if worker else ""
        """Why nobody can sit at this terminal (`questions = "here"`)."""
        if not http:
            self._nobody = "standard input is the client's"
        self._sessions = SessionInbox(SERVE)
        self._line = WaitingLine()
        self._typed = Typed()
        self._questions: Questions | None = None
        self._door: Door | None = None
        self._states: dict[str, ServerState] = {}

    async def __aenter__(self) -> Door:
        """Start all servers; waits for none of them."""
        # The SDK takes a second: a thread, so that signals are heard meanwhile.
        door, audit = await asyncio.to_thread(_load)
        self._door = made = door(
            self._manager,
            self.settings,
            read_only=self._read_only,
            somebody_here=self._somebody,
            audit=audit(_audit_file(), self._warn),
            offers=home_offers(),
            task_key=await asyncio.to_thread(self._task_key) if self._http else None,
            shared=await asyncio.to_thread(self._shared) if self._http else None,
            listener=self._hear,
            warn=self._warn,
        )
        if not self._at_terminal:
            made.manager.inbox.deputy = self._sessions.deputy
        self._questions = Questions(made.manager.inbox, self._line, self._typed, self._wish.answers)
        self._questions.begin()
        await made.__aenter__()
        self._live_on(made)
        return made

    def _live_on(self, door: Door) -> None:
        """Say which servers cannot start, and live by the configuration as it is edited."""
        for server in self._wish.servers:
            if server.invalid:
                self._warn(f"{one_line(server.name, 80)}: {one_line(server.invalid)}")
        if self._live is not None and self._wish.configuration is not None:
            self._live.begin(self._wish.configuration)
            self._living = asyncio.create_task(
                self._live.follow(door, self._line.say, self._warn, self._nobody), name="configuration"
            )

    async def __aexit__(self, *_: object) -> None:
        if self._living is not None:
            self._living.cancel()
            await asyncio.wait((self._living,))
        if self._door is not None:
            await self._door.__aexit__(None, None, None)
        if self._questions is not None:
            await self._questions.end()
        await self._line.end()

    def _manager(self, relay: Relay, listener: Callable[[Event], None]) -> ConnectionManager:
        return ConnectionManager(
            self._wish.servers,
            listener=listener,
            retry=Retry(),
            version=VERSION,
            logs=home_logs(self._warn),
            logins=logins_for(self._wish.configuration, self._warn),
            samples=True,
            asks_roots=True,
            eras=home_eras(),
            offers=home_offers(of_all=True),
            tasks=home_tasks(),
            skill_files=home_skill_files(),
            relay=relay,
        )

    def _somebody(self) -> bool:
        """Whether there is a person: at this terminal, else at an open session."""
        return self._at_terminal or self._sessions.somebody()

    def _hear(self, event: Event) -> None:
        questions = self._questions
        match event:
            case LogLine():
                self._log(event)
            case StatusChanged():
                self._status(event)
            case QuestionAsked(question=question) if questions is not None:
                questions.asked(question)
            case LinkFinished(question=question) if questions is not None:
                questions.finished(question)
            case QuestionClosed(question=question, outcome=outcome, reason=reason) if questions is not None:
                questions.closed(question, outcome, reason)
            case _:
                pass

    def _status(self, event: StatusChanged) -> None:
        status = event.status
        before = self._states.get(status.server)
        self._states[status.server] = status.state
        if status.state in (ServerState.FAILED, ServerState.LOGIN_NEEDED) and before != status.state:
            self._warn(f"{one_line(status.server, 80)}: {status.cause or status.state}")

    def _task_key(self) -> bytes | None:
        """What tasks are named with; None, for a key of this run alone, where none can be kept."""
        from services.gateway.access import kept_task_key

        try:
            return kept_task_key(home() / "gateway")
        except ConfigurationError as error:
            self._warn(f"clients lose their tasks when the gateway ends: {error.message}")
            return None

    def _shared(self) -> SharedState | None:
        """What it has in common with other processes. Raises ConfigurationError."""
        if self.settings.state is None:
            return None
        from services.gateway.state.address import state_address

        address = state_address(self.settings.state, os.environ)
        from services.gateway.state.shared import SharedState

        return SharedState(address, self._warn)

    def _warn(self, text: str) -> None:
        self._line.say(warning(text))

    def _log(self, line: LogLine) -> None:
        if said := logged(line, verbose=self._wish.verbose):
            self._line.say(said)


def _load() -> tuple[type[Door], type[Audit]]:
    from services.gateway.audit import Audit
    from services.gateway.door import Door

    return Door, Audit


def _audit_file() -> Path | None:
    try:
        return home() / "logs" / "gateway.jsonl"
    except ConfigurationError:
        return None
