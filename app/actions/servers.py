"""What is done to servers: connecting, disconnecting, enabling, and looking at one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.slash.words import quote
from services.catalog.entries import Prompt, Resource, ResourceTemplate, Tool
from services.errors import JackfieldError, NotReady
from services.events import CatalogChanged, LogLine, StatusChanged
from services.text import one_line

if TYPE_CHECKING:
    from app.jackfield import Jackfield
    from app.screens.server import EntryChosen, ServerScreen
    from services.connection_manager import ConnectionManager
    from services.events import Event

__all__ = ("Servers",)


class Servers:
    """Acts on servers, from the panel, the palette and slash commands alike."""

    def __init__(self, app: Jackfield) -> None:
        self._app = app

    def act(self, server: str, action: str) -> None:
        """Begin an action of the panel on a server; returns at once."""
        if action in ("open", "log"):
            self.open(server, "log" if action == "log" else "tools")
            return
        names = self._manager().servers if action == "reconnect_all" else (server,)
        for name in names:
            self._app.run_worker(
                self._act(name, "reconnect" if action == "reconnect_all" else action),
                group="servers",
                exit_on_error=False,
            )

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
            await does(server)
        except JackfieldError as error:
            self._app.session.transcript.error(f"{one_line(server, 80)}: {error.message}", error.hint)

    def open(self, server: str, tab: str = "tools") -> None:
        """Open the server's own screen; what is chosen there is called, read or got."""
        from app.screens.server import ServerScreen, ServerView

        manager = self._manager()
        view = ServerView(manager.status(server), manager.catalog(server), manager.log(server))
        self._app.push_screen(ServerScreen(view, tab=tab, clock=self._app.clock), self._chosen)

    def feed(self, screen: ServerScreen, event: Event) -> None:
        """Keep an open server screen true."""
        match event:
            case StatusChanged(status) if status.server == screen.server:
                screen.status = status
                screen.catalog = self._manager().catalog(screen.server)
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
