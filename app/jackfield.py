"""The Textual application: what it is made of, how it starts and how it leaves.

It owns the connection manager and passes what happens below to the session screen; what a
person wants goes through `app.actions`. Only what the first paint needs is imported here.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import TYPE_CHECKING

from textual import events, work
from textual.binding import Binding
from textual.reactive import Reactive

from app.session.context import SessionContext, TakesEvents
from app.session.interrupts import Interrupts
from app.session.passing import PassesMessages
from app.session.screens.session import SessionScreen
from app.session.starting import import_session, session_manager
from app.terminal.leaving import driver_class, leave_on_signals
from app.themes import DEFAULT_THEME, register_themes, theme_named
from services.clock import CLOCK, Clock
from services.garbage import look_again

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.command import Provider
    from textual.theme import Theme

    from services.config.source import Source
    from services.connection_manager import ConnectionManager
    from services.connections.reconnection import Retry
    from services.events import Event
    from services.model.conversation import OpenEngine
    from services.settings import Configuration
    from services.transcript.keeping import Keeping
    from widgets.composer.candidate import Candidate

__all__ = ("Jackfield",)


def _slash_commands() -> type[Provider]:
    from app.session.palette import SlashCommands

    return SlashCommands


def _found_entries() -> type[Provider]:
    from app.session.palette import FoundEntries

    return FoundEntries


class Jackfield(PassesMessages):
    """The panel of sockets: one session over many MCP servers."""

    TITLE = "Jackfield"
    # Here, not on the screen: Textual loads a screen's own styles only when the screen is pushed.
    CSS_PATH = "session/screens/session.tcss"
    COMMANDS = {_slash_commands, _found_entries}
    BINDINGS = [
        Binding("ctrl+q", "quit", "quit", id="app.quit", show=False, priority=True),
        Binding("ctrl+p", "command_palette", "palette", id="app.palette", priority=True),
        Binding("f1", "help", "help", id="app.help", priority=True),
        Binding("question_mark", "keys_here", "keys", id="app.keys"),
        # A field to type in has it for undoing.
        Binding("ctrl+z", "suspend_process", "suspend; fg comes back", id="app.suspend", show=False),
        Binding("ctrl+c", "interrupt", "clear, cancel; twice: quit", id="app.interrupt", show=False),
    ]

    theme: Reactive[str] = Reactive(DEFAULT_THEME)
    """Ours from the very first: choosing it later would parse every style a second time."""

    def __init__(
        self,
        load: Callable[[], Configuration] | None = None,
        *,
        source: Callable[[], Source] | None = None,
        clock: Clock = CLOCK,
        theme: str = "",
        retry: Retry | None = None,
        save_logs: bool = False,
        lends: bool = False,
        open_engine: OpenEngine | None = None,
        keeping: Keeping | None = None,
    ) -> None:
        """With a `source` the session lives by that file and its changes; else by what `load` gives.

        `lends` lets commands of the shell use its servers; `open_engine` takes the place of what speaks
        to models; without `keeping` the session is not kept.
        """
        super().__init__(driver_class=driver_class())
        self._load, self._source = load, source
        self._retry = retry
        self._save_logs, self._lends = save_logs, lends
        self._open_engine = open_engine
        self._keeping = keeping
        self.clock = clock.monotonic
        self._clock = clock
        self._servers_end: asyncio.Task[None] | None = None
        register_themes(self)
        self.theme = theme or DEFAULT_THEME
        self._theme_given = bool(theme)
        self.session = SessionScreen(self.clock, self._complete_line)
        self.context = SessionContext(self, self.session, self.clock, self.take_settings)
        self.interrupts = Interrupts(self.context, self.session, self.clock)

    @property
    def manager(self) -> ConnectionManager | None:
        """The servers; None until the configuration is read."""
        return self.context.manager

    def get_theme(self, theme_name: str) -> Theme | None:
        # Textual asks for the first theme before any can be registered.
        return theme_named(theme_name) or super().get_theme(theme_name)

    def get_default_screen(self) -> SessionScreen:
        return self.session

    # Starting.

    def on_mount(self) -> None:
        leave_on_signals(self._stop_for_nothing, self._leave_on_signal)

    def on_ready(self) -> None:
        # The first paint is done: everything heavy is imported from here on, in a thread.
        look_again()
        self.begin()
        self.find_graphics()

    def _stop_for_nothing(self) -> None:
        leaving = getattr(self._driver, "leaving", None)  # drivers of Windows and of tests have none
        if leaving is not None:
            leaving()

    def _leave_on_signal(self, number: int) -> None:
        self.exit(return_code=128 + number)
        # Side by side with the end of the screen, which may hang on its terminal.
        self._end_servers()

    @work(group="graphics", exit_on_error=False)
    async def find_graphics(self) -> None:
        """Ask the terminal how it draws pictures."""
        from app.terminal.graphics import GraphicsFinder

        self.context.finder = GraphicsFinder(partial(setattr, self, "graphics"))
        await self.context.finder.find(self._driver, patience=10)

    def on_resize(self) -> None:
        if self.context.finder is not None:
            self.context.finder.choose()

    async def look_at_onlookers(self) -> frozenset[str] | None:
        return await self.context.finder.look() if self.context.finder is not None else None

    @work(group="start", exit_on_error=False)
    async def begin(self) -> None:
        """Furnish the session, read the configuration and start all servers."""
        await asyncio.to_thread(import_session)
        from app.session.actions.cells import CellActions
        from app.session.actions.configuration import Configurations
        from app.session.actions.dispatch import Dispatcher
        from app.session.names import SessionNames
        from app.slash.parse import parse
        from services.logs.files import home_logs

        context = self.context
        self.configurations = Configurations(context, self._load, self._source)
        self.dispatcher = Dispatcher(context, self.configurations, self._open_engine, self._keeping)
        self.names = SessionNames(context, self.configurations, self.dispatcher.saved)
        self.cell_actions = CellActions(
            context,
            self.dispatcher.calls,
            self.dispatcher.saved,
            lambda line: parse(line, self.names),
            self.run_slash,
        )
        self.session.stop_model = self.dispatcher.talk.stop
        await self.session.furnish()
        self.dispatcher.sessions.listen()
        self.session.transcript.on_call = self.dispatcher.past_calls.note
        logs = home_logs(self.session.show_warning) if self._save_logs else None
        configuration = await self.configurations.first()
        self.session.transcript.reach = self.configurations.reach
        manager = await asyncio.to_thread(
            session_manager,
            configuration,
            listener=self._on_event,
            warn=context.warn_from_thread,
            logs=logs,
            retry=self._retry,
            clock=self._clock,
        )
        context.begin(manager)
        self.dispatcher.sampling.begin(manager)
        self.take_settings(configuration)
        self.run_worker(self.dispatcher.sessions.begin(), group="sessions", exit_on_error=False)
        self.session.take_manager(manager)
        self.configurations.tell_first()
        self.run_worker(self.configurations.introduce(), group="introduction", exit_on_error=False)
        self.run_worker(self.dispatcher.saved.look(), group="saved calls", exit_on_error=False)
        self.run_worker(self.configurations.watch(), group="watching", exit_on_error=False)
        await manager.start()
        await manager.settled()
        self.session.tell_settled()

    def take_settings(self, configuration: Configuration, before: Configuration | None = None) -> None:
        """Look as the configuration says; of one that was changed only what differs from `before` counts."""
        if self.context.finder is not None:
            self.context.finder.take_images(configuration.ui.images)
        self.session.transcript.images = configuration.ui.images != "off"
        self.session.name_model(configuration.models[0].name if configuration.models else "")
        self.dispatcher.model_tools.take_settings(configuration)
        self.dispatcher.keys.take_settings(configuration)
        self.dispatcher.sessions.take_settings(configuration)
        if self._lends:
            self.dispatcher.outside.take_settings(configuration)
        wanted = configuration.ui.theme
        given = self._theme_given if before is None else before.ui.theme == wanted
        if wanted and not given and wanted in self.available_themes:
            self.theme = wanted

    def _on_event(self, event: Event) -> None:
        """What happened below; always on this event loop."""
        if not self.is_running or not self.session.furnished.is_set():
            return
        self.session.take_event(event)
        self.configurations.take(event)
        self.dispatcher.take(event)
        if self.screen is not self.session and isinstance(self.screen, TakesEvents):
            self.screen.take_event(event)

    # What a person wants.

    async def on_event(self, event: events.Event) -> None:
        is_ours = not event.is_forwarded and self.screen_stack and self.screen is self.session
        if is_ours and isinstance(event, events.Key | events.Paste) and self.session.prepare_for(event):
            return
        await super().on_event(event)

    async def _complete_line(self, text: str, cursor: int) -> tuple[Candidate, ...]:
        await self.session.furnished.wait()
        from app.slash.completion import candidates

        return await candidates(text, cursor, self.names)

    async def action_quit(self) -> None:
        self.exit()

    async def action_help(self) -> None:
        await self.session.furnished.wait()
        from app.session.screens.help import HelpScreen

        if isinstance(self.screen, HelpScreen):
            self.screen.action_back()
        else:
            self.dispatcher.show_help()

    async def action_keys_here(self) -> None:
        await self.session.furnished.wait()
        self.dispatcher.keys.show_here()

    def action_interrupt(self) -> None:
        self.interrupts.press()

    def on_composer_interrupted(self) -> None:
        self.interrupts.expect_second()

    # Leaving.

    def _fatal_error(self) -> None:
        # Textual's own would print the values of all variables, tokens among them.
        from app.crash import report

        error = sys.exc_info()[1]
        self._exit_renderables.append(report(error) if error is not None else "")
        self._close_messages_no_wait()

    async def on_unmount(self) -> None:
        # Exit cancels workers but does not wait for them.
        workers = [worker for worker in self.workers if not worker.is_finished]
        self.workers.cancel_all()
        await asyncio.gather(*(worker.wait() for worker in workers), return_exceptions=True)

    async def close_connections(self) -> None:
        """End the servers and the talk with a model; for whoever ran the app, its terminal restored."""
        if (ending := self._end_servers()) is not None:
            await ending
        if (dispatcher := getattr(self, "dispatcher", None)) is not None:
            await dispatcher.talk.asking.close()
            await asyncio.to_thread(dispatcher.sessions.close)

    def _end_servers(self) -> asyncio.Task[None] | None:
        if self._servers_end is None and self.manager is not None:
            self._servers_end = asyncio.create_task(self.dispatcher.outside.close(self.manager))
        return self._servers_end
