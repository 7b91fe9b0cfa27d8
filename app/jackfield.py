"""The Textual application: what it is made of, how it starts and how it leaves.

It owns the connection manager and passes what happens below to the session screen;
what a person wants goes through `app.actions`.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import App
from textual.binding import Binding

from app import __version__
from app.actions.cells import CellActions
from app.actions.dispatch import Dispatcher
from app.palette import SlashCommands
from app.screens.server import ServerScreen
from app.screens.session import SessionScreen
from app.screens.viewer import Viewer
from app.slash.parse import ParseProblem, is_slash, parse
from app.themes import DEFAULT_THEME, register_themes
from services.config.settings import Configuration
from services.errors import JackfieldError, translating
from widgets.history.history import History
from widgets.inbox.request_inbox import RequestInbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from services.catalog.entries import Catalog, Prompt, ResourceTemplate
    from services.connection_manager import ConnectionManager
    from services.events import Event
    from widgets.candidate import Candidate

__all__ = ("Jackfield",)


class Jackfield(App[None]):
    """The panel of sockets: one session over many MCP servers."""

    TITLE = "Jackfield"
    # Here, not on the screen: Textual loads a screen's own styles only when the screen is pushed.
    CSS_PATH = "screens/session.tcss"
    COMMANDS = {SlashCommands}
    BINDINGS = [
        Binding("ctrl+q", "quit", "Quit", id="app.quit", show=False, priority=True),
        Binding("ctrl+p", "command_palette", "palette", id="app.palette", priority=True),
        Binding("f1", "help", "help", id="app.help"),
    ]

    def __init__(
        self,
        load: Callable[[], Configuration],
        *,
        clock: Callable[[], float] = time.monotonic,
        theme: str = "",
    ) -> None:
        super().__init__()
        self._load = load
        self.clock = clock
        self.configuration = Configuration()
        self.manager: ConnectionManager | None = None
        register_themes(self)
        self.theme = theme or DEFAULT_THEME
        self._theme_given = bool(theme)
        self.session = SessionScreen(clock, self._complete_line)
        self.dispatcher = Dispatcher(self)
        self.cell_actions = CellActions(self)

    def get_default_screen(self) -> SessionScreen:
        return self.session

    # Starting.

    def on_mount(self) -> None:
        if sys.platform != "win32":
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self._leave_on_signal, number)

    def on_ready(self) -> None:
        # The first paint is done: everything heavy is imported from here on, in a thread.
        self.begin()

    def _leave_on_signal(self, number: int) -> None:
        self.exit(return_code=128 + number)

    @work(group="start", exit_on_error=False)
    async def begin(self) -> None:
        """Read the configuration and start all servers."""
        try:
            with translating():
                self.configuration, manager = await asyncio.to_thread(self._prepare)
        except JackfieldError as error:
            self.session.show_error("The configuration cannot be used.", str(error))
            return
        self._take_ui_settings()
        self.manager = manager
        self.session.take_manager(manager, self.configuration)
        await manager.start()
        await manager.settled()
        self.session.tell_settled()

    def _prepare(self) -> tuple[Configuration, ConnectionManager]:
        from services.connection_manager import ConnectionManager

        configuration = self._load()
        manager = ConnectionManager(configuration.servers, listener=self._on_event, version=__version__)
        return configuration, manager

    def _take_ui_settings(self) -> None:
        wanted = self.configuration.ui.theme
        if wanted and not self._theme_given and wanted in self.available_themes:
            self.theme = wanted

    def _on_event(self, event: Event) -> None:
        """What happened below; always on this event loop."""
        if not self.is_running or not self.session.is_mounted:
            return
        self.session.take_event(event)
        if isinstance(self.screen, ServerScreen):
            self.dispatcher.servers.feed(self.screen, event)

    # What a person wants.

    @on(SessionScreen.LineEntered)
    def _line_entered(self, event: SessionScreen.LineEntered) -> None:
        self.run_slash(event.text)

    @on(SessionScreen.ServerActionWanted)
    @on(ServerScreen.ActionRequested)
    def _server_action(self, event: SessionScreen.ServerActionWanted | ServerScreen.ActionRequested) -> None:
        self.dispatcher.servers.act(event.server, event.action)

    @on(History.ActionRequested)
    def _cell_action(self, event: History.ActionRequested) -> None:
        self.cell_actions.act(event.cell_id, event.action, event.target_index)

    @on(RequestInbox.OpenUrl)
    def _open_url(self, event: RequestInbox.OpenUrl) -> None:
        # The person said so, and only these two schemes are opened.
        if event.url.startswith(("http://", "https://")):
            self.open_url(event.url)

    @on(Viewer.CopyRequested)
    def _copy(self, event: Viewer.CopyRequested) -> None:
        self.copy_to_clipboard(event.text)
        self.notify("Copied.", markup=False, timeout=3)

    def run_slash(self, text: str) -> None:
        """Carry out one line: a slash command, or text for the model."""
        self.session.show_entry(text)
        if not is_slash(text):
            self.dispatcher.say_to_model(text)
            return
        read = parse(text, self)
        if isinstance(read, ParseProblem):
            self.session.show_error(read.message, "\n".join(filter(None, (read.hint, *read.usage))))
        else:
            self.dispatcher.run(read)

    async def _complete_line(self, text: str, cursor: int) -> tuple[Candidate, ...]:
        from app.slash.completion import candidates

        return await candidates(text, cursor, self)

    def fill_composer(self, text: str) -> None:
        """Put a line into the composer to be completed by hand."""
        self.session.fill_composer(text)

    async def action_quit(self) -> None:
        self.exit()

    def action_help(self) -> None:
        self.dispatcher.show_help()

    # What there is to name (app.slash.parse.Names, app.slash.completion.CompletionSource).

    def servers(self) -> Sequence[str]:
        return self.manager.servers if self.manager is not None else ()

    def server_names(self) -> Sequence[str]:
        return self.servers()

    def catalog(self, server: str) -> Catalog:
        from services.catalog.entries import Catalog

        return self.manager.catalog(server) if self.manager is not None else Catalog()

    def themes(self) -> Sequence[str]:
        return sorted(self.available_themes)

    async def complete(
        self,
        server: str,
        ref: Prompt | ResourceTemplate,
        argument: str,
        value: str,
        context: Mapping[str, str] | None = None,
    ) -> tuple[str, ...]:
        if self.manager is None:
            return ()
        return await self.manager.complete(server, ref, argument, value, context)

    # Leaving.

    async def on_unmount(self) -> None:
        # Exit cancels workers but does not wait for them.
        workers = [worker for worker in self.workers if not worker.is_finished]
        self.workers.cancel_all()
        await asyncio.gather(*(worker.wait() for worker in workers), return_exceptions=True)

    async def close_connections(self) -> None:
        """End every server; for whoever ran the app, after the terminal is restored."""
        if self.manager is not None:
            await self.manager.close()
