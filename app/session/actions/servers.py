"""What is done to servers: connecting, disconnecting, enabling, and looking at one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.arguments.words import quote
from services.catalog.entries import Catalog, Prompt, Resource, ResourceTemplate, Tool
from services.errors import ConfigurationError, JackfieldError, NotReady
from services.events import CatalogChanged, LogLine, ServerState, StatusChanged
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.jackfield import Jackfield
    from app.session.screens.server import EntryChosen, ServerScreen
    from services.connection_manager import ConnectionManager
    from services.events import Event

__all__ = ("Servers",)


class Servers:
    """Acts on servers, from the panel, the palette and slash commands alike."""

    def __init__(self, app: Jackfield) -> None:
        self._app = app

    def act(self, server: str, action: str) -> None:
        """Begin an action of the panel on a server; returns at once."""
        if action in ("open", "log", "trace"):
            self._look(server, action)
            return
        if action in ("login", "logout"):
            self._log(server, action)
            return
        names: Iterable[str] = (server,)
        if action == "reconnect_all":  # those that are wanted and can be started
            idle, statuses = (ServerState.DISABLED, ServerState.INVALID), self._manager().statuses
            names = [each.server for each in statuses if each.state not in idle]
        for name in names:
            self._app.run_worker(
                self._act(name, "reconnect" if action == "reconnect_all" else action),
                group="servers",
                exit_on_error=False,
            )

    def _look(self, server: str, action: str) -> None:
        """Open one of the server's screens, unless it was removed a moment ago."""
        try:
            if action == "trace":
                self._app.dispatcher.traces.open(server)
            else:
                self.open(server, "log" if action == "log" else "tools")
        except JackfieldError as error:
            self._app.session.transcript.error(error.message, error.hint)

    def _log(self, server: str, action: str) -> None:
        """Log in or out; the history, where it is told, comes to the front."""
        logins = self._app.dispatcher.logins
        if type(self._app.screen).__name__ == "ServerScreen":
            self._app.pop_screen()
        self._app.session.uncover()
        try:
            (logins.log_in if action == "login" else logins.log_out)({"server": server})
        except JackfieldError as error:
            self._app.session.transcript.error(error.message, error.hint)

    async def _act(self, server: str, action: str) -> None:
        manager = self._manager()
        does = {
            "connect": manager.reconnect,
            "reconnect": manager.reconnect,
            "disconnect": manager.disconnect,
            "enable": manager.enable,
            "disable": manager.disable,
        }[action]
        try:
            if action in ("connect", "reconnect", "enable"):
                await self._read_again(server)
            await does(server)
        except JackfieldError as error:
            self._app.session.transcript.error(f"{one_line(server, 80)}: {error.message}", error.hint)

    async def _read_again(self, server: str) -> None:
        """What made a server invalid may be mended without its file: an input that has an answer by now."""
        if self._manager().status(server).state is not ServerState.INVALID:
            return
        await self._app.configurations.reload(own={server})
        status = self._manager().status(server)
        if status.state is ServerState.INVALID:
            raise ConfigurationError(status.cause, hint=status.hint)

    def log(self, given: Mapping[str, str]) -> None:
        """`/log SERVER [LEVEL]`: show the log; with a level ask the server for messages from it on."""
        server, level = given["server"], given.get("level")
        if level is None:
            self.open(server, "log")
        else:
            self._app.run_worker(self._ask_level(server, level), group="servers", exit_on_error=False)

    async def _ask_level(self, server: str, level: str) -> None:
        transcript, name = self._app.session.transcript, one_line(server, 80)
        try:
            await self._manager().set_log_level(server, level)  # type: ignore[arg-type]
        except JackfieldError as error:
            transcript.error(f"{name}: {error.message}", error.hint)
        else:
            transcript.notice(f"{name}: log messages from {level} on.")

    def follow(self, given: Mapping[str, str]) -> None:
        """`/follow SERVER URI`: tell when a resource changes, or no longer."""
        self._app.run_worker(
            self._follow(given["server"], given["uri"]), group="servers", exit_on_error=False
        )

    async def _follow(self, server: str, uri: str) -> None:
        transcript, what = self._app.session.transcript, f"{one_line(server, 80)}: {one_line(uri, 200)}"
        try:
            followed = await self._manager().follow_resource(server, uri)
        except JackfieldError as error:
            transcript.error(f"{what}: {error.message}", error.hint)
        else:
            transcript.notice(f"{what} is {'followed' if followed else 'not followed any more'}.")

    def open(self, server: str, tab: str = "tools") -> None:
        """Open the server's own screen; what is chosen there is called, read or got."""
        from app.session.screens.server import ServerScreen, ServerView

        manager = self._manager()
        manager.freshen(server)
        view = ServerView(manager.status(server), manager.catalog(server), manager.log(server))
        self._app.push_screen(ServerScreen(view, tab=tab, clock=self._app.clock), self._chosen)

    def feed(self, screen: ServerScreen, event: Event) -> None:
        """Keep an open server screen true."""
        match event:
            case StatusChanged(status) if status.server == screen.server:
                screen.status = status
                # One that was removed tells of its end too.
                known = screen.server in self._manager().servers
                screen.catalog = self._manager().catalog(screen.server) if known else Catalog()
            case CatalogChanged() if event.server == screen.server:
                screen.catalog = self._manager().catalog(screen.server)
            case LogLine() if event.server == screen.server:
                screen.append_log(event)
            case _:
                pass

    def _chosen(self, chosen: EntryChosen | None) -> None:
        calls = self._app.dispatcher.calls
        match chosen.entry if chosen is not None else None:
            case Tool() as tool:
                calls.ask(tool.server, tool.raw_name)
            case Resource() as resource:
                calls.read_resource(resource.server, resource.raw_uri)
            case Prompt() as prompt:
                calls.ask_prompt(prompt.server, prompt.raw_name)
            case ResourceTemplate() as template:
                self._app.fill_composer(f"/read {quote(template.server)} {template.uri_template}")
            case None:
                pass

    def _manager(self) -> ConnectionManager:
        if self._app.manager is None:
            raise NotReady("the configuration is still being read", hint="try again in a moment")
        return self._app.manager
