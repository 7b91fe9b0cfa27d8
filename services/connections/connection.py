"""One server: its life, and the one task that owns its connections from open to close.

The states and the ways between them stand in `services.connections.life_cycle`; the pauses
between attempts in `reconnection`; one attempt in `link`. What is wanted of a server (connect,
stop, new settings) is done one after the other, whoever asks, from whichever task.
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any, Final, get_args

from services.connections.address import masked_address
from services.connections.life_cycle import LifeCycle
from services.connections.link import Link
from services.connections.lists import Lists
from services.connections.reconnection import Attempts
from services.connections.requests import Requests
from services.connections.server_log import ServerLog
from services.errors import JackfieldError, LoginNeeded, TransportClosed, translating
from services.events import Level, ResourceUpdated, ServerState, ServerStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.catalog.entries import Catalog
    from services.config.settings import ServerSettings
    from services.connections.reconnection import Retry
    from services.connections.session import Session
    from services.events import CatalogChanged, CatalogKind, Event
    from services.inbox.inbox import Answer, Inbox, Question

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
        version: str = "",
    ) -> None:
        self.settings = settings
        self._report = report
        self._retry = retry
        self._environ = environ
        self._version = version
        self.log = ServerLog(settings.name, report)
        """Outlives every connection."""
        self.life = LifeCycle(_first_status(settings), report)
        self._lists = Lists(self.log, self._listed)
        self.requests = Requests(self, inbox)
        self._wishes = asyncio.Lock()
        self._owner: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()
        self._limit: asyncio.Timeout | None = None
        self._link: Link | None = None
        self._session: Session | None = None
        self._latency_told = 0.0

    # What may be asked of it, from anywhere.

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def status(self) -> ServerStatus:
        return self.life.status

    @property
    def catalog(self) -> Catalog:
        return self._lists.catalog

    @property
    def session(self) -> Session | None:
        """The open session, None unless ready."""
        return self._session

    @property
    def refusal(self) -> str:
        """What the HTTP side last refused, in one line; empty for stdio."""
        return self._link.refusal if self._link is not None else ""

    async def settled(self) -> None:
        """Return when the start under way has come to an end, whichever."""
        await self.life.settled()

    async def why_closed(self) -> str:
        """Why the connection ended, in one line: exit status and last line of stderr, or HTTP status."""
        if self._stop.is_set():
            return "the server was disconnected"
        return await self._link.why_closed() if self._link is not None else ""

    # What may be wanted of it: one wish after the other.

    def start(self) -> None:
        """Begin to connect, unless disabled, invalid or connected already; returns at once."""
        idle = self._owner is None or self._owner.done()
        if idle and self.life.state not in (ServerState.INVALID, ServerState.DISABLED):
            self._stop = asyncio.Event()
            self.life.become(ServerState.STARTING)
            self._owner = asyncio.create_task(self._own(), name=f"connection {self.name}")

    async def connect(self) -> None:
        """Connect unless it is connected; one that waits for its next attempt does not wait longer."""
        if self.life.state is ServerState.RECONNECTING:
            await self.restart()
            return
        async with self._wishes:
            self.start()

    async def stop(self) -> None:
        """End the connection and wait until nothing of it is left."""
        async with self._wishes:
            await self._end()

    async def restart(self) -> None:
        """Connect anew, whatever the state; a disabled server is enabled by it."""
        async with self._wishes:
            await self._end()
            self._enable()
            self._again()

    async def set_enabled(self, enabled: bool) -> None:
        """Enable and start, or stop and disable."""
        async with self._wishes:
            if self.life.state is ServerState.INVALID:
                return
            if enabled:
                self._enable()
                self.start()
            elif self.life.state is not ServerState.DISABLED:
                await self._end()
                self.life.become(ServerState.DISABLED)

    async def reconfigure(self, settings: ServerSettings) -> None:
        """Take new settings of the same name and live by them."""
        async with self._wishes:
            await self._end()
            self.settings = settings
            told = _first_status(settings)
            if self.life.state is not ServerState.STOPPED:
                self.life.become(ServerState.STOPPED)
            if told.state is not ServerState.STOPPED:
                self.life.become(told.state)
            kept = ("transport", "auth", "required", "address", "cause", "hint", "reason")
            self.life.update(**{key: getattr(told, key) for key in kept})
            self._again()

    def _enable(self) -> None:
        if self.life.state is ServerState.DISABLED:
            self.life.become(ServerState.STOPPED)

    def _again(self) -> None:
        if self._owner is not None and self.life.state is ServerState.STOPPED:
            self.life.note(restarts=self.status.restarts + 1)
        self.start()

    async def _end(self) -> None:
        self._stop.set()
        if self._limit is not None and self.life.state is ServerState.STARTING:
            with suppress(RuntimeError):  # it is expiring by itself already
                self._limit.reschedule(asyncio.get_running_loop().time())
        if self._owner is not None:
            _, late = await asyncio.wait([self._owner], timeout=_LATEST)
            if late:  # no wait of ours is that long: something foreign holds it
                self._owner.cancel()
                await asyncio.wait([self._owner], timeout=_LATEST)
        if self.life.state not in (ServerState.INVALID, ServerState.DISABLED, ServerState.STOPPED):
            self._lists.gone()
            self.life.become(ServerState.STOPPED)

    # The owner task.

    async def _own(self) -> None:
        attempts = Attempts(self._retry) if self._retry is not None else None
        was_ready = False
        while (error := await self._attempt()) is not None:
            held = self._ready_for()
            was_ready = was_ready or held is not None
            self._lists.gone()
            pause = None
            if attempts is not None:
                attempts.failed() if held is None else attempts.held(held)
                endless = was_ready and self.settings.transport != "stdio"
                pause = attempts.pause(error, endless=endless)
            if attempts is None or pause is None:
                self._fail(error, attempts)
                return
            self._pause(error, attempts, pause)
            if await self._stopped_within(pause):
                return
            self.life.note(restarts=self.status.restarts + 1)
            self.life.become(
                ServerState.STARTING, attempt=attempts.count, cause=error.message, reason=error.reason
            )

    async def _attempt(self) -> JackfieldError | None:
        """Connect and serve until the server is stopped (None) or lost (why)."""
        try:
            try:
                await self._connect(self.settings.protocol)
            except TransportClosed:
                if self._session is not None or not self._may_be_old():
                    raise
                # Some older servers leave at the first message that is not `initialize`.
                self.log.say("it left at the first question; the older handshake next", "lifecycle", "debug")
                await self._connect("legacy")
        except JackfieldError as error:
            return None if self._stop.is_set() else error
        finally:
            self._session = None
            self._limit = None
        return None

    def _may_be_old(self) -> bool:
        questioned = self._link is not None and self._link.questioned
        return questioned and self.settings.protocol == "auto" and not self._stop.is_set()

    async def _connect(self, protocol: str) -> None:
        self._limit = limit = asyncio.timeout(self.settings.startup_timeout_sec)
        self._link = link = Link(self.settings, self.log, self._environ, self._version)
        if self._stop.is_set():
            return
        try:
            with translating():
                async with limit, AsyncExitStack() as stack:
                    stack.callback(self.requests.withdraw_all, "its server is gone")
                    session = await link.open(stack, protocol, self)
                    await self._lists.read(session, self.settings)
                    limit.reschedule(None)
                    await self._serve(session, link)
        except JackfieldError as error:
            if limit.expired():
                raise link.start_timeout() from error
            raise await link.explained(error) from error

    async def _serve(self, session: Session, link: Link) -> None:
        """Be ready until told to stop, or until the server is gone."""
        self._session = session
        self.life.become(
            ServerState.READY,
            protocol=session.protocol,
            identity=session.identity,
            instructions=session.instructions,
            pid=link.pid,
            **self._counts(),
        )
        self.log.say(f"ready: {session.identity or 'unnamed'}, protocol {session.protocol}", "lifecycle")
        async with asyncio.TaskGroup() as tasks:
            background = (
                tasks.create_task(session.follow_changes()),
                tasks.create_task(self._lists.follow(session, self.settings)),
            )
            stopped, lost = tasks.create_task(self._stop.wait()), tasks.create_task(link.lost())
            await asyncio.wait((stopped, lost), return_when=asyncio.FIRST_COMPLETED)
            for task in (*background, stopped, lost):
                task.cancel()
        if not self._stop.is_set():
            raise lost.result()

    # How it went.

    def _ready_for(self) -> float | None:
        """Seconds since it became ready; None when it did not."""
        ready = self.life.state is ServerState.READY
        return time.monotonic() - self.status.since if ready else None

    def _pause(self, error: JackfieldError, attempts: Attempts, pause: float) -> None:
        self.log.say(f"{error.message}; attempt {attempts.count} in {pause:.1f} s", "lifecycle", "warning")
        self.life.become(
            ServerState.RECONNECTING,
            cause=error.message,
            reason=error.reason,
            hint=error.hint,
            attempt=attempts.count,
            retry_at=time.monotonic() + pause,
        )

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._stop.wait()
        except TimeoutError:
            return False

    def _fail(self, error: JackfieldError, attempts: Attempts | None) -> None:
        login = isinstance(error, LoginNeeded)
        tried = attempts.in_vain if attempts is not None else 0
        cause = f"{error.message} (given up after {tried} tries)" if tried > 1 else error.message
        self.log.say(cause, "lifecycle", "error")
        self.life.become(
            ServerState.LOGIN_NEEDED if login else ServerState.FAILED,
            cause=cause,
            reason=error.reason,
            hint=error.hint,
            auth="not_logged_in" if login else self.status.auth,
        )

    # What the session tells (services.connections.incoming.Listener).

    async def ask(self, question: Question) -> Answer:
        return await self.requests.ask(question)

    def log_message(self, text: str, level: str, logger: str) -> None:
        known: Level = level if level in get_args(Level) else "info"  # type: ignore[assignment]
        self.log.say(text, "server", known, logger)

    def list_changed(self, kind: CatalogKind) -> None:
        self._lists.announced(kind)

    def resource_updated(self, uri: str) -> None:
        self._report(ResourceUpdated(self.name, uri))

    def answered(self, seconds: float) -> None:
        now = time.monotonic()
        if self.life.state is ServerState.READY and now - self._latency_told >= _LATENCY_NEWS:
            self._latency_told = now
            self.life.update(latency=seconds)
        else:
            self.life.note(latency=seconds)

    def _listed(self, counts: dict[str, int], events: list[CatalogChanged]) -> None:
        if self.life.state is ServerState.READY:
            self.life.update(**counts)
        for event in events:
            self._report(event)

    def _counts(self) -> dict[str, Any]:
        catalog = self.catalog
        return {kind: len(getattr(catalog, kind)) for kind in ("tools", "resources", "templates", "prompts")}


def _first_status(settings: ServerSettings) -> ServerStatus:
    state = ServerState.STOPPED if settings.enabled else ServerState.DISABLED
    return ServerStatus(
        server=settings.name,
        state=ServerState.INVALID if settings.invalid else state,
        transport=settings.transport,
        since=time.monotonic(),
        cause=settings.invalid,
        reason="configuration" if settings.invalid else "",
        hint=settings.hint if settings.invalid else "",
        auth="bearer_token" if settings.bearer_token_env_var else "unsupported",
        required=settings.required,
        address=masked_address(settings),
    )
