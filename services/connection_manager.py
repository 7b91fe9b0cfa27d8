"""The front door: many servers, one catalog, calls, questions, events; no screen needed.

async with ConnectionManager(servers, listener=print) as manager:
    await manager.settled()
    result = await manager.call_tool("demo", "add", {"a": 1, "b": 2})
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from services.clock import CLOCK, Clock
from services.connections.connection import Connection
from services.connections.eras import Eras
from services.connections.logging_in import RunningLogins
from services.connections.logins_elsewhere import LoginsElsewhere
from services.connections.offers import Offers
from services.connections.shared import Shared
from services.connections.skill_files import SkillFiles
from services.connections.task_book import TaskBook
from services.errors import UnknownServer
from services.events import ServersChanged, ServerState
from services.inbox.inbox import Inbox
from services.ranking import nearest
from services.remedies import ListServers
from services.skills.entries import MANIFEST
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from services.catalog.entries import Catalog, Prompt, ResourceTemplate
    from services.connections.calls import OnProgress
    from services.connections.logging_in import Paste, Show
    from services.connections.reconnection import Retry
    from services.connections.relay import Relay
    from services.connections.session.caller import Caller
    from services.connections.session.session import Page
    from services.connections.tasks import OnTask
    from services.events import CatalogKind, Event, LogLine, ServerStatus
    from services.logs.files import LogFiles
    from services.oauth.logins import LoggedOut, Logins
    from services.results.content import PromptResult, ResourceResult, ToolResult
    from services.roots import Root
    from services.settings import Level, ServerSettings
    from services.skills.entries import Skill, SkillContent, SkillFile
    from services.tasks.task import Task, TaskForm
    from services.trace.trace import Trace

__all__ = ("Applied", "ConnectionManager")


@dataclass(frozen=True, slots=True)
class Applied:
    """What a new configuration changed: names of servers."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


class ConnectionManager:
    """Many servers at once. Every method may be awaited from any task of the loop it was started on;
    every failure is a `services.errors.JackfieldError`. With `retry` lost servers are brought back; with
    `probes_logins` servers that work without a login are asked whether they offer one, and a login that
    another process brings is used; with `samples` somebody is there who answers in a model's place or
    lets one answer; with `asks_roots` somebody who may allow a server the working directory; `relay`
    stands between the servers and other clients; programs have the file mask `umask`, or our own.
    """

    def __init__(
        self,
        servers: Iterable[ServerSettings] = (),
        *,
        listener: Callable[[Event], None] | None = None,
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
        self._listener = listener
        self._logs, self._logins, self._probes_logins = logs, logins, probes_logins
        self._running_logins = RunningLogins(logins, self._report)
        self._watching: asyncio.Task[None] | None = None
        self.inbox = Inbox(self._report)
        self._shared = Shared(
            report=self._report,
            inbox=self.inbox,
            retry=retry,
            environ=environ,
            umask=umask,
            version=version,
            logs=logs,
            logins=logins,
            probes_logins=probes_logins,
            samples=samples,
            asks_roots=asks_roots,
            eras=eras if eras is not None else Eras(),
            offers=offers if offers is not None else Offers(),
            tasks=tasks if tasks is not None else TaskBook(),
            skill_files=skill_files if skill_files is not None else SkillFiles(),
            relay=relay,
            clock=clock,
        )
        self._connections = {settings.name: self._make(settings) for settings in servers}
        self._changes = asyncio.Lock()
        self._leaving: set[Connection] = set()
        """Removed, and still being ended."""
        self._closed = False

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self, *, lazily: bool = True) -> None:
        """Start all enabled servers at once; none waits for another. Lazy ones wait for their first use."""
        await asyncio.gather(*(one.begin(lazily=lazily) for one in self._connections.values()))
        if self._logins is not None and self._probes_logins:
            elsewhere = LoginsElsewhere(self._logins, self._without_login)
            self._watching = asyncio.create_task(elsewhere.watch(), name="logins elsewhere")

    async def close(self) -> None:
        """End every connection, side by side; takes no longer than the slowest server's grace."""
        self._closed = True
        for connection in self._connections.values():
            connection.withdraw_questions("the session is ending")
        self.inbox.withdraw_all(None, "the session is ending")
        if self._watching is not None:
            self._watching.cancel()
        await self._running_logins.close()
        ending = (*self._connections.values(), *self._leaving)
        await asyncio.gather(*(connection.close() for connection in ending))
        if self._logs is not None:
            await asyncio.to_thread(self._logs.close)

    def _without_login(self) -> tuple[Connection, ...]:
        """The servers that nobody logs in to here."""
        under_way = self._running_logins.is_under_way
        return tuple(one for one in self._connections.values() if not under_way(one.name))

    # What there is.

    @property
    def servers(self) -> tuple[str, ...]:
        """The configured names, in the order of the configuration."""
        return tuple(self._connections)

    @property
    def statuses(self) -> tuple[ServerStatus, ...]:
        """Every server's status, in the order of the configuration."""
        return tuple(connection.status for connection in self._connections.values())

    @property
    def ready(self) -> tuple[str, ...]:
        """The names of the servers that are ready, sorted."""
        return tuple(sorted(s.server for s in self.statuses if s.state is ServerState.READY))

    @property
    def usable(self) -> tuple[str, ...]:
        """The servers that are ready, and the lazy ones that a use would start, sorted."""
        resting = (name for name, connection in self._connections.items() if connection.resting)
        return tuple(sorted((*self.ready, *resting)))

    def status(self, server: str) -> ServerStatus:
        return self._connection(server).status

    def settings(self, server: str) -> ServerSettings:
        return self._connection(server).settings

    def catalog(self, server: str) -> Catalog:
        """What the server offers; empty when it is not ready."""
        return self._connection(server).catalog

    def capabilities(self, server: str) -> tuple[str, ...]:
        """What the server declared that it can; nothing unless it is ready."""
        session = self._connection(server).session
        return session.declared.capabilities if session is not None else ()

    def log(self, server: str) -> tuple[LogLine, ...]:
        """The server's log, oldest first; it outlives the connection."""
        return self._connection(server).log.lines

    def trace(self, server: str) -> Trace:
        """What went to and fro with the server; it outlives the connection."""
        return self._connection(server).trace

    # What can be done.

    async def call_tool(
        self,
        server: str,
        tool: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        on_progress: OnProgress | None = None,
        resend: bool = False,
        on_task: OnTask | None = None,
        leave_task: bool = False,
    ) -> ToolResult:
        """Call a tool. Cancelling the awaiting task cancels the call at the server.

        A call that becomes a task is waited for like any other. `on_task` hears how it goes (else
        `on_progress` does); with `leave_task` it stays at the server when the awaiting task is cancelled.
        `resend`: should the connection break, send the call once more if the tool is declared
        read-only or idempotent; the server's settings may ask for it too. Else no call is sent twice.
        """
        requests = self._connection(server).requests
        return await requests.call_tool(
            tool, arguments or {}, on_progress, resend=resend, on_task=on_task, leave_task=leave_task
        )

    async def start_task(
        self, server: str, tool: str, arguments: Mapping[str, Any] | None = None
    ) -> Task | ToolResult:
        """Call a tool, as a task wherever the server lets it be one; the result of one that became none."""
        return await self._connection(server).task_calls.start(tool, arguments or {})

    async def wait_task(
        self, server: str, task_id: str, on_task: OnTask | None = None, *, leave_task: bool = False
    ) -> ToolResult:
        """The result of a task, of this session or of an earlier one; as `call_tool`."""
        task_calls = self._connection(server).task_calls
        return await task_calls.wait(task_id, on_task, leave_task=leave_task)

    async def look_at_task(self, server: str, task_id: str) -> Task:
        """How a task is now."""
        return await self._connection(server).task_calls.look(task_id)

    async def cancel_task(self, server: str, task_id: str) -> None:
        """Cancel a task at its server; whoever waits for it hears of that."""
        await self._connection(server).task_calls.cancel(task_id)

    async def tasks(self, server: str) -> tuple[Task, ...]:
        """The tasks of a server that may still be open, those of earlier sessions too; oldest first."""
        return await self._connection(server).tasks.kept()

    def waited_for(self, server: str) -> tuple[Task, ...]:
        """The tasks of a server that somebody waits for, as they are now."""
        return self._connection(server).tasks.followed

    async def listed_tasks(self, server: str) -> tuple[Task, ...]:
        """The tasks that a server itself lists, as some of 2025-11-25 do. Raises NotOffered."""
        return await self._connection(server).task_calls.listed()

    async def forward(
        self,
        server: str,
        method: str,
        params: Mapping[str, Any],
        caller: Caller,
        on_progress: OnProgress | None = None,
    ) -> dict[str, Any]:
        """Pass a request of another client on as it is; the result as it stood on the wire.

        Raises ServerError with its code and data for an error that the server answered with.
        """
        return await self._connection(server).forwarding.send(method, params, caller, on_progress)

    def tasks_offered(self, server: str) -> TaskForm:
        """In which form a server lets calls become tasks, as far as is known: nothing of one that is away."""
        session = self._connection(server).session
        if session is None:
            return "unknown"
        if not session.tasks.offered:
            return "none"
        return "newer" if session.modern else "older"

    async def reach(self, server: str) -> bool:
        """Wait for a server that starts, and wake a lazy one; whether it speaks 2026-07-28.

        Raises NotReady where it does not become ready.
        """
        return (await self._connection(server).requests.open_session()).modern

    async def answer_here(self, server: str, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """What the person answers a request for input of the server, as it goes on the wire."""
        session = await self._connection(server).requests.open_session()
        answer = await session.tasks.answer("gateway", {"method": method, "params": dict(params)})
        told: dict[str, Any] = answer.model_dump(by_alias=True, mode="json", exclude_none=True)
        return told

    async def subscribe(self, server: str, uri: str) -> None:
        """Hear of changes of a resource, by its URI as the server has it (`ResourceUpdated`)."""
        await self._connection(server).requests.subscribe(uri)

    async def unsubscribe(self, server: str, uri: str) -> None:
        """Hear no more of a resource."""
        await self._connection(server).requests.subscribe(uri, wanted=False)

    def follow_task(self, server: str, task_id: str, *, wanted: bool = True) -> None:
        """Have a server tell of a task (`Relay.task_told`), where it does, while this connection lasts."""
        self._connection(server).forwarding.follow_task(task_id, wanted=wanted)

    def instructions(self, server: str) -> str:
        """How the server wants to be used, printable; empty where it does not say or is not ready."""
        session = self._connection(server).session
        return session.declared.instructions if session is not None else ""

    async def read_resource(self, server: str, uri: str) -> ResourceResult:
        return await self._connection(server).requests.read_resource(uri)

    async def get_prompt(
        self, server: str, name: str, arguments: Mapping[str, str] | None = None
    ) -> PromptResult:
        return await self._connection(server).requests.get_prompt(name, arguments or {})

    async def complete(
        self,
        server: str,
        ref: Prompt | ResourceTemplate,
        argument: str,
        value: str,
        context: Mapping[str, str] | None = None,
    ) -> tuple[str, ...]:
        """Values the server proposes for an argument of a prompt or a template."""
        return await self._connection(server).requests.complete(ref, argument, value, context or {})

    async def page(self, server: str, kind: CatalogKind, cursor: str | None = None) -> Page:
        """One page of a server's list as it stands on the wire, read now."""
        return await self._connection(server).requests.page(kind, cursor)

    async def skill(self, server: str, name: str) -> Skill:
        """The skill of that name, path or URI; its entry alone, no file of it is read."""
        return await self._connection(server).skills.find(name)

    async def read_skill(self, skill: Skill, path: str = MANIFEST) -> SkillContent:
        """A file of a skill, verified against its entry; raises SkillRefused for one that is another."""
        return await self._connection(skill.server).skills.read(skill, path)

    async def skill_directory(self, skill: Skill, path: str = "") -> tuple[SkillFile, ...]:
        """What is in a directory of a skill, where the server has `resources/directory/read`."""
        return await self._connection(skill.server).skills.children(skill, path)

    def reads_directories(self, server: str) -> bool:
        """Whether the server is ready and has `resources/directory/read`."""
        session = self._connection(server).session
        return session is not None and session.declared.reads_directories

    async def follow_resource(self, server: str, uri: str) -> bool:
        """Hear of changes of a resource (`ResourceUpdated`), or no longer; whether it is followed now."""
        return await self._connection(server).requests.follow(uri)

    def freshen(self, server: str | None = None) -> None:
        """Have lists read again that may have changed without a word; what did comes as `CatalogChanged`."""
        for connection in self._connections.values() if server is None else (self._connection(server),):
            connection.freshen()

    def read_again(self, server: str, kind: CatalogKind) -> None:
        """Have a list read again, where the server is connected; what changed comes as `CatalogChanged`."""
        self._connection(server).read_again(kind)

    async def set_log_level(self, server: str, level: Level) -> None:
        """Ask a server for log messages of this level and above, now and whenever it connects again."""
        await self._connection(server).set_log_level(level)

    def roots(self, server: str) -> tuple[Root, ...] | None:
        """The directories a server is told of when it asks; None where the person is asked first."""
        connection = self._connection(server)
        return connection.told_roots.known(connection.settings)

    async def choose_roots(self, server: str, roots: tuple[Root, ...] | None) -> None:
        """Tell a server of these directories from now on, and that they changed; with None ask again."""
        await self._connection(server).choose_roots(roots)

    async def connect(self, server: str) -> None:
        """Start a server that is not running; does nothing to one that is."""
        await self._connection(server).connect()

    async def reconnect(self, server: str) -> None:
        """End the connection if there is one and start anew; a disabled server is enabled by it."""
        await self._connection(server).restart()

    async def disconnect(self, server: str) -> None:
        await self._connection(server).stop()

    async def enable(self, server: str) -> None:
        await self._connection(server).set_enabled(True)

    async def disable(self, server: str) -> None:
        await self._connection(server).set_enabled(False)

    async def login(
        self,
        server: str,
        *,
        scopes: tuple[str, ...] | None = None,
        show: Show,
        paste: Paste | None = None,
        open_browser: bool = True,
    ) -> None:
        """Log in to a server, and have it connect with that; returns when the login has ended.

        `show` is given the URL that the person opens, `paste` asks for the address they end at.
        Without `scopes`, those are asked for that the server missed last, beside those there are.
        """
        await self._running_logins.log_in(
            self._connection(server), scopes=scopes, show=show, paste=paste, open_browser=open_browser
        )

    async def logout(self, server: str) -> LoggedOut:
        """Forget the login of a server, after revoking it where the provider offers that."""
        return await self._running_logins.log_out(self._connection(server))

    async def has_outdated_login(self, server: str) -> bool:
        """Whether another login of a server is kept now than the one its connection uses."""
        return await self._connection(server).login.is_outdated()

    async def settled(self, timeout: float | None = None, *, server: str | None = None) -> None:
        """Return when no server, or not this one, is starting any more; or raise TimeoutError."""
        waited = self._connections.values() if server is None else (self._connection(server),)
        async with asyncio.timeout(timeout):
            await asyncio.gather(*(connection.settled() for connection in waited))

    async def listed(self, server: str) -> None:
        """Return when a server's start has ended, and with it the first reading of its lists."""
        await self._connection(server).listed()

    # What is configured.

    async def add(self, settings: ServerSettings) -> None:
        """One more server, started at once unless disabled; one of the same name takes its settings."""
        known = [c.settings for c in self._connections.values() if c.name != settings.name]
        await self.apply((*known, settings))

    async def remove(self, server: str) -> None:
        """Forget a server; its connection is ended, its calls and questions with it."""
        self._connection(server)
        await self.apply([c.settings for c in self._connections.values() if c.name != server])

    async def apply(self, servers: Sequence[ServerSettings]) -> Applied:
        """Live by this configuration: only servers whose settings differ are started, ended or restarted."""
        async with self._changes:
            if self._closed:
                return Applied()
            old, wanted = self._connections, {settings.name: settings for settings in servers}
            changed = [name for name in wanted if name in old and old[name].settings != wanted[name]]
            added = [name for name in wanted if name not in old]
            removed = [connection for name, connection in old.items() if name not in wanted]
            self._connections = {
                name: old[name] if name in old else self._make(settings) for name, settings in wanted.items()
            }
            applied = Applied(tuple(added), tuple(c.name for c in removed), tuple(changed))
            if applied or list(old) != list(wanted):
                self._report(ServersChanged(self.servers))
            for name in added:
                await self._connections[name].begin()
            self._leaving.update(removed)
            for connection in removed:
                await self._running_logins.cancel(connection.name)
                connection.withdraw_questions("its server was removed")
            await asyncio.gather(
                *(connection.close() for connection in removed),
                *(old[name].reconfigure(wanted[name]) for name in changed),
            )
            self._leaving.difference_update(removed)
            return applied

    # Inside.

    def _make(self, settings: ServerSettings) -> Connection:
        return Connection(settings, self._shared)

    def _report(self, event: Event) -> None:
        if self._listener is not None:
            self._listener(event)

    def _connection(self, server: str) -> Connection:
        connection = self._connections.get(server)
        if connection is not None:
            return connection
        near = nearest(server, self._connections, 1)
        raise UnknownServer(
            f"unknown MCP server '{one_line(server, 80)}'",
            hint=f"did you mean {one_line(near[0], 80)}?" if near else "",
            remedy=None if near else ListServers(),
        )
