"""One server: what is wanted of it, done one wish after the other, whoever asks.

The states and the ways between them stand in `life_cycle`; the task that owns the connections
in `owner`; one attempt in `link`. Log, lists and status outlive every connection.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from services.clock import CLOCK, Clock
from services.connections.address import masked_address
from services.connections.eras import Eras
from services.connections.followed import Followed
from services.connections.life_cycle import LifeCycle
from services.connections.link import Link
from services.connections.lists import KINDS, Lists
from services.connections.log_level import LogLevel
from services.connections.login_state import LoginState, status_at_rest
from services.connections.offers import Offers
from services.connections.owner import Owner
from services.connections.relay import Forwarding
from services.connections.requests import Requests
from services.connections.sandbox import SandboxState
from services.connections.skill_files import SkillFiles
from services.connections.skills import Skills
from services.connections.task_book import TaskBook
from services.connections.task_calls import TaskCalls
from services.connections.tasks import Tasks
from services.connections.told_roots import ToldRoots
from services.connections.watching import watch_files
from services.errors import InvalidArguments
from services.events import LogLine, ResourceUpdated, ServerState, ServerStatus, StatusChanged
from services.logs.server_log import ServerLog
from services.oauth.status import gets_tokens_by_itself
from services.settings import LEVELS
from services.text import one_line
from services.trace.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.catalog.entries import Catalog
    from services.connections.reconnection import Retry
    from services.connections.relay import Relay
    from services.connections.session.session import Session
    from services.events import CatalogChanged, CatalogKind, Event
    from services.inbox.inbox import Inbox
    from services.inbox.questions import Answer, Question
    from services.logs.files import LogFiles
    from services.oauth.logins import Logins
    from services.roots import Root
    from services.settings import Level, ServerSettings

__all__ = ("Connection",)

_LATENCY_NEWS: Final = 0.25
"""Seconds between two news of nothing but a new latency."""

_LATEST: Final = 8.0
"""Seconds after which ending a connection is no longer left to itself; the grace of a process is 4."""


class Connection:
    """One configured server; made by the manager, alive for as long as the server is configured."""

    def __init__(
        self,
        settings: ServerSettings,
        *,
        report: Callable[[Event], None],
        inbox: Inbox,
        retry: Retry | None = None,
        environ: Mapping[str, str] = os.environ,
        umask: int = -1,
        version: str = "",
        logs: LogFiles | None = None,
        logins: Logins | None = None,
        probes_logins: bool = False,
        samples: bool = False,
        asks_roots: bool = False,
        eras: Eras | None = None,
        offers: Offers | None = None,
        tasks: TaskBook | None = None,
        skill_files: SkillFiles | None = None,
        relay: Relay | None = None,
        clock: Clock = CLOCK,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.retry = retry
        self._report = report
        self._environ, self._umask = environ, umask
        self._version = version
        self._logs = logs
        self.trace = Trace(settings.name)
        self.login = LoginState(logins, self.trace)
        self._probes_logins = probes_logins
        self._samples = samples
        self.told_roots = ToldRoots(asks=asks_roots)
        self.eras = eras if eras is not None else Eras()
        self._offers = offers if offers is not None else Offers()
        self._resting = False
        """Whether it waits for its first use."""
        self.log = ServerLog(settings.name, self._tell, self.trace.redactor.text, clock)
        self.life = LifeCycle(_first_status(settings, clock), self._tell, self.trace.redactor.text, clock)
        self._relay = relay
        wanted = self._offers.wants
        self.lists = Lists(lambda: self.settings, self.log, self._listed, self._entries_read, wanted)
        self.sandbox = SandboxState(self.log)
        self.log_level = LogLevel(self.log, settings.log_level)
        self.followed = Followed(self.log)
        self.tasks = Tasks(self, tasks if tasks is not None else TaskBook())
        self.requests = Requests(self, inbox, self.tasks)
        self.forwarding = Forwarding(self, self.requests)
        self.task_calls = TaskCalls(self, self.requests, self.tasks)
        self.skills = Skills(self, self.requests, skill_files if skill_files is not None else SkillFiles())
        self._wishes = asyncio.Lock()
        self._closed = False
        self._owner: Owner | None = None
        self._owning: asyncio.Task[None] | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._latency_told = self._answered_at = 0.0

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
        return 0.0 if self.requests.busy else self.clock.monotonic() - self._answered_at

    def withdraw_questions(self, reason: str) -> None:
        """The server is gone, or left: its questions with it."""
        self.tasks.lose_questions()
        self.requests.withdraw_all(reason)

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
        last = await asyncio.to_thread(self._offers.last, self.settings)
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
        if self._offers.wants(self.settings):
            await asyncio.to_thread(self._offers.keep, self.settings, dict(self.lists.wire))

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
        auth = await self.login.probed(self.settings) if self._probes_logins else None
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

    async def choose_roots(self, roots: tuple[Root, ...]) -> None:
        """Tell it of these directories for the rest of the session.

        Raises InvalidArguments where its table says that it is told of none.
        """
        if not self.offers_roots:
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
            same = _same_connection(before, settings, same_offer=offers(before) == offers(settings))
            if settings.roots != before.roots:
                self.told_roots.chosen = None
            if session is not None and same and (settings.log_level or not before.log_level):
                if settings.sandbox != before.sandbox:
                    await self.sandbox.tell(session, settings.sandbox)
                if settings.roots != before.roots:
                    await session.tell_roots_changed()
                await self.log_level.tell(session)
                if _chosen(settings) != _chosen(before):
                    self.lists.announced("tools")
                return
            if same and self.life.state in (ServerState.DISABLED, ServerState.STOPPED):
                if self.resting and settings.start == "eager":
                    self.start()
                return  # what the person ended stays ended
            await self._unwatch()
            await self._end()
            told = _first_status(settings, self.clock)
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
        self.trace.begin(self.settings, self._environ)
        return Link(
            self.settings, self.log, self._environ, self._version, self.trace, self.login, self._umask
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

    # What the session tells and asks (services.connections.session.incoming.Listener).

    @property
    def samples(self) -> bool:
        return self._samples and self.settings.sampling == "ask"

    @property
    def offers_roots(self) -> bool:
        return self.told_roots.offered(self.settings)

    async def roots(self) -> tuple[Root, ...]:
        return await self.told_roots.told(self.settings, self.ask)

    async def ask(self, question: Question) -> Answer:
        return await self.requests.ask(question)

    async def asked_elsewhere(self, method: str, params: Mapping[str, Any] | None) -> dict[str, Any] | None:
        if self._relay is None:
            return None
        with self.requests.standing_still():
            return await self._relay.asked(self.name, method, params)

    def logged_elsewhere(self, level: str, data: object, logger: str | None) -> None:
        if self._relay is not None:
            self._relay.logged(self.name, level, data, logger)

    def log_message(self, text: str, level: str, logger: str) -> None:
        known: Level = level if level in LEVELS else "info"
        self.log.say(text, "server", known, logger)

    def list_changed(self, kind: CatalogKind) -> None:
        self.lists.announced(kind)

    def resource_updated(self, uri: str) -> None:
        if self.followed:  # what is told of may lie below what was asked about
            self._report(ResourceUpdated(self.name, uri))
            if self._relay is not None:
                self._relay.updated(self.name, uri)

    def page_finished(self, elicitation: str) -> None:
        self.requests.page_finished(elicitation)
        if self._relay is not None:
            self._relay.page_finished(self.name, elicitation)

    def task_told(self, params: Mapping[str, Any]) -> None:
        self.tasks.told(params)
        if self._relay is not None:
            self._relay.task_told(self.name, params)

    def answered(self, seconds: float) -> None:
        self._answered_at = now = self.clock.monotonic()
        news = {"latency": seconds, "bytes_in": self.trace.bytes_in, "bytes_out": self.trace.bytes_out}
        if self.life.state is ServerState.READY and now - self._latency_told >= _LATENCY_NEWS:
            self._latency_told = now
            self.life.update(**news)
        else:
            self.life.note(**news)

    def _tell(self, event: Event) -> None:
        if isinstance(event, StatusChanged):
            self.trace.follow(event.status)
        elif isinstance(event, LogLine) and self._logs is not None:
            self._logs.write(event)
        self._report(event)

    def _entries_read(self, kind: CatalogKind, entries: list[Any]) -> None:
        if self._relay is not None:
            self._relay.listed(self.name, kind, entries)

    def _listed(self, counts: dict[str, int], events: list[CatalogChanged]) -> None:
        if self.life.state is ServerState.READY:
            self.life.update(**counts, faults=self.lists.named_faults)
        for event in events:
            self._report(event)


def _first_status(settings: ServerSettings, clock: Clock) -> ServerStatus:
    state = ServerState.STOPPED if settings.enabled else ServerState.DISABLED
    return ServerStatus(
        server=settings.name,
        state=ServerState.INVALID if settings.invalid else state,
        transport=settings.transport,
        since=clock.monotonic(),
        cause=settings.invalid,
        reason="configuration" if settings.invalid else "",
        hint=settings.hint if settings.invalid else "",
        auth=status_at_rest(settings),
        required=settings.required,
        address=masked_address(settings),
    )


def _same_connection(before: ServerSettings, settings: ServerSettings, *, same_offer: bool) -> bool:
    """Whether nothing differs but what can be told, and what concerns this side alone."""
    told = replace(before, sandbox=settings.sandbox, log_level=settings.log_level)
    if same_offer:  # that there are roots is said at the beginning
        told = replace(told, roots=settings.roots)
    asked = replace(
        told,
        default_tools_approval_mode=settings.default_tools_approval_mode,
        tools=settings.tools,
        tool_output_limits=settings.tool_output_limits,
        supports_parallel_tool_calls=settings.supports_parallel_tool_calls,
        enabled_tools=settings.enabled_tools,
        disabled_tools=settings.disabled_tools,
        start=settings.start,
        keep_alive=settings.keep_alive,
    )
    return asked == settings


def _chosen(settings: ServerSettings) -> tuple[object, object]:
    """Which of its tools are offered."""
    return settings.enabled_tools, settings.disabled_tools
