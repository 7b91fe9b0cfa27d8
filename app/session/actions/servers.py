"""What is done to servers: connecting, disconnecting, enabling, and looking at one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from services.catalog.entries import Prompt, Resource, ResourceTemplate, Tool
from services.errors import ConfigurationError, JackfieldError
from services.events import ServerState
from services.skills.entries import Skill
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.session.actions.calls import Calls
    from app.session.actions.configuration import Configurations
    from app.session.actions.logins import Logins
    from app.session.actions.model_tools import ModelTools
    from app.session.actions.skills import Skills
    from app.session.actions.traces import Traces
    from app.session.context import SessionContext
    from app.session.screens.server import EntryChosen
    from widgets.servers.detail_tabs import Place
    from widgets.servers.entry_text import Entry

__all__ = ("Servers",)


class Servers:
    """Acts on servers, from the panel, the palette and slash commands alike."""

    def __init__(
        self,
        context: SessionContext,
        configurations: Configurations,
        calls: Calls,
        skills: Skills,
        logins: Logins,
        traces: Traces,
        model_tools: ModelTools,
    ) -> None:
        self._context = context
        self._configurations = configurations
        self._calls, self._logins, self._traces = calls, logins, traces
        self._skills = skills
        self._model_tools = model_tools

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
            idle, statuses = (ServerState.DISABLED, ServerState.INVALID), self._context.connected().statuses
            names = [each.server for each in statuses if each.state not in idle]
        for name in names:
            self._context.run(
                self._act(name, "reconnect" if action == "reconnect_all" else action), "servers"
            )

    def _look(self, server: str, action: str) -> None:
        """Open one of the server's screens, unless it was removed a moment ago."""
        try:
            if action == "trace":
                self._traces.open(server)
            else:
                self.open(server, "log" if action == "log" or self._failed(server) else "tools")
        except JackfieldError as error:
            self._context.transcript.failure(error)

    def _failed(self, server: str) -> bool:
        """Whether there is nothing to see of a server but why."""
        return self._context.connected().status(server).state is ServerState.FAILED

    def _log(self, server: str, action: str) -> None:
        """Log in or out; the history, where it is told, comes to the front."""
        logins = self._logins
        self._context.come_to_front()
        try:
            (logins.log_in if action == "login" else logins.log_out)({"server": server})
        except JackfieldError as error:
            self._context.transcript.failure(error)

    async def _act(self, server: str, action: str) -> None:
        manager = self._context.connected()
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
            self._context.transcript.failure(error, one_line(server, 80))

    async def _read_again(self, server: str) -> None:
        """What made a server invalid may be mended without its file: an input that has an answer by now."""
        if self._context.connected().status(server).state is not ServerState.INVALID:
            return
        await self._configurations.reload(own={server})
        status = self._context.connected().status(server)
        if status.state is ServerState.INVALID:
            raise ConfigurationError(status.cause, hint=status.hint, remedy=status.remedy)

    def log(self, given: Mapping[str, str]) -> None:
        """`/log SERVER [LEVEL]`: show the log; with a level ask the server for messages from it on."""
        server, level = given["server"], given.get("level")
        if level is None:
            self.open(server, "log")
        else:
            self._context.run(self._ask_level(server, level), "servers")

    async def _ask_level(self, server: str, level: str) -> None:
        transcript, name = self._context.transcript, one_line(server, 80)
        try:
            await self._context.connected().set_log_level(server, level)  # type: ignore[arg-type]
        except JackfieldError as error:
            transcript.failure(error, name)
        else:
            transcript.notice(f"{name}: log messages from {level} on.")

    def follow(self, given: Mapping[str, str]) -> None:
        """`/follow SERVER URI`: tell when a resource changes, or no longer."""
        self._context.run(self._follow(given["server"], given["uri"]), "servers")

    async def _follow(self, server: str, uri: str) -> None:
        transcript, what = self._context.transcript, f"{one_line(server, 80)}: {one_line(uri, 200)}"
        try:
            followed = await self._context.connected().follow_resource(server, uri)
        except JackfieldError as error:
            transcript.failure(error, what)
        else:
            transcript.notice(f"{what} is {'followed' if followed else 'no longer followed'}.")

    def open(self, server: str, tab: str = "tools", place: Place | None = None) -> None:
        """Open the server's own screen; what is chosen there is called, read or got."""
        from app.session.screens.server import ServerScreen, ServerView
        from services.config.shown_settings import shown_settings
        from services.icon_loading import load_icon
        from widgets.servers.settings_text import settings_lines

        manager = self._context.connected()
        manager.freshen(server)
        settings = settings_lines(shown_settings(manager.settings(server)), manager.capabilities(server))
        view = ServerView(
            manager.status(server),
            manager.catalog(server),
            manager.log(server),
            self._model_tools.of(server),
            settings,
        )
        screen = ServerScreen(
            view,
            self._context.catalog,
            tab=tab,
            place=place,
            use=self._chosen,
            gave_way=lambda left: self._context.offer_way_back(lambda: self._come_back(server, left)),
            load_icon=partial(load_icon, server_url=manager.settings(server).url or "")
            if self._context.transcript.images
            else None,
            clock=self._context.clock,
        )
        self._model_tools.watch(screen)
        self._context.open(screen)

    def _come_back(self, server: str, place: Place) -> None:
        try:
            self.open(server, place=place)
        except JackfieldError as error:
            self._context.transcript.failure(error)

    def _chosen(self, chosen: EntryChosen) -> None:
        try:
            self.use(chosen.entry)
        except JackfieldError as error:
            self._context.transcript.failure(error)

    def use(self, entry: Entry) -> None:
        """Call a tool, get a prompt or fill a template after its form, or read a resource."""
        calls = self._calls
        match entry:
            case Tool() as tool:
                calls.ask(tool.server, tool.raw_name)
            case Resource() as resource:
                calls.read_resource(resource.server, resource.raw_uri)
            case Prompt() as prompt:
                calls.ask_prompt(prompt.server, prompt.raw_name)
            case ResourceTemplate() as template:
                calls.fill_template(template.server, template.raw_uri_template)
            case Skill() as skill:
                self._skills.open(skill.server, skill.raw_uri)
