"""The task that owns a server's connections, from the wish to connect to the wish to stop.

It opens one link after the other, reads the lists, serves until the server is lost, waits out
the pauses between attempts, and gives up where trying again is of no use. The SDK's scopes are
entered and left in this task alone.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Final

from services.connections.life_cycle import UNSETTLED
from services.connections.lists import KINDS
from services.connections.pulse import keep_pulse
from services.connections.reconnection import Attempts, Retry
from services.error_translation import translating
from services.errors import JackfieldError, LoginNeeded, TransportClosed
from services.events import ServerState

if TYPE_CHECKING:
    from services.connections.link import Link
    from services.connections.served import Served
    from services.connections.session.session import Session

__all__ = ("Owner",)

_HELD: Final = 1.0
"""Seconds that a session has to last, once one was lost, to be renewed at once again."""

_NOT_ABOUT_ERAS: Final = frozenset({"timeout", "network", "tls", "login", "rate_limited", "variable"})
"""Reasons of a failed start that say nothing about the protocol the server speaks."""


class Owner:
    """From one start of a server to its stop; `session` is open while it is ready."""

    def __init__(self, connection: Served) -> None:
        self._connection = connection
        self._settings = connection.settings
        self._life = connection.life
        self._log = connection.log
        self._stop = asyncio.Event()
        self._limit: asyncio.Timeout | None = None
        self._link: Link | None = None
        self.session: Session | None = None

    @property
    def stopping(self) -> bool:
        """Whether its end is wished for."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Wish for the end; whoever wishes waits for the task."""
        self._stop.set()
        if self._limit is not None and self._life.state is ServerState.STARTING:
            with suppress(RuntimeError):  # it is expiring by itself already, or was left
                self._limit.reschedule(asyncio.get_running_loop().time())

    async def why_closed(self) -> str:
        """Why the connection ended, in one line: exit status and last line of stderr, or HTTP status."""
        if self._stop.is_set():
            return "the server was disconnected"
        return await self._link.why_closed() if self._link is not None else ""

    async def run(self) -> None:
        """Be connected, again and again, until stopped or given up."""
        try:
            await self._live()
        finally:  # also when whoever wished for the end no longer waits for it
            if self._life.state in UNSETTLED:
                self._connection.lists.gone()
                self._life.become(ServerState.STOPPED)

    async def _live(self) -> None:
        retry = self._connection.retry
        attempts = Attempts(retry) if retry is not None else None
        was_ready, fresh = False, 0.0
        while (error := await self._attempt()) is not None:
            held = self._ready_for()
            was_ready = was_ready or held is not None
            self._connection.lists.gone()
            pause = None
            if error.reason == "session_lost" and held is not None and held >= fresh:
                fresh = _HELD  # a session that is lost at once again is a loss like any other
                if await self._waited_in_vain(error, Attempts(Retry(first=0.0), count=1), 0.0):
                    return
                self._again(error, 1)
                continue
            if attempts is not None:
                attempts.failed() if held is None else attempts.held(held)
                # A process that cannot start will not; a host may be away for hours and come back.
                endless = was_ready and self._settings.transport != "stdio"
                pause = attempts.pause(error, endless=endless)
            if attempts is None or pause is None:
                self._fail(error, attempts)
                return
            if await self._waited_in_vain(error, attempts, pause):
                return
            self._again(error, attempts.count)

    def _again(self, error: JackfieldError, attempt: int) -> None:
        self._life.note(restarts=self._life.status.restarts + 1)
        self._life.become(ServerState.STARTING, attempt=attempt, cause=error.message, reason=error.reason)

    # One attempt.

    async def _attempt(self) -> JackfieldError | None:
        """Connect and serve until the server is stopped (None) or lost (why)."""
        try:
            try:
                await self._connect_as_before()
            except TransportClosed:
                if self.session is not None or not self._may_be_old():
                    raise
                # Some older servers leave at the first message that is not `initialize`.
                self._log.say("it exited on server/discover; trying initialize", "lifecycle", "debug")
                await self._connect("legacy")
        except JackfieldError as error:
            return None if self._stop.is_set() else error
        finally:
            self.session = None
            self._limit = None
        return None

    async def _connect_as_before(self) -> None:
        """Connect the way that worked last; the newest way is asked for again once that fails."""
        if self._settings.protocol != "auto" or not self._connection.eras.is_old(self._settings):
            await self._connect(self._settings.protocol)
            return
        try:
            await self._connect("legacy")
        except JackfieldError as error:
            if self.session is not None or self._stop.is_set() or error.reason in _NOT_ABOUT_ERAS:
                raise
            await self._remember(old=False)
            self._log.say(f"{error.message}; the newest protocol is asked for again", "lifecycle", "debug")
            await self._connect("auto")

    async def _remember(self, *, old: bool) -> None:
        await asyncio.to_thread(self._connection.eras.learn, self._settings, old=old)

    def _may_be_old(self) -> bool:
        questioned = self._link is not None and self._link.questioned
        return questioned and self._settings.protocol == "auto" and not self._stop.is_set()

    async def _connect(self, protocol: str) -> None:
        connection, settings = self._connection, self._settings
        self._limit = limit = asyncio.timeout(settings.startup_timeout_sec)
        self._link = link = connection.new_link()
        if self._stop.is_set():
            return
        try:
            with translating():
                async with AsyncExitStack() as stack:
                    stack.callback(connection.withdraw_questions, "its server is gone")
                    async with limit:  # leaving has limits of its own
                        session = await link.open(stack, protocol, connection.told)
                        await connection.sandbox.tell(session, settings.sandbox)
                        await connection.log_level.tell(session)
                        await connection.followed.tell(session)
                        # Beside the reading of the lists, so that what changes meanwhile is heard of.
                        following = asyncio.create_task(session.follow_changes())
                        stack.push_async_callback(_ended, following)
                    stack.push_async_callback(connection.lists.leave)
                    if settings.protocol == "auto":
                        await self._remember(old=not session.modern)
                    if await self._listed(session, link):
                        await connection.keep_offer()
                        await self._serve(session, link, following)
        except JackfieldError as error:
            if limit.expired():
                raise link.start_timeout() from error
            raise await link.explained(error) from error

    async def _listed(self, session: Session, link: Link) -> bool:
        """Read the lists, under no limit of the handshake; False when stopped meanwhile, raises when lost."""
        reading = asyncio.create_task(self._connection.lists.read(session))
        stopped, lost = asyncio.create_task(self._stop.wait()), asyncio.create_task(link.lost())
        tasks = (reading, stopped, lost)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if self._stop.is_set():
                return False
            if lost.done() or link.gone:
                raise await lost
            await reading
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        return True

    async def _serve(self, session: Session, link: Link, following: asyncio.Task[None]) -> None:
        """Be ready until told to stop, or until the server is gone."""
        connection = self._connection
        catalog = connection.catalog
        self.session = session
        self._life.become(
            ServerState.READY,
            protocol=session.protocol,
            identity=session.declared.identity,
            icons=session.declared.icons,
            instructions=session.declared.instructions,
            pid=link.pid,
            auth=connection.login.status(self._settings),
            faults=connection.lists.named_faults,
            **{kind: len(getattr(catalog, kind)) for kind in KINDS},
        )
        self._log.say(
            f"ready: {session.declared.identity or 'unnamed'}, protocol {session.protocol}", "lifecycle"
        )
        async with asyncio.TaskGroup() as tasks:
            background = (
                tasks.create_task(_awaited(following)),
                tasks.create_task(connection.lists.follow(session)),
                tasks.create_task(connection.probe_login()),
                tasks.create_task(keep_pulse(session, connection.quiet_for, self._log)),
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
        ready = self._life.state is ServerState.READY
        return self._connection.clock.monotonic() - self._life.status.since if ready else None

    async def _waited_in_vain(self, error: JackfieldError, attempts: Attempts, pause: float) -> bool:
        """Wait out the pause; True when stopped meanwhile."""
        self._log.say(f"{error.message}; attempt {attempts.count} in {pause:.1f} s", "lifecycle", "warning")
        self._life.become(
            ServerState.RECONNECTING,
            cause=error.message,
            reason=error.reason,
            hint=error.hint,
            remedy=error.remedy,
            summary=error.summary,
            exit_status=error.exit_status,
            attempt=attempts.count,
            retry_at=self._connection.clock.monotonic() + pause,
        )
        try:
            async with asyncio.timeout(pause):
                return await self._stop.wait()
        except TimeoutError:
            return False

    def _fail(self, error: JackfieldError, attempts: Attempts | None) -> None:
        login = isinstance(error, LoginNeeded)
        tried = attempts.in_vain if attempts is not None else 0
        cause = f"{error.message} (given up after {tried} tries)" if tried > 1 else error.message
        self._log.say(cause, "lifecycle", "error")
        self._life.become(
            ServerState.LOGIN_NEEDED if login else ServerState.FAILED,
            cause=cause,
            reason=error.reason,
            hint=error.hint,
            remedy=error.remedy,
            summary=error.summary,
            exit_status=error.exit_status,
            auth="not_logged_in" if login else self._life.status.auth,
        )


async def _awaited(task: asyncio.Task[None]) -> None:
    """A task that began earlier as one of a group: its failure is the group's."""
    await task


async def _ended(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait for its end; how it ended is of no interest."""
    task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled():
        task.exception()
