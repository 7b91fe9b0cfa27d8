"""The Textual application: what it is made of, how it starts and how it leaves.

It owns the connection manager and passes what happens below to the session screen; what a
person wants goes through `app.actions`. Only what the first paint needs is imported here.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.binding import Binding
from textual.reactive import Reactive

from app.session.context import SessionContext, TakesEvents
from app.session.interrupts import Interrupts
from app.session.screens.session import SessionScreen
from app.terminal.leaving import driver_class, leave_on_signals
from app.terminal.painting import PaintsPictures
from app.themes import DEFAULT_THEME, register_themes, theme_named
from services.clock import CLOCK, Clock
from services.garbage import look_again
from services.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual.command import Provider
    from textual.theme import Theme

    from app.session.actions.cells import CellActions
    from app.session.actions.configuration import Configurations
    from app.session.actions.dispatch import Dispatcher
    from app.session.screens.difference import DifferenceScreen
    from app.session.screens.finder import FinderScreen
    from app.session.screens.form import FormScreen
    from app.session.screens.server import ServerScreen
    from app.session.screens.viewer import Viewer
    from services.catalog.entries import Catalog, Prompt, ResourceTemplate
    from services.config.source import Source
    from services.connection_manager import ConnectionManager
    from services.connections.reconnection import Retry
    from services.events import Event
    from services.finder.finder import Found
    from services.finder.items import Item
    from services.logs.files import LogFiles
    from services.model.conversation import OpenEngine
    from services.pictures.graphics import Graphics
    from services.settings import Configuration
    from services.transcript.keeping import Keeping
    from widgets.composer.candidate import Candidate
    from widgets.history.history import History
    from widgets.inbox.request_inbox import RequestInbox
    from widgets.inbox.sampling_view import SamplingQuestionView

__all__ = ("Jackfield",)


def _slash_commands() -> type[Provider]:
    from app.session.palette import SlashCommands

    return SlashCommands


def _found_entries() -> type[Provider]:
    from app.session.palette import FoundEntries

    return FoundEntries


class Jackfield(PaintsPictures[None]):
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
        Binding("ctrl+c", "interrupt", "clear, cancel; twice: quit", id="app.interrupt", show=False),
    ]

    theme: Reactive[str] = Reactive(DEFAULT_THEME)
    """Ours from the very first: choosing it later would parse every style a second time."""

    dispatcher: Dispatcher
    cell_actions: CellActions
    configurations: Configurations

    def __init__(
        self,
        load: Callable[[], Configuration] | None = None,
        *,
        source: Callable[[], Source] | None = None,
        clock: Clock = CLOCK,
        theme: str = "",
        retry: Retry | None = None,
        save_logs: bool = False,
        open_engine: OpenEngine | None = None,
        keeping: Keeping | None = None,
    ) -> None:
        """With a `source` the session lives by that file and its changes; else by what `load` gives.

        `open_engine` takes the place of what speaks to models; without `keeping` the session is not kept.
        """
        super().__init__(driver_class=driver_class())
        self._load = load
        self._source = source
        self._retry = retry
        self._save_logs = save_logs
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

        self.context.finder = GraphicsFinder(self._take_graphics)
        await self.context.finder.find(self._driver)

    def _take_graphics(self, graphics: Graphics) -> None:
        self.graphics = graphics

    def on_resize(self) -> None:
        if self.context.finder is not None:
            self.context.finder.choose()

    @work(group="start", exit_on_error=False)
    async def begin(self) -> None:
        """Furnish the session, read the configuration and start all servers."""
        await asyncio.to_thread(_import_session)
        from app.session.actions.cells import CellActions
        from app.session.actions.configuration import Configurations
        from app.session.actions.dispatch import Dispatcher
        from app.slash.parse import parse
        from services.logs.files import home_logs

        context = self.context
        self.configurations = Configurations(context, self._load, self._source)
        self.dispatcher = Dispatcher(context, self.configurations, self._open_engine, self._keeping)
        self.cell_actions = CellActions(
            context,
            self.dispatcher.calls,
            self.dispatcher.saved,
            lambda line: parse(line, self),
            self.run_slash,
        )
        self.session.stop_model = self.dispatcher.talk.stop
        await self.session.furnish()
        self.dispatcher.sessions.listen()
        self.session.transcript.on_call = self.dispatcher.past_calls.note
        logs = home_logs(self.session.show_warning) if self._save_logs else None
        configuration = await self.configurations.first()
        self.session.transcript.reach = self.configurations.reach
        manager = await asyncio.to_thread(self._prepare, configuration, logs)
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

    def _prepare(self, configuration: Configuration, logs: LogFiles | None) -> ConnectionManager:
        from app.login_words import logins_for
        from services.connection_manager import ConnectionManager
        from services.connections.eras import home_eras
        from services.connections.offers import home_offers
        from services.connections.reconnection import Retry
        from services.connections.skill_files import home_skill_files
        from services.connections.task_book import home_tasks

        return ConnectionManager(
            configuration.servers,
            listener=self._on_event,
            retry=self._retry or Retry(),
            version=VERSION,
            logs=logs,
            logins=logins_for(configuration, self._tell_of_store),
            probes_logins=True,
            samples=True,
            asks_roots=True,
            eras=home_eras(),
            offers=home_offers(),
            tasks=home_tasks(),
            skill_files=home_skill_files(),
            clock=self._clock,
        )

    def _tell_of_store(self, line: str) -> None:
        """What a person should know of where logins are kept; comes from threads."""
        self.call_later(self.session.show_warning, line)

    def take_settings(self, configuration: Configuration, before: Configuration | None = None) -> None:
        """Look as the configuration says; of one that was changed only what differs from `before` counts."""
        if self.context.finder is not None:
            self.context.finder.take_images(configuration.ui.images)
        self.session.transcript.images = configuration.ui.images != "off"
        self.session.name_model(configuration.models[0].name if configuration.models else "")
        self.dispatcher.model_tools.take_settings(configuration)
        self.dispatcher.keys.take_settings(configuration)
        self.dispatcher.sessions.take_settings(configuration)
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
        self.dispatcher.logins.take(event)
        self.dispatcher.model_tools.take(event)
        self.dispatcher.sampling.take(event)
        self.dispatcher.tasks.take(event)
        if self.screen is not self.session and isinstance(self.screen, TakesEvents):
            self.screen.take_event(event)

    # What a person wants.

    async def on_event(self, event: events.Event) -> None:
        is_ours = not event.is_forwarded and self.screen_stack and self.screen is self.session
        if is_ours and isinstance(event, events.Key | events.Paste) and self.session.prepare_for(event):
            return
        await super().on_event(event)

    @on(SessionScreen.LineEntered)
    def _line_entered(self, event: SessionScreen.LineEntered) -> None:
        self.run_slash(event.text)

    @on(SessionScreen.FinderWanted)
    def _find(self, event: SessionScreen.FinderWanted) -> None:
        self.dispatcher.finding.open(event.words)

    @on(SessionScreen.ServerActionWanted)
    def _server_action(self, event: SessionScreen.ServerActionWanted) -> None:
        self.dispatcher.servers.act(event.server, event.action)

    # Named, not decorated: the classes of these messages are not imported before the first paint.

    def on_server_screen_action_requested(self, event: ServerScreen.ActionRequested) -> None:
        self.dispatcher.servers.act(event.server, event.action)

    def on_server_screen_tool_switched(self, event: ServerScreen.ToolSwitched) -> None:
        self.dispatcher.model_tools.switch(event.server, event.tool)

    def on_history_action_requested(self, event: History.ActionRequested) -> None:
        self.cell_actions.act(event.cell_id, event.action, event.target_index)

    def on_request_inbox_open_url(self, event: RequestInbox.OpenUrl) -> None:
        # The person said so, and the inbox lets only http and https through.
        self.session.page_opened(event.question)
        self.open_in_browser(event.url)

    def on_request_inbox_url_copied(self, event: RequestInbox.UrlCopied) -> None:
        self.session.page_opened(event.question)

    def on_sampling_question_view_model_wanted(self, event: SamplingQuestionView.ModelWanted) -> None:
        self.dispatcher.sampling.ask(event.question, event.lasting, event.request)

    def on_sampling_question_view_model_unwanted(self, event: SamplingQuestionView.ModelUnwanted) -> None:
        self.dispatcher.sampling.stop(event.question)

    def on_finder_screen_chosen(self, event: FinderScreen.Chosen) -> None:
        self.use_entry(event.item)

    def on_finder_screen_server_wanted(self, event: FinderScreen.ServerWanted) -> None:
        self.dispatcher.finding.open_server(event.item)

    def on_viewer_copy_requested(self, event: Viewer.CopyRequested) -> None:
        self.cell_actions.copy(event.text, event.what)

    def on_viewer_save_requested(self, event: Viewer.SaveRequested) -> None:
        self.cell_actions.saving.save_shown(event.title, event.content)

    def on_viewer_open_requested(self, event: Viewer.OpenRequested) -> None:
        self.cell_actions.saving.open_shown(event.title, event.content)

    def on_difference_screen_copy_requested(self, event: DifferenceScreen.CopyRequested) -> None:
        self.cell_actions.copy(event.text, "the difference")

    def on_form_screen_editor_wanted(self, event: FormScreen.EditorWanted) -> None:
        self.edit_outside(event)

    @work(group="editor", exclusive=True, exit_on_error=False)
    async def edit_outside(self, event: FormScreen.EditorWanted) -> None:
        """Lend the terminal to the person's editor; what comes back goes to whoever asked."""
        from app.editor.outside import edit_outside
        from app.editor.program import EditorError

        try:
            text = await edit_outside(self, event.text, event.name, self.configurations.current.ui.editor)
        except EditorError as error:
            self.notify(str(error), severity="warning", markup=False)
        else:
            if text != event.text and event.screen.is_current:
                await event.take(text)

    @work(group="browser", exit_on_error=False)
    async def open_in_browser(self, url: str) -> None:
        """Open a web address outside of our terminal and our event loop."""
        from services.web import browser

        if not await browser.open_browser(url):
            self.session.show_warning(
                "No browser could be opened here: copy the address and open it yourself."
            )

    @work(group="entries", exit_on_error=False)
    async def run_slash(self, text: str) -> None:
        """Carry out one line: a slash command, or text for the model."""
        await self.session.furnished.wait()
        from app.slash.parse import ParseProblem, is_slash, parse
        from services.arguments.tool_names import is_bare_call

        bare = not is_slash(text) and is_bare_call(text, self)
        if not bare and not is_slash(text):
            self.dispatcher.say_to_model(text)
            return
        self.session.show_entry(text)
        read = parse(f"/call {text}" if bare else text, self)
        if isinstance(read, ParseProblem):
            self.session.show_error(read.message, "\n".join(filter(None, (read.hint, *read.usage))))
        else:
            self.dispatcher.run(read)

    async def _complete_line(self, text: str, cursor: int) -> tuple[Candidate, ...]:
        await self.session.furnished.wait()
        from app.slash.completion import candidates

        return await candidates(text, cursor, self)

    def fill_composer(self, text: str) -> None:
        """Put a line into the composer to be completed by hand."""
        self.session.fill_composer(text)

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

    # What there is to find (app.session.palette.FindingHost).

    async def find_entries(self, words: str) -> Found:
        await self.session.furnished.wait()
        return await self.dispatcher.finding.find(words)

    def use_entry(self, item: Item) -> None:
        self.dispatcher.finding.use(item)

    # What there is to name (app.slash.parse.Names, app.slash.offers.CompletionSource).

    def servers(self) -> Sequence[str]:
        return self.context.servers()

    def server_names(self) -> Sequence[str]:
        return self.servers()

    def catalog(self, server: str) -> Catalog:
        return self.context.catalog(server)

    def models(self) -> Sequence[str]:
        return [model.shown for model in self.configurations.current.models]

    def themes(self) -> Sequence[str]:
        return sorted(self.available_themes)

    def saved_calls(self) -> Mapping[str, str]:
        return self.dispatcher.saved.names()

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
            await dispatcher.talk.close()
            await asyncio.to_thread(dispatcher.sessions.close)

    def _end_servers(self) -> asyncio.Task[None] | None:
        if self._servers_end is None and self.manager is not None:
            self._servers_end = asyncio.create_task(self.manager.close())
        return self._servers_end


def _import_session() -> None:
    """Load what `SessionScreen.furnish` and the actions need; in a thread, a tenth of a second."""
    for name in (
        "app.session.screens.argument_editing",
        "app.session.actions.cells",
        "app.session.actions.configuration",
        "app.session.actions.dispatch",
        "app.session.screens.finder",
        "app.slash.completion",
        "services.logs.files",
        "widgets.views.find_bar",
        "widgets.history.history",
        "widgets.inbox.request_inbox",
        "widgets.servers.mcp_status",
    ):
        importlib.import_module(name)
