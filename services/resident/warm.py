"""A connection manager whose connections are another process's: those that a resident keeps."""

from __future__ import annotations

import asyncio
import itertools
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from services.catalog.entries import Catalog
from services.connection_manager import ConnectionManager
from services.errors import ConnectionFailed
from services.inbox.questions import LinkFinished, QuestionAsked, QuestionClosed
from services.resident.caller import METHODS
from services.resident.circumstances import can_be_kept
from services.resident.messages import (
    Ask,
    Drop,
    Hear,
    Known,
    Opening,
    Reply,
    Told,
    line_over,
)
from services.resident.warm_inbox import WarmInbox
from services.resident.wire import file_mask
from services.settings import Configuration
from services.trace.trace import Trace

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    from services.events import Event, ServerStatus
    from services.resident.messages import Line, ServerView
    from services.settings import ServerSettings
    from services.skills.entries import Skill, SkillContent, SkillFile

__all__ = ("WarmManager", "lent", "opened_by", "session_manager", "warm_manager")

_CALLBACKS: Final = ("on_progress", "on_task")


class _Lent:
    """What this process was given by the resident it is a fork of; nothing in any other."""

    line: socket.socket | None = None
    keeps_all = False
    """Whether every configured server is kept, not only those that say so."""


def lent(line: socket.socket, *, keeps_all: bool) -> None:
    """This process does a command for a resident, and has this line to the keeper of its servers."""
    _Lent.line, _Lent.keeps_all = line, keeps_all


def warm_manager(
    servers: Sequence[ServerSettings],
    configuration: Configuration | None,
    listener: Callable[[Event], None],
) -> WarmManager | None:
    """The manager over the connections of a resident; None where there is none, or not all may be kept."""
    if _Lent.line is None or not servers:
        return None
    kept = (can_be_kept(one) and (one.keep_alive or _Lent.keeps_all) for one in servers)
    if not all(kept):
        return None
    line, _Lent.line = _Lent.line, None  # for one manager
    return WarmManager(line, opened_by(servers, configuration), listener)


def opened_by(servers: Sequence[ServerSettings], configuration: Configuration | None) -> Opening:
    """The servers of a command of this process, in the circumstances that it is in."""
    return Opening(
        tuple(servers), configuration or Configuration(), dict(os.environ), str(Path.cwd()), file_mask()
    )


def session_manager(
    command: str,
    servers: Sequence[ServerSettings],
    configuration: Configuration | None,
    listener: Callable[[Event], None],
    *,
    lazily: bool,
) -> WarmManager | None:
    """The manager over the connections of an open session; None where none has all of these servers."""
    if not servers or not all(map(can_be_kept, servers)):
        return None
    from services.resident.sessions import borrowed

    opening = replace(opened_by(servers, configuration), lazily=lazily)
    found = borrowed(command, opening)
    return None if found is None else WarmManager(found[0], opening, listener, session=found[1])


class WarmManager(ConnectionManager):
    """As the manager of a command that connects by itself; the servers outlive it."""

    def __init__(
        self,
        sock: socket.socket,
        opening: Opening,
        listener: Callable[[Event], None],
        *,
        session: int | None = None,
    ) -> None:
        """`session` is the process of the open session that lends the servers; None for a resident."""
        super().__init__(listener=listener)
        self._sock = sock
        self._settings = {settings.name: settings for settings in opening.servers}
        self._opening = opening
        self._session = session
        self._lender = "resident" if session is None else "open session"
        self._line: Line | None = None
        self._views: dict[str, ServerView] = {}
        self._catalogs: dict[str, Catalog] = {}
        self._traces: dict[str, Trace] = {}
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._callbacks: dict[int, dict[str, Callable[[Any], None]]] = {}
        self._reading: asyncio.Task[None] | None = None
        self.inbox = WarmInbox(self._report, self._say)

    async def start(self, *, lazily: bool = True) -> None:
        """Have the resident open the connections, or take those that are open."""
        self._line = line = await line_over(self._sock, restricted=self._session is not None)
        self._reading = asyncio.create_task(self._read(line), name="resident")
        await self._answer_to(0, replace(self._opening, lazily=lazily))

    async def close(self) -> None:
        """Leave the connections to the resident; what is under way is cancelled."""
        if self._line is not None:
            self._line.close()
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading

    # What there is.

    @property
    def servers(self) -> tuple[str, ...]:
        return tuple(self._settings)

    @property
    def statuses(self) -> tuple[ServerStatus, ...]:
        return tuple(view.status for view in self._views.values())

    @property
    def usable(self) -> tuple[str, ...]:
        return tuple(sorted(name for name, view in self._views.items() if view.usable))

    def status(self, server: str) -> ServerStatus:
        return self._view(server).status

    def settings(self, server: str) -> ServerSettings:
        self._view(server)
        return self._settings[server]

    def catalog(self, server: str) -> Catalog:
        self._view(server)
        return self._catalogs.get(server, Catalog())

    def capabilities(self, server: str) -> tuple[str, ...]:
        return self._view(server).capabilities

    def trace(self, server: str) -> Trace:
        """What is known here of a server's secrets; what went to and fro stays with the resident."""
        if server not in self._traces:
            self._traces[server] = trace = Trace(server)
            trace.begin(self.settings(server), os.environ)
        return self._traces[server]

    def _view(self, server: str) -> ServerView:
        """How a server was when the resident spoke of it last. Raises UnknownServer."""
        view = self._views.get(server)
        if view is None:
            self._connection(server)  # it has none of that name, and says so
            raise KeyError(server)
        return view

    # What can be done.

    async def settled(self, timeout: float | None = None, *, server: str | None = None) -> None:
        names = self.servers if server is None else (server,)
        async with asyncio.timeout(timeout):
            await asyncio.gather(*(self._ask("settled", name) for name in names))

    async def read_skill(self, skill: Skill, *path: str) -> SkillContent:
        content: SkillContent = await self._ask("read_skill", skill.server, skill, *path)
        return content

    async def skill_directory(self, skill: Skill, *path: str) -> tuple[SkillFile, ...]:
        files: tuple[SkillFile, ...] = await self._ask("skill_directory", skill.server, skill, *path)
        return files

    def freshen(self, server: str | None = None) -> None:
        """The resident has done so when the connection was opened."""

    async def _ask(self, method: str, server: str, *arguments: Any, **options: Any) -> Any:
        number = next(self._numbers)
        hears = {name: options.pop(name) for name in _CALLBACKS if options.get(name) is not None}
        options = {name: value for name, value in options.items() if name not in _CALLBACKS}
        self._callbacks[number] = hears
        limit = self.settings(server).tool_timeout_sec
        try:
            return await self._answer_to(
                number, Ask(number, method, server, arguments, options, tuple(hears), limit)
            )
        finally:
            self._callbacks.pop(number, None)

    async def _answer_to(self, number: int, message: object) -> Any:
        """Send something and wait for what comes of it; when that is cancelled, so is it over there."""
        self._waiting[number] = future = asyncio.get_running_loop().create_future()
        try:
            self._say(message)
            return await future
        except asyncio.CancelledError:
            with suppress(ConnectionFailed):
                self._say(Drop(number))
            raise
        finally:
            self._waiting.pop(number, None)

    def _say(self, message: object) -> None:
        if self._line is None or self._reading is None or self._reading.done():
            raise self._gone()
        self._line.write(message)

    # What the resident says.

    async def _read(self, line: Line) -> None:
        try:
            while (message := await line.read()) is not None:
                self._hear(message)
        finally:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(self._gone())

    def _gone(self) -> ConnectionFailed:
        said = f"the {self._lender} ended under the command"
        return ConnectionFailed(said, hint="Without it: --cold", reason="resident")

    def _hear(self, message: object) -> None:
        match message:
            case Known(servers=views):
                for view in views:
                    self._views[view.status.server] = view
                    if view.catalog is not None:
                        self._catalogs[view.status.server] = view.catalog
            case Told(event=QuestionAsked(question=question)):
                self._warm_inbox.asked(question)
            case Told(event=LinkFinished(question=question)):
                self._warm_inbox.page_finished(question)
            case Told(event=QuestionClosed(question=question, reason=reason, outcome=outcome)):
                if outcome == "withdrawn" or reason:
                    self._warm_inbox.closed(question, outcome, reason)
            case Told(event=event):
                self._report(event)
            case Hear(number=number, name=name, news=news):
                if (callback := self._callbacks.get(number, {}).get(name)) is not None:
                    callback(news)
            case Reply(number=number, value=value, error=error):
                future = self._waiting.get(number)
                if future is not None and not future.done():
                    if error is None:
                        future.set_result(value)
                    else:
                        future.set_exception(error)

    @property
    def _warm_inbox(self) -> WarmInbox:
        assert isinstance(self.inbox, WarmInbox)
        return self.inbox


def _asked(method: str) -> Any:
    async def ask(self: WarmManager, server: str, *arguments: Any, **options: Any) -> Any:
        return await self._ask(method, server, *arguments, **options)

    ask.__name__, ask.__doc__ = method, getattr(ConnectionManager, method).__doc__
    return ask


for _method in METHODS:
    if _method not in vars(WarmManager):
        setattr(WarmManager, _method, _asked(_method))
