"""The configuration that a session lives by: read, watched, and applied when it changes on disk."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from app.session.actions.introduction import importable, introduction
from services.arguments.shell import ShellReach
from services.config.looking import Watched
from services.config.projects.shown import waiting
from services.config.source import Loaded
from services.error_translation import translating
from services.errors import ConfigurationError, JackfieldError
from services.events import ServerState, StatusChanged
from services.settings import Configuration
from services.text import one_line
from widgets.remedies import advice

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from app.session.context import SessionContext
    from services.config.source import Source
    from services.connection_manager import Applied
    from services.events import Event
    from services.settings import Problem, ServerSettings

__all__ = ("Configurations",)

_PAUSE: Final = 0.5
"""Seconds between two looks for a configuration that was not read yet."""
_MOST_NAMES: Final = 8

_AT_START: Final = {
    "mcp_oauth_credentials_store": "credentials_store",
    "mcp_oauth_callback_port": "callback_port",
    "mcp_oauth_callback_url": "callback_url",
}
"""Keys that are read when the session begins, with the fields of `Configuration` they fill."""


class Configurations:
    """Reads the configuration, keeps the manager true to it, and tells what came of a change."""

    def __init__(
        self,
        context: SessionContext,
        load: Callable[[], Configuration] | None,
        find: Callable[[], Source] | None,
    ) -> None:
        """`find` says where the configuration is; without it there is no file, only what `load` returns."""
        self._context = context
        self._load = load
        self._find = find
        self._watched: Watched | None = None
        self._loaded = Loaded(Configuration())
        self._told: frozenset[Problem] = frozenset()
        self._told_files: set[tuple[str, str, str]] = set()
        self._told_broken = ""
        self._programs: list[tuple[str, int]] = []
        """Other programs whose servers could be brought over, and how many."""
        self.changing = asyncio.Lock()
        """Held by whoever changes the file and then lives by it, so that no watching comes between."""

    @property
    def source(self) -> Source:
        """The file that is edited; ConfigurationError in a session that has none."""
        return self._found().source

    def _found(self) -> Watched:
        if self._find is None:
            raise ConfigurationError(
                "this session does not use your configuration",
                hint="Run jackfield without arguments to use it, or edit it from a shell: jackfield mcp add",
            )
        if self._watched is None:
            self._watched = Watched(self._find())
        return self._watched

    @property
    def current(self) -> Configuration:
        """The configuration that the session lives by now."""
        return self._loaded.configuration

    @property
    def reach(self) -> ShellReach:
        """How a shell reaches the servers of this session, once it was read for the first time."""
        if self._find is None:
            servers = self._loaded.configuration.servers
            return ShellReach(given=servers[0] if len(servers) == 1 else None)
        named = self._watched is not None and self._watched.source.home is None
        return ShellReach(str(self.source.path.absolute()) if named else "")

    async def first(self) -> Configuration:
        """What to start with; when it cannot be used, an error cell and nothing."""
        try:
            self._loaded = await self._read()
        except JackfieldError as error:
            self._tell_broken(error, "The configuration cannot be used.")
        return self._loaded.configuration

    def tell_first(self) -> None:
        """What is wrong with it, what waits for an answer, or that there is nothing yet."""
        if self._told_broken:
            return
        self._tell_news()
        if not self._loaded.configuration.servers and not self._context.welcomes:
            self._context.transcript.notice(
                "No MCP servers are configured yet.",
                "/mcp add NAME -- CMD ARGS… adds one, /import brings in those of another program; "
                "or look around first: jackfield demo",
            )

    async def introduce(self) -> None:
        """Tell on the first screen what to try, and of the servers that other programs have."""
        self.show_introduction()
        if self._find is not None:
            self._programs = await asyncio.to_thread(importable)
            self.show_introduction()

    def take(self, event: Event) -> None:
        """What a server offers may be named on the first screen."""
        ready = isinstance(event, StatusChanged) and event.status.state is ServerState.READY
        if ready and self._context.welcomes:
            self.show_introduction()

    def show_introduction(self) -> None:
        """The first screen, with what is known by now."""
        manager = self._context.connected()
        catalogs = [(server, manager.catalog(server)) for server in manager.ready]
        self._context.introduce(introduction(self.current, catalogs, self._programs))

    async def watch(self) -> None:
        """Reload whenever a file changes; runs until cancelled."""
        while self._find is not None:
            if self._watched is None:
                await asyncio.sleep(_PAUSE)
                continue
            await self._watched.changed()
            await self.reload()

    async def reload(self, own: Collection[str] = ()) -> None:
        """Read it again and live by it. What happened to `own` servers the person knows already."""
        async with self.changing:
            await self.follow(own)

    async def edit(self, server: str, change: Callable[[], None]) -> None:
        """Change the file, which blocks, and live by it; what happened to that server the person knows."""
        async with self.changing:
            await asyncio.to_thread(change)
            await self.follow([server])

    async def follow(self, own: Collection[str] = ()) -> None:
        """The same for somebody who holds `changing`."""
        manager = self._context.manager
        if manager is None or self._find is None:
            return
        before = self._loaded
        try:
            self._loaded = await self._read()
        except JackfieldError as error:
            self._tell_broken(error, "The configuration has an error; the servers keep running.")
            return
        mended, self._told_broken = bool(self._told_broken), ""
        after = self._loaded.configuration
        applied = await manager.apply(after.servers)
        if mended and not applied:
            self._context.transcript.notice("The configuration is valid again.")
        self._tell_applied(applied, before.configuration.servers, own)
        self._context.take_settings(after, before.configuration)
        self._tell_later(before.configuration, after)
        self._tell_news()

    # Reading.

    async def _read(self) -> Loaded:
        with translating():
            return await asyncio.to_thread(self._read_now)

    def _read_now(self) -> Loaded:
        if self._find is None:
            assert self._load is not None
            return Loaded(self._load())
        return self._found().loaded()

    # Telling.

    def _tell_broken(self, error: JackfieldError, what: str) -> None:
        if self._told_broken != str(error):
            self._told_broken = str(error)
            self._context.transcript.error(what, str(error))

    def _tell_applied(self, applied: Applied, before: Iterable[ServerSettings], own: Collection[str]) -> None:
        """One cell a file: what came, went and changed."""
        old = {server.name: server for server in before}
        new = {server.name: server for server in self._loaded.configuration.servers}
        # [sandbox] concerns all servers and is no change of any.
        changed = [name for name in applied.changed if not _alike(old.get(name), new.get(name))]
        said: dict[str, list[str]] = {}
        for word, names, servers in (
            ("added", applied.added, new),
            ("removed", applied.removed, old),
            ("changed", changed, new),
        ):
            told = [name for name in names if name not in own]
            for where, those in _by_file(told, servers).items():
                said.setdefault(where, []).append(f"{word} {_listed(those)}")
        for where, parts in said.items():
            self._context.transcript.notice(f"{self._label(where)} changed: {'; '.join(parts)}")

    def _tell_later(self, before: Configuration, after: Configuration) -> None:
        """Keys about logins that changed: those under way are not torn away for them."""
        keys = [key for key, field in _AT_START.items() if getattr(before, field) != getattr(after, field)]
        if keys:
            what = f"{' and '.join(keys)} {'count' if len(keys) > 1 else 'counts'} from the next session on."
            self._context.transcript.notice(f"{self._label('')}: {what}")

    def _tell_news(self) -> None:
        """Problems and waiting files that have not been told yet."""
        problems = {replace(problem, line=None): problem for problem in self._loaded.configuration.problems}
        for kind, problem in problems.items():
            if kind not in self._told:
                self._tell_problem(problem)
        self._told = frozenset(problems)
        files = {(str(file.path), file.sha256, file.consent): file for file in self._loaded.files}
        for key, file in files.items():
            if file.consent in ("unasked", "changed") and key not in self._told_files:
                self._context.transcript.warning(waiting(file, "/mcp trust"))
        self._told_files = set(files)

    def _tell_problem(self, problem: Problem) -> None:
        transcript = self._context.transcript
        tell = {"error": transcript.error, "note": transcript.notice}.get(
            problem.severity, transcript.warning
        )
        line = f" (line {problem.line})" if problem.line else ""
        # What is said about a project's file names it.
        where = f"line {problem.line}: " if problem.line else ""
        label = where if problem.source else f"{self._label('')}{line}: "
        tell(f"{label}{problem.message}", advice(problem.hint, problem.remedy))

    def _label(self, where: str) -> str:
        """The file as people know it: config.toml, or a project's by its path."""
        own = self._watched.source.path if self._watched is not None else None
        if own is None or not where or where == str(own):
            return one_line(own.name, 100) if own is not None else "config.toml"
        return one_line(where, 300)


def _alike(before: ServerSettings | None, after: ServerSettings | None) -> bool:
    return before is not None and after is not None and replace(before, sandbox=after.sandbox) == after


def _by_file(names: Iterable[str], servers: Mapping[str, ServerSettings]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name in names:
        where = servers[name].source if name in servers else ""
        groups.setdefault(where, []).append(one_line(name, 80))
    return groups


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"{', '.join(names[:_MOST_NAMES])}{more}"
