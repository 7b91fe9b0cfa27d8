"""What screens and widgets ask for in their messages, passed on to the actions that do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work

from app.session.screens.session import SessionScreen
from app.terminal.painting import PaintsPictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.session.actions.cells import CellActions
    from app.session.actions.configuration import Configurations
    from app.session.actions.dispatch import Dispatcher
    from app.session.context import SessionContext
    from app.session.names import SessionNames
    from app.session.screens.difference import DifferenceScreen
    from app.session.screens.finder import FinderScreen
    from app.session.screens.form import FormScreen
    from app.session.screens.server import ServerScreen
    from app.session.screens.viewer import Viewer
    from services.finder.finder import Found
    from services.finder.items import Item
    from widgets.history.history import History
    from widgets.inbox.request_inbox import RequestInbox
    from widgets.inbox.sampling_view import SamplingQuestionView

__all__ = ("PassesMessages",)


class PassesMessages(PaintsPictures[None]):
    """The part of the App that messages come to; the actions are there once the session has begun."""

    session: SessionScreen
    dispatcher: Dispatcher
    cell_actions: CellActions
    context: SessionContext
    configurations: Configurations
    names: SessionNames

    @work(group="entries", exit_on_error=False)
    async def run_slash(self, text: str) -> None:
        """Carry out one line: a slash command, or text for the model."""
        await self.session.furnished.wait()
        from app.slash.parse import ParseProblem, is_slash, parse
        from services.arguments.tool_names import is_bare_call

        bare = not is_slash(text) and is_bare_call(text, self.names)
        if not bare and not is_slash(text):
            self.dispatcher.say_to_model(text)
            return
        self.session.show_entry(text)
        read = parse(f"/call {text}" if bare else text, self.names)
        if isinstance(read, ParseProblem):
            self.session.show_error(read.message, "\n".join(filter(None, (read.hint, *read.usage))))
        else:
            self.dispatcher.run(read)

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
        self.session.questions.page_opened(event.question)
        self.open_in_browser(event.url)

    def on_request_inbox_url_copied(self, event: RequestInbox.UrlCopied) -> None:
        self.session.questions.page_opened(event.question)

    def on_sampling_question_view_model_wanted(self, event: SamplingQuestionView.ModelWanted) -> None:
        self.dispatcher.sampling.ask(event.question, event.lasting, event.request)

    def on_sampling_question_view_model_unwanted(self, event: SamplingQuestionView.ModelUnwanted) -> None:
        self.dispatcher.sampling.stop(event.question)

    def on_finder_screen_chosen(self, event: FinderScreen.Chosen) -> None:
        self.dispatcher.finding.use(event.item)

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

    # What the palette asks for (app.session.palette.SlashHost, FindingHost).

    def fill_composer(self, text: str) -> None:
        """Put a line into the composer to be completed by hand."""
        self.session.fill_composer(text)

    def server_names(self) -> Sequence[str]:
        return self.context.servers()

    async def find_entries(self, words: str) -> Found:
        await self.session.furnished.wait()
        return await self.dispatcher.finding.find(words)

    def use_entry(self, item: Item) -> None:
        self.dispatcher.finding.use(item)
