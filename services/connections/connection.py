"""One server: what is wanted of it, done one wish after the other, whoever asks.

The states and the ways between them stand in `life_cycle`; the task that owns the connections
in `owner`; one attempt in `link`. Log, lists and status outlive every connection.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from services.connections.followed import Followed
from services.connections.life_cycle import LifeCycle
from services.connections.link import Link
from services.connections.lists import KINDS, Lists
from services.connections.log_level import LogLevel
from services.connections.login_state import LoginState
from services.connections.new_settings import chosen_tools, first_status, same_connection
from services.connections.owner import Owner
from services.connections.relay import Forwarding
from services.connections.requests import Requests
from services.connections.sandbox import SandboxState
from services.connections.server_questions import ServerQuestions
from services.connections.skills import Skills
from services.connections.task_calls import TaskCalls
from services.connections.tasks import Tasks
from services.connections.told import Told
from services.connections.told_roots import ToldRoots
from services.connections.watching import watch_files
from services.errors import InvalidArguments
from services.events import LogLine, ServerState, ServerStatus, StatusChanged
from services.logs.server_log import ServerLog
from services.oauth.status import gets_tokens_by_itself
from services.text import one_line
from services.trace.trace import Trace

if TYPE_CHECKING:
    from services.catalog.entries import Catalog
    from services.connections.session.session import Session
    from services.connections.shared import Shared
    from services.events import CatalogChanged, CatalogKind, Event
    from services.roots import Root
    from services.settings import Level, ServerSettings

__all__ = ("Connection",)

_LATENCY_NEWS: Final = 0.25
"""Seconds between two news of nothing but a new latency."""

_LATEST: Final = 8.0
"""Seconds after which ending a connection is no longer left to itself; the grace of a process is 4."""


class Connection:
    """One configured server; made by the manager, alive for as long as the server is configured."""

    def __init__(self, settings: ServerSettings, shared: Shared) -> None:
        self.settings = settings
        self._shared = shared
        self.clock = clock = shared.clock
        self.retry = shared.retry
        self.eras = shared.eras
        self.trace = Trace(settings.name)
        self.login = LoginState(shared.logins, self.trace)
        self.told_roots = ToldRoots(asks=shared.asks_roots)
        self._resting = False
        """Whether it waits for its first use."""
        self.log = ServerLog(settings.name, self._tell, self.trace.redactor.text, clock)
        self.life = LifeCycle(first_status(settings, clock), self._tell, self.trace.redactor.text, clock)
        wanted = shared.offers.wants
        self.lists = Lists(lambda: self.settings, self.log, self._listed, self._entries_read, wanted)
        self.sandbox = SandboxState(self.log)
        self.log_level = LogLevel(self.log, settings.log_level)
        self.followed = Followed(self.log)
        self.tasks = Tasks(self, shared.tasks)
        self.questions = ServerQuestions(settings.name, shared.inbox, self.log)
        self.requests = Requests(self, self.tasks, self.questions)
        self.forwarding = Forwarding(self, self.requests)
        self.task_calls = TaskCalls(self, self.requests, self.tasks)
        self.skills = Skills(self, self.requests, shared.skill_files)
        self.told = Told(self, self.questions, self.tasks, shared)
        self._wishes = asyncio.Lock()
        self._closed = False
        self._owner: Owner | None = None
        self._owning: asyncio.Task[None] | None = None
        self._watcher: asyncio.Task[None] | None = None

    # What may be asked of it, from anywhere.

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def status(self) -> ServerStatus:
        return self.life.status

    @property
    def catalog(self) -> Catalog:
        return self.lists.catalog

    @property
    def session(self) -> Session | None:
        """The open session, None unless ready."""
        return self._owner.session if self._owner is not None else None

    async def settled(self) -> None:
        """Return when the start under way has come to an end, whichever."""
        await self.life.settled()

    async def listed(self) -> None:
        """Return when the start under way has ended, and with it the first reading of every list."""
        await self.settled()
        for kind in KINDS:
            await self.lists.known(kind)

    async def why_closed(self) -> str:
        """Why the connection ended, in one line: exit status and last line of stderr, or HTTP status."""
        cause = await self._owner.why_closed() if self._owner is not None else ""
        return self.trace.redactor.text(cause)

    def quiet_for(self) -> float:
        """Seconds since its last answer; 0 while a request is under way."""
        return 0.0 if self.questions.busy else self.clock.monotonic() - self.told.answered_at

    def withdraw_questions(self, reason: str) -> None:
        """The server is gone, or left: its questions with it."""
        self.tasks.lose_questions()
        self.questions.withdraw_all(reason)

    @property
    def resting(self) -> bool:
        """Whether it is lazy and waits for its first use."""
        return self._resting and self.life.state is ServerState.STOPPED

    def freshen(self) -> None:
        """Read lists again that may have changed without a word; for whoever is about to look at them."""
        if (session := self.session) is not None:
            for kind in KINDS:
                if session.stale(kind):
                    self.lists.announced(kind)

    def read_again(self, kind: CatalogKind) -> None:
        """Read a list again, as if its server had said that it changed."""
        if self.session is not None:
            self.lists.announced(kind)

    # What may be wanted of it: one wish after the other.

    def start(self) -> None:
        """Begin to connect, unless disabled, invalid or connected already; returns at once."""
        idle = (self._owning is None or self._owning.done()) and not self._closed
        if idle and self.life.state not in (ServerState.INVALID, ServerState.DISABLED):
            self._resting = False
            self.life.become(ServerState.STARTING)
            self._owner = Owner(self)
            self._owning = asyncio.create_task(self._owner.run(), name=f"connection {self.name}")
            self._watch()

    async def begin(self, *, lazily: bool = True) -> None:
        """Start it; a lazy one is shown with what it offered last, and starts at its first use."""
        stopped = self.life.state is ServerState.STOPPED
        if not lazily or self.settings.start == "eager" or not stopped:
            self.start()
            return
        self._resting = True
        last = await asyncio.to_thread(self._shared.offers.last, self.settings)
        if self.resting:
            self.lists.rest(last)
            told = {kind: len(getattr(last, kind)) for kind in KINDS}
            self.life.update(cause="starts at its first use", **told)

    async def wake(self) -> None:
        """The first use of a lazy server: it starts; any other stays as it is."""
        if self.resting:
            await self.connect()
            await self.settled()

    async def keep_offer(self) -> None:
        """Remember what the server offers, where that is wanted before it starts again."""
        if self._shared.offers.wants(self.settings):
            await asyncio.to_thread(self._shared.offers.keep, self.settings, dict(self.lists.wire))

    async def connect(self) -> None:
        """Connect unless it is connected; one that waits for its next attempt does not wait longer."""
        async with self._wishes:
            await self._begin()

    async def stop(self) -> None:
        """End the connection and wait until nothing of it is left."""
        async with self._wishes:
            self._resting = False
            await self._unwatch()
            await self._end()

    async def close(self) -> None:
        """The last wish: end the connection, and never begin another."""
        self._closed = True
        await self.tasks.close()
        await self.stop()

    async def restart(self) -> None:
        """Connect anew, whatever the state; a disabled server is enabled by it."""
        async with self._wishes:
            await self._end()
            self._enable()
            self._again()

    async def logged_in(self) -> None:
        """Connect anew with the login there is now; one that is disabled stays so."""
        self.login.challenge = None
        if self.life.state not in (ServerState.DISABLED, ServerState.INVALID):
            await self.restart()

    async def logged_out(self) -> None:
        """Live without the login: what is connected connects anew, and finds out what that means."""
        if gets_tokens_by_itself(self.settings):
            await self.stop()
        elif self.life.state not in (ServerState.DISABLED, ServerState.INVALID, ServerState.STOPPED):
            await self.restart()
        self.life.update(auth="not_logged_in")

    async def probe_login(self) -> None:
        """Tell it when a server that needs no login offers one, if that is to be asked."""
        auth = await self.login.probed(self.settings) if self._shared.probes_logins else None
        if auth is not None and self.life.state is ServerState.READY:
            self.life.update(auth=auth)

    async def set_enabled(self, enabled: bool) -> None:
        """Enable and start, or stop and disable."""
        async with self._wishes:
            if self.life.state is ServerState.INVALID:
                return
            if enabled:
                self._enable()
                await self._begin()
            elif self.life.state is not ServerState.DISABLED:
                await self._unwatch()
                await self._end()
                self.life.become(ServerState.DISABLED)
                self.lists.rest()

    async def choose_roots(self, roots: tuple[Root, ...] | None) -> None:
        """Tell it of these directories for the rest of the session; None: what was chosen is forgotten.

        Raises InvalidArguments where its table says that it is told of none.
        """
        if not self.told.offers_roots:
            raise InvalidArguments(
                f"{one_line(self.name, 80)} may not ask for directories: roots = [] in its table"
            )
        self.told_roots.chosen = roots
        if (session := self.session) is not None:
            await session.tell_roots_changed()

    async def set_log_level(self, level: Level) -> None:
        """Ask for log messages of this level and above, on this connection and the next ones."""
        await self.settled()
        await self.log_level.choose(self.session, level)

    async def reconfigure(self, settings: ServerSettings) -> None:
        """Take new settings of the same name and live by them; what can be told without a restart is told."""
        async with self._wishes:
            before, self.settings = self.settings, settings
            session = self.session
            if settings.log_level != before.log_level:
                self.log_level.wanted = settings.log_level
            offers = self.told_roots.offered
            same = same_connection(before, settings, same_offer=offers(before) == offers(settings))
            if settings.roots != before.roots:
                self.told_roots.chosen = None
            if session is not None and same and (settings.log_level or not before.log_level):
                if settings.sandbox != before.sandbox:
                    await self.sandbox.tell(session, settings.sandbox)
                if settings.roots != before.roots:
                    await session.tell_roots_changed()
                await self.log_level.tell(session)
                if chosen_tools(settings) != chosen_tools(before):
                    self.lists.announced("tools")
                return
            if same and self.life.state in (ServerState.DISABLED, ServerState.STOPPED):
                if self.resting and settings.start == "eager":
                    self.start()
                return  # what the person ended stays ended
            await self._unwatch()
            await self._end()
            told = first_status(settings, self.clock)
            if self.life.state is not ServerState.STOPPED:
                self.life.become(ServerState.STOPPED)
            if told.state is not ServerState.STOPPED:
                self.life.become(told.state)
            kept = ("transport", "auth", "required", "address", "cause", "hint", "reason")
            self.life.update(**{key: getattr(told, key) for key in kept})
            if self.resting and settings.start == "lazy":
                await self.begin()
            else:
                self._again()

    def new_link(self) -> Link:
        """One more attempt to reach the server; for its owner."""
        shared = self._shared
        self.trace.begin(self.settings, shared.environ)
        return Link(
            self.settings, self.log, shared.environ, shared.version, self.trace, self.login, shared.umask
        )

    def _enable(self) -> None:
        if self.life.state is ServerState.DISABLED:
            self.life.become(ServerState.STOPPED)

    async def _begin(self) -> None:
        """Start; what waits for its next attempt, or was left while it was ending, is ended first."""
        if self.life.state is ServerState.RECONNECTING or (self._owner is not None and self._owner.stopping):
            await self._end()
            self._again()
        else:
            self.start()

    def _again(self) -> None:
        if self._owner is not None and self.life.state is ServerState.STOPPED:
            self.life.note(restarts=self.status.restarts + 1)
        self.start()

    async def _end(self) -> None:
        if self._owner is not None and self._owning is not None:
            self._owner.stop()
            _, late = await asyncio.wait([self._owning], timeout=_LATEST)
            if late:  # no wait of ours is that long: something foreign holds it
                self._owning.cancel()
                await asyncio.wait([self._owning], timeout=_LATEST)
        if self.life.state not in (ServerState.INVALID, ServerState.DISABLED, ServerState.STOPPED):
            self.lists.gone()
            self.life.become(ServerState.STOPPED)

    def _watch(self) -> None:
        """Start it again when its files change, as long as it is wanted; also one that failed."""
        if self.settings.watch and self._watcher is None:
            folder = Path(self.settings.cwd or ".")
            watching = watch_files(self.settings.watch, folder, self.log, self.restart)
            self._watcher = asyncio.create_task(watching, name=f"watch {self.name}")

    async def _unwatch(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.wait([self._watcher])
            self._watcher = None

    # What its parts tell.

    def _tell(self, event: Event) -> None:
        if isinstance(event, StatusChanged):
            self.trace.follow(event.status)
        elif isinstance(event, LogLine) and self._shared.logs is not None:
            self._shared.logs.write(event)
        self._shared.report(event)

    def _entries_read(self, kind: CatalogKind, entries: list[Any]) -> None:
        if self._shared.relay is not None:
            self._shared.relay.listed(self.name, kind, entries)

    def _listed(self, counts: dict[str, int], events: list[CatalogChanged]) -> None:
        if self.life.state is ServerState.READY:
            self.life.update(**counts, faults=self.lists.named_faults)
        for event in events:
            self._shared.report(event)
