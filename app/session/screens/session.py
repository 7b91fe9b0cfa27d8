"""The session: history, request inbox, composer and keys, with the MCP status panel beside or above."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import work
from textual.binding import Binding
from textual.containers import Vertical
from textual.events import Key, Paste
from textual.getters import query_one
from textual.message import Message
from textual.screen import Screen

from app.session.screens.breakpoints import know_size
from widgets.composer.composer import Composer
from widgets.footer_keys import FooterKeys

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import ComposeResult
    from textual.events import Resize
    from textual.widget import Widget

    from app.session.news import News
    from app.session.screens.argument_editing import ArgumentEditing
    from app.session.screens.open_questions import OpenQuestions
    from app.session.transcript import Transcript
    from services.connection_manager import ConnectionManager
    from services.events import Event
    from widgets.composer.candidate import Candidate
    from widgets.history.history import History
    from widgets.inbox.request_inbox import RequestInbox
    from widgets.inbox.shown_question import ShownQuestion
    from widgets.servers.mcp_status import McpStatus
    from widgets.servers.starting_line import StartingLine
    from widgets.talk_line import TalkLine, TalkState
    from widgets.views.find_bar import FindBar
    from widgets.welcome import Welcome

__all__ = ("SessionScreen",)

_MOST_WORDS = 80
"""Characters of a text that may be words to look for; a longer one is meant for the model."""


def _nothing_to_stop() -> bool:
    return False


class SessionScreen(Screen[None]):
    """One screen, no mouse needed, no mouse refused.

    The first paint is the composer and the keys; `furnish` brings the rest in behind it, since
    importing and mounting all of it takes half as long again as a bare Textual app.
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    AUTO_FOCUS = "ComposerEntry"
    BINDINGS = [
        Binding("ctrl+o", "answer_question", "question", id="session.question", priority=True),
        Binding("f2", "servers", "servers", id="session.servers", priority=True),
        Binding("ctrl+k", "find", "find", id="session.find", tooltip="find a tool, resource or prompt"),
        Binding("tab", "go(1)", "next part of the screen", id="session.next", show=False),
        Binding("shift+tab", "go(-1)", "previous part of the screen", id="session.previous", show=False),
        Binding("ctrl+f", "search", "search", id="session.search", show=False),
        Binding("pageup", "page(-1)", "history a page up", id="session.page_up", show=False),
        Binding("pagedown", "page(1)", "history a page down", id="session.page_down", show=False),
        Binding("escape", "cancel", "cancel", id="session.cancel"),
        Binding("escape", "go_back", "back", id="session.back"),
    ]

    composer = query_one(Composer)
    history: History
    inbox: RequestInbox
    questions: OpenQuestions
    panel: McpStatus
    find_bar: FindBar
    starting: StartingLine
    talk_line: TalkLine
    welcome: Welcome
    transcript: Transcript
    news: News
    argument_editing: ArgumentEditing

    @dataclass
    class LineEntered(Message):
        """The person sent a line: a slash command, or text for the model."""

        text: str

    @dataclass
    class FinderWanted(Message):
        """The person wants to find a tool, a resource or a prompt."""

        words: str = ""
        """What to look for; empty for what was looked for last."""

    @dataclass
    class ServerActionWanted(Message):
        """The person wants something done to a server; `server` is empty for `reconnect_all`."""

        server: str
        action: str

    def __init__(
        self,
        clock: Callable[[], float],
        complete: Callable[[str, int], Awaitable[tuple[Candidate, ...]]],
    ) -> None:
        super().__init__()
        self._clock = clock
        self._complete = complete
        self._manager: ConnectionManager | None = None
        self.stop_model: Callable[[], bool] = _nothing_to_stop
        """Stops the model's turn; whether there was one."""
        self.way_back: Callable[[], None] | None = None
        """Leads back to the screen that something was chosen on, until something else is begun."""
        self.furnished = asyncio.Event()
        """Set when everything is there, not only the composer."""

    def compose(self) -> ComposeResult:
        know_size(self)
        with Vertical(id="main"):
            yield Composer(self._complete, placeholder="/ for commands")
        yield FooterKeys()

    async def furnish(self) -> None:
        """Bring in the history, the inbox and the panel; the composer keeps its focus and its text."""
        from app.session.news import News
        from app.session.screens.argument_editing import ArgumentEditing
        from app.session.screens.open_questions import OpenQuestions
        from app.session.transcript import Transcript
        from widgets.history.history import History
        from widgets.inbox.request_inbox import RequestInbox
        from widgets.servers.mcp_status import McpStatus
        from widgets.servers.starting_line import StartingLine
        from widgets.talk_line import TalkLine
        from widgets.views.find_bar import FindBar
        from widgets.welcome import Welcome

        self.history = History(clock=self._clock)
        self.transcript = Transcript(self.history, self._clock)
        self.news = News(self.transcript)
        self.find_bar, self.inbox, self.panel = FindBar(), RequestInbox(), McpStatus(clock=self._clock)
        self.questions = OpenQuestions(self.inbox, self.composer, lambda: self.argument_editing)
        answer = self.questions.answer
        self.argument_editing = ArgumentEditing(self.app.push_screen, answer, self.show_warning)
        self.starting = StartingLine(id="starting")
        self.talk_line, self.welcome = TalkLine(self._clock), Welcome()
        main = self.query_one("#main")
        lines = (self.starting, self.inbox, self.talk_line)
        with self.app.batch_update():
            await main.mount(self.welcome, self.history, self.find_bar, *lines, before=self.composer)
            await self.mount(self.panel, after=main)
        self.furnished.set()
        self.refresh_bindings()

    # What happened below.

    def take_manager(self, manager: ConnectionManager) -> None:
        """The configuration is read: show its servers."""
        self._manager = manager
        self.questions.inbox = manager.inbox
        self.panel.statuses = manager.statuses

    def take_event(self, event: Event) -> None:
        """One event of the service layer, in the order they happened."""
        from services.events import ServersChanged, StatusChanged

        if self._manager is None:
            return
        self.news.take(event)
        self.questions.take(event)
        if isinstance(event, StatusChanged | ServersChanged):
            self.panel.statuses = self._manager.statuses
            self.starting.show(self._manager.statuses)

    def tell_settled(self) -> None:
        """Every start has come to an end."""
        if self._manager is not None:
            self.starting.show(self._manager.statuses)

    # What the app shows or asks for.

    def show_entry(self, text: str) -> None:
        self.transcript.entry(text)

    def show_error(self, message: str, detail: str = "") -> None:
        self.transcript.error(message, detail)

    def show_warning(self, message: str) -> None:
        self.transcript.warning(message)

    def show_talk(self, state: TalkState) -> None:
        """How the conversation with the model stands."""
        self.talk_line.state = state
        self.refresh_bindings()

    def name_model(self, name: str) -> None:
        """What an empty composer says: that text goes to this model, where there is one."""
        from services.text import one_line

        self.composer.placeholder = (
            f"Ask {one_line(name, 40)}, or / for commands" if name else "/ for commands"
        )

    def fill_composer(self, text: str) -> None:
        """Put a line into the composer, to be completed by hand."""
        self.composer.fill(text)
        self.composer.focus()

    def clear(self, room: int = 0) -> None:
        self.transcript.clear(room)

    # What a person does here.

    def on_resize(self, event: Resize) -> None:
        if self.furnished.is_set():
            self.welcome.fit(event.size.height)

    def on_composer_submitted(self, event: Composer.Submitted) -> None:
        event.stop()
        self.way_back = None
        if self.furnished.is_set():
            self.welcome.dismissed = True
        self.post_message(self.LineEntered(event.text))

    def on_mcp_status_action_requested(self, event: McpStatus.ActionRequested) -> None:
        event.stop()
        if event.action == "trace" and self.has_class("-wide") and not self.panel.trace.display:
            self.show_trace(event.server)
        else:
            self.post_message(self.ServerActionWanted(event.server, event.action))

    @work(group="keys")
    async def show_trace(self, server: str) -> None:
        """Put the trace of a server into the panel; where there is no room it has a screen of its own."""
        if self._manager is not None and server in self._manager.servers:
            await self.panel.show_trace(self._manager.trace(server))

    def on_mcp_status_left(self, event: McpStatus.Left) -> None:
        event.stop()
        self.leave_panel()

    def on_shown_question_unsent(self, event: ShownQuestion.Unsent) -> None:
        event.stop()
        from app.session.answered import told_unsent  # behind the first paint

        if (told := told_unsent(event.question, event.entries)) is not None:
            self.transcript.notice(*told)

    def on_request_inbox_answered(self, event: RequestInbox.Answered) -> None:
        event.stop()
        self.questions.answer(event.question, event.answer)

    def on_request_inbox_edit_wanted(self, event: RequestInbox.EditWanted) -> None:
        event.stop()
        self.argument_editing.begin(event.question)

    def prepare_for(self, event: Key | Paste) -> bool:
        """Before a key or a paste goes anywhere: give the composer the focus where it is meant for it.

        At once, so that the keys that arrive in the same read follow. A slash and a paste are meant for
        it unless somebody is typing elsewhere, a letter where a question without fields has the keys.
        Whether the event is used up.
        """
        if not self.furnished.is_set():
            return False
        self.questions.last_key = time.monotonic()
        focused = self.focused
        if focused is None or self.composer.has_focus_within:
            return False
        no_fields = self.inbox.has_focus_within and not self.inbox.takes_letters
        if isinstance(event, Paste) or event.character == "/":
            meant = no_fields or self.history.has_focus or self.panel.has_focus_within
        else:
            meant = no_fields and event.is_printable and event.key not in self.active_bindings
        if not meant:
            return False
        self.set_focus(self.composer.entry)
        return isinstance(event, Key) and event.character == "/" and not self.composer.empty

    def on_history_left(self) -> None:
        self.composer.focus()

    def on_history_search_requested(self) -> None:
        self.action_search()

    def on_find_bar_wanted(self, event: FindBar.Wanted) -> None:
        event.stop()
        self.history.search(event.needle, backwards=event.step < 0)

    def on_history_searched(self, event: History.Searched) -> None:
        self.find_bar.say(event.told)

    def on_find_bar_left(self, event: FindBar.Left) -> None:
        event.stop()
        self.history.mark("")
        self.history.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean nothing now are not offered."""
        match action:
            case "answer_question":
                return self.furnished.is_set() and bool(self.inbox.questions)
            case "cancel":
                return self.furnished.is_set() and bool(self.transcript.running or self.talk_line.state.doing)
            case "go_back":
                return self.way_back is not None
            case _:
                return True

    def action_answer_question(self) -> None:
        """The keys go to the open question, or back to the composer."""
        self.questions.toggle()

    @work(group="keys")
    async def action_servers(self) -> None:
        """The panel: open it where it is closed, give it the keys, or leave it."""
        await self.furnished.wait()
        if self.panel.has_focus_within:
            self.leave_panel()
        else:
            self.panel.add_class("-open")
            self.panel.focus()

    def leave_panel(self) -> None:
        """Give the keys to the composer, and let the history be seen."""
        # The focus first: hiding a pane would leave it inside.
        self.composer.focus()
        self.panel.remove_class("-open")

    def uncover(self) -> None:
        """Let the history be seen: close the panel where it lies over it."""
        if self.has_class("-narrow") and self.panel.has_class("-open"):
            self.leave_panel()

    @work(group="keys")
    async def action_find(self) -> None:
        """Open the finder, with what is written where that is no command."""
        await self.furnished.wait()
        written = self.composer.text.strip() if self.composer.has_focus_within else ""
        words = written if len(written) <= _MOST_WORDS and written.isprintable() else ""
        self.post_message(self.FinderWanted("" if words.startswith("/") else words))

    @work(group="keys")
    async def action_search(self) -> None:
        await self.furnished.wait()
        self.find_bar.open()

    def action_page(self, step: int) -> None:
        """Scroll the history where whoever has the keys has no pages."""
        if self.furnished.is_set():
            self.history.scroll_page(step)

    def action_go(self, step: int) -> None:
        """Tab: from the composer to the history, then to an open question, to the panel, and round.

        Within a question it goes from field to field.
        """
        if not self.furnished.is_set():
            return
        if self.inbox.has_focus_within:
            (self.focus_next if step > 0 else self.focus_previous)()
            return
        ring: list[Widget] = [self.composer, self.history]
        ring += [self.inbox] if self.inbox.questions else []
        ring += [self.panel] if self.panel.display else []
        here = next((place for place, widget in enumerate(ring) if widget.has_focus_within), 0)
        there = ring[(here + step) % len(ring)]
        if there is self.inbox:
            self.inbox.take_focus()
        elif there is self.history:
            self.history.action_newest()
            self.history.focus()
        else:
            there.focus()

    def action_go_back(self) -> None:
        """Go back to where something was chosen."""
        if (go := self.way_back) is not None:
            self.way_back = None
            go()

    def action_cancel(self) -> None:
        """Stop the model's turn, else cancel the call that began last."""
        if self.stop_model():
            return
        for running in reversed(self.transcript.running.values()):
            if running.cancel():
                return
