"""One server: its life cycle, and the one task that owns its connection from open to close.

    disabled ──enable──▶ starting ──handshake, lists──▶ ready
    invalid               ▲  │                            │ the process ends, the network fails
                          │  ├─▶ login needed             ▼
                          │  └─▶ failed ◀─────────────────┘
                          └── connect ── from any but disabled and invalid
    any ──disconnect──▶ stopped          any but invalid ──disable──▶ disabled

Everything else asks through methods that may be awaited anywhere; the SDK's scopes are
entered and left by the owner task alone.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, get_args

from services.catalog.difference import difference
from services.catalog.entries import Catalog
from services.catalog.filters import offered
from services.catalog.listing import read_all
from services.catalog.read import read_entries
from services.connections import sdk
from services.connections.address import masked_address
from services.connections.causes import explained, start_timeout, why_closed
from services.connections.environment import (
    child_environment,
    find_program,
    resolve_headers,
    run_headers_helper,
)
from services.connections.requests import Requests
from services.connections.server_log import ServerLog
from services.connections.stdio import StdioTransport
from services.errors import (
    JackfieldError,
    LoginNeeded,
    TransportClosed,
    translating,
)
from services.events import Level, ResourceUpdated, ServerState, ServerStatus, StatusChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.config.settings import ServerSettings
    from services.connections.http import HttpTransport
    from services.connections.session import Session
    from services.events import CatalogKind, Event
    from services.inbox.inbox import Answer, Inbox, Question

__all__ = ("KINDS", "Connection")

KINDS: Final[tuple[CatalogKind, ...]] = ("tools", "resources", "templates", "prompts")

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
        environ: Mapping[str, str] = os.environ,
        version: str = "",
    ) -> None:
        self.settings = settings
        self.catalog = Catalog()
        self._report = report
        self._environ = environ
        self._version = version
        self.log = ServerLog(settings.name, report)
        """Outlives every connection."""
        self._owner: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()
        self._limit: asyncio.Timeout | None = None
        self._settled = asyncio.Event()
        self._session: Session | None = None
        self._stdio: StdioTransport | None = None
        self._http: HttpTransport | None = None
        self._dirty: set[CatalogKind] = set()
        self._changed = asyncio.Event()
        self._latency_told = 0.0
        self._questioned = False
        """Whether the process was still there when the handshake began."""
        self._enabled = settings.enabled
        self.requests = Requests(self, inbox)
        self.status = ServerStatus(
            server=settings.name,
            state=ServerState.STOPPED,
            transport=settings.transport,
            since=time.monotonic(),
            auth="bearer_token" if settings.bearer_token_env_var else "unsupported",
            required=settings.required,
            address=masked_address(settings),
        )
        if settings.invalid:
            self.status = replace(
                self.status, state=ServerState.INVALID, cause=settings.invalid, hint=settings.hint
            )
        elif not settings.enabled:
            self.status = replace(self.status, state=ServerState.DISABLED)

    # What may be asked of it, from anywhere.

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def session(self) -> Session | None:
        """The open session, None unless ready."""
        return self._session

    @property
    def refusal(self) -> str:
        """What the HTTP side last refused, in one line; empty for stdio."""
        return self._http.cause if self._http is not None else ""

    def start(self) -> None:
        """Begin to connect, unless disabled, invalid or connected already; returns at once."""
        if self.settings.invalid or not self._enabled or (self._owner is not None and not self._owner.done()):
            return
        self._stop = asyncio.Event()
        self._become(ServerState.STARTING)
        self._owner = asyncio.create_task(self._own(), name=f"connection {self.name}")

    async def stop(self) -> None:
        """End the connection and wait until nothing of it is left."""
        self._stop.set()
        if self._limit is not None and self.status.state is ServerState.STARTING:
            with suppress(RuntimeError):  # it is expiring by itself already
                self._limit.reschedule(asyncio.get_running_loop().time())
        if self._owner is not None:
            _, late = await asyncio.wait([self._owner], timeout=_LATEST)
            if late:  # no wait of ours is that long: something foreign holds it
                self._owner.cancel()
                await asyncio.wait([self._owner], timeout=_LATEST)
        if self.status.state not in (ServerState.INVALID, ServerState.DISABLED, ServerState.STOPPED):
            self._become(ServerState.STOPPED)

    async def restart(self) -> None:
        """Connect anew, whatever the state."""
        if self._owner is not None:
            await self.stop()
            self.status = replace(self.status, restarts=self.status.restarts + 1)
        self.start()

    async def set_enabled(self, enabled: bool) -> None:
        """Enable and start, or stop and disable."""
        if self.settings.invalid or enabled == self._enabled:
            return
        self._enabled = enabled
        if enabled:
            self.start()
        else:
            await self.stop()
            self._become(ServerState.DISABLED)

    async def settled(self) -> None:
        """Return when the start under way has come to an end, whichever."""
        if self.status.state is ServerState.STARTING:
            await self._settled.wait()

    async def why_closed(self) -> str:
        """Why the connection ended, in one line: exit status and last line of stderr, or HTTP status."""
        return await why_closed(self._stdio) if self._stdio is not None else self.refusal

    # The owner task.

    async def _own(self) -> None:
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
            self._session = None
            if not self._stop.is_set():
                self._fail(error)
        finally:
            self._session = None
            self._limit = None
            self._settled.set()

    def _may_be_old(self) -> bool:
        heard_us = self._stdio is not None and self._questioned
        return heard_us and self.settings.protocol == "auto" and not self._stop.is_set()

    async def _connect(self, protocol: str) -> None:
        self._limit = limit = asyncio.timeout(self.settings.startup_timeout_sec)
        if self._stop.is_set():
            return
        try:
            with translating():
                async with limit, AsyncExitStack() as stack:
                    session = await self._open(stack, protocol)
                    await self._read_catalog(session, KINDS, first=True)
                    limit.reschedule(None)
                    await self._serve(session)
        except JackfieldError as error:
            if limit.expired():
                raise start_timeout(self.settings, self._stdio) from error
            raise await explained(error, self._stdio, self._http) from error

    async def _open(self, stack: AsyncExitStack, protocol: str) -> Session:
        """The transport and a negotiated session on it; a process starts while the SDK is being imported."""
        stack.callback(self.requests.withdraw_all, "its server is gone")
        if self.settings.transport == "stdio":
            self._stdio = transport = StdioTransport(self.log.say)
            stack.push_async_callback(transport.end)
            await self._start_process(transport)
            module = await sdk.load()
            self._questioned = not transport.gone
            streams = await stack.enter_async_context(module.stdio_streams(transport))
        else:
            headers = resolve_headers(self.settings, self._environ)
            if self.settings.http_headers_helper:
                headers |= await run_headers_helper(self.settings.http_headers_helper, self._environ)
            module = await sdk.load()
            self._http = module.HttpTransport(self.settings, headers)
            streams = await stack.enter_async_context(self._http.streams())
        session: Session = await stack.enter_async_context(
            module.open_session(
                streams, server=self.name, protocol=protocol, version=self._version, listener=self
            )
        )
        return session

    async def _start_process(self, transport: StdioTransport) -> None:
        settings = self.settings
        environment = child_environment(settings, self._environ, sys.platform)
        program = find_program(settings.command, environment, settings.cwd, sys.platform)
        await transport.start(program, settings.args, environment, settings.cwd)
        assert transport.child is not None
        self.status = replace(self.status, pid=transport.child.pid)
        self.log.say(f"started {self.status.address} (pid {transport.child.pid})", "lifecycle")

    async def _serve(self, session: Session) -> None:
        """Be ready until told to stop, or until the server is gone."""
        self._session = session
        self._become(
            ServerState.READY,
            protocol=session.protocol,
            identity=session.identity,
            instructions=session.instructions,
        )
        self.log.say(f"ready: {session.identity or 'unnamed'}, protocol {session.protocol}", "lifecycle")
        async with asyncio.TaskGroup() as tasks:
            background = (
                tasks.create_task(session.follow_changes()),
                tasks.create_task(self._follow_lists(session)),
            )
            waiting = [tasks.create_task(self._stop.wait())]
            if self._stdio is not None:
                waiting.append(tasks.create_task(self._stdio.exited.wait()))
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in (*background, *waiting):
                task.cancel()
        if not self._stop.is_set():
            raise TransportClosed(await self.why_closed())

    async def _follow_lists(self, session: Session) -> None:
        """Read lists again when the server says they changed; many announcements become one reading."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            kinds = tuple(kind for kind in KINDS if kind in self._dirty)
            self._dirty.clear()
            try:
                with translating():
                    await self._read_catalog(session, kinds, first=False)
            except JackfieldError as error:
                self.log.say(f"a changed list could not be read: {error.message}", "lifecycle", "warning")

    async def _read_catalog(self, session: Session, kinds: tuple[CatalogKind, ...], *, first: bool) -> None:
        wanted = [kind for kind in kinds if session.offers(kind)]
        async with asyncio.TaskGroup() as tasks:
            readings = {kind: tasks.create_task(self._read_list(session, kind)) for kind in wanted}
        catalog = Catalog() if first else self.catalog
        events = []
        for kind, reading in readings.items():
            entries: Any = reading.result()
            event = difference(self.name, kind, getattr(catalog, kind), entries, first=first)
            catalog = replace(catalog, **{kind: entries})
            events.append(event)
        self.catalog = catalog
        counts: dict[str, Any] = {kind: len(getattr(catalog, kind)) for kind in KINDS}
        self._update(**counts)
        for event in events:
            if event is not None:
                self._report(event)

    async def _read_list(self, session: Session, kind: CatalogKind) -> tuple[Any, ...]:
        with translating():
            items, faults = await read_all(lambda cursor: session.page(kind, cursor))
        entries, more = await asyncio.to_thread(read_entries, self.name, kind, items)
        for fault in (*(f"{kind}: {fault}" for fault in faults), *more):
            self.log.say(fault, "lifecycle", "warning")
        return offered(self.settings, entries) if kind == "tools" else entries  # type: ignore[arg-type]

    # How it ended.

    def _fail(self, error: JackfieldError) -> None:
        state = ServerState.LOGIN_NEEDED if isinstance(error, LoginNeeded) else ServerState.FAILED
        auth = "not_logged_in" if isinstance(error, LoginNeeded) else self.status.auth
        self.catalog = Catalog()
        empty: dict[str, Any] = dict.fromkeys(KINDS, 0)
        self.log.say(error.message, "lifecycle", "error")
        self._become(state, cause=error.message, hint=error.hint, auth=auth, pid=None, **empty)

    # What the session tells (services.connections.session.Listener).

    async def ask(self, question: Question) -> Answer:
        return await self.requests.ask(question)

    def log_message(self, text: str, level: str, logger: str) -> None:
        known: Level = level if level in get_args(Level) else "info"  # type: ignore[assignment]
        self.log.say(text, "server", known, logger)

    def list_changed(self, kind: CatalogKind) -> None:
        self._dirty.add(kind)
        self._changed.set()

    def resource_updated(self, uri: str) -> None:
        self._report(ResourceUpdated(self.name, uri))

    def answered(self, seconds: float) -> None:
        now = time.monotonic()
        if self.status.state is ServerState.READY and now - self._latency_told >= _LATENCY_NEWS:
            self._latency_told = now
            self._update(latency=seconds)
        else:
            self.status = replace(self.status, latency=seconds)

    # Reporting.

    def _become(self, state: ServerState, **changes: Any) -> None:
        fresh = {"cause": "", "hint": ""} | changes
        if state in (ServerState.STOPPED, ServerState.DISABLED, ServerState.STARTING):
            self.catalog = Catalog()
            fresh |= dict.fromkeys(KINDS, 0) | {"pid": None, "latency": None}
        if state is ServerState.STARTING:
            self._settled.clear()
            self._stdio = self._http = None
            self._dirty.clear()
            self._changed.clear()
        self._update(state=state, since=time.monotonic(), **fresh)
        if state is not ServerState.STARTING:
            self._settled.set()

    def _update(self, **changes: Any) -> None:
        self.status = replace(self.status, **changes)
        self._report(StatusChanged(self.status))
