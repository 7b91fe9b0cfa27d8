"""What actions may ask of the session around them: less than the whole App, and named."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from textual.app import App
    from textual.screen import Screen
    from textual.worker import Worker

    from app.session.news import News
    from app.session.screens.session import SessionScreen
    from app.session.transcript import Transcript
    from app.terminal.graphics import GraphicsFinder
    from services.catalog.entries import Catalog
    from services.connection_manager import ConnectionManager
    from services.events import Event
    from services.inbox.questions import Question
    from services.model.tools import Offer
    from services.sampling import SamplingReply
    from services.settings import Configuration
    from widgets.history.history import History
    from widgets.talk_line import TalkState
    from widgets.welcome import Introduction

__all__ = ("GivesWay", "ModelTalk", "SessionContext", "TakesEvents")


@runtime_checkable
class TakesEvents(Protocol):
    """A screen over the session that wants to hear what happens below."""

    def take_event(self, event: Event) -> None:
        """One event of the service layer, in the order they happened."""


@runtime_checkable
class GivesWay(Protocol):
    """A screen that closes when what was chosen on it begins."""

    def give_way(self) -> None:
        """Close, if it was chosen here."""


class ModelTalk(Protocol):
    """What others ask of the conversation with a model."""

    off: set[tuple[str, str]]
    """Tools that are switched off for the model: server and tool as on the wire."""

    def offer(self) -> Offer | None:
        """What the model would be offered now; None without a model."""

    def say_prompt(self, server: str, name: str, arguments: Mapping[str, str]) -> None:
        """Put the messages of a server's prompt to the model."""


class SessionContext:
    """The session as actions see it: the servers, what is told, screens to open, workers to run."""

    def __init__(
        self,
        app: App[Any],
        session: SessionScreen,
        clock: Callable[[], float],
        take_settings: Callable[[Configuration, Configuration], None],
    ) -> None:
        """`take_settings` is told of a new configuration and of the one before."""
        self._app = app
        self._session = session
        self.clock = clock
        self.take_settings = take_settings
        self.manager: ConnectionManager | None = None
        """None until the configuration is read."""
        self.finder: GraphicsFinder | None = None
        """Who asks the terminal how it draws pictures; None before the first paint."""
        self._begun = asyncio.Event()
        self.talk: ModelTalk
        """The conversation with a model; there once the session is furnished."""

    # The servers.

    def begin(self, manager: ConnectionManager) -> None:
        """The configuration is read: these are its servers."""
        self.manager = manager
        self._begun.set()

    async def begun(self) -> ConnectionManager:
        """The manager, as soon as the configuration is read."""
        await self._begun.wait()
        return self.connected()

    def connected(self) -> ConnectionManager:
        """The manager; raises NotReady while the configuration is being read."""
        if self.manager is None:
            from services.errors import NotReady

            raise NotReady("the configuration is still being read", hint="try again in a moment")
        return self.manager

    def servers(self) -> Sequence[str]:
        """The names of all servers."""
        return self.manager.servers if self.manager is not None else ()

    def catalog(self, server: str) -> Catalog:
        """What a server offers; nothing for one that is not known."""
        from services.catalog.entries import Catalog

        if self.manager is None or server not in self.manager.servers:
            return Catalog()
        return self.manager.catalog(server)

    # What is told.

    @property
    def transcript(self) -> Transcript:
        """The cells as the app writes them."""
        return self._session.transcript

    @property
    def history(self) -> History:
        """The cells as they stand."""
        return self._session.history

    @property
    def news(self) -> News:
        """What is told of events."""
        return self._session.news

    def notify(self, text: str, *, warning: bool = False) -> None:
        """A line that goes away by itself."""
        severity: Any = "warning" if warning else "information"
        self._app.notify(text, severity=severity, markup=False, timeout=3)

    def warn_from_thread(self, line: str) -> None:
        """A warning in the history; may come from any thread."""
        self._app.call_later(self._session.show_warning, line)

    def name_model(self, name: str) -> None:
        """Which model text goes to."""
        self._session.name_model(name)

    def show_talk(self, state: TalkState) -> None:
        """How the conversation with the model stands."""
        self._session.show_talk(state)

    def copy(self, text: str) -> None:
        """Put a text into the clipboard."""
        self._app.copy_to_clipboard(text)

    # The screen.

    def open(self, screen: Screen[Any], then: Callable[[Any], None] | None = None) -> None:
        """Open a screen over the session; `then` gets its result."""
        self._session.way_back = None
        self._app.push_screen(screen, then)

    async def answer_of(self, screen: Screen[Any]) -> Any:
        """Open a screen and wait for its result; only within a worker."""
        return await self._app.push_screen_wait(screen)

    def come_to_front(self) -> None:
        """Close what lies over the history."""
        while self._app.screen is not self._session and len(self._app.screen_stack) > 1:
            self._app.pop_screen()
        self._session.uncover()

    def offer_way_back(self, go: Callable[[], None]) -> None:
        """Let Esc in the session lead back to where somebody was."""
        self._session.way_back = go
        # Behind the end of the screen that was left, which gives the focus back to where it was.
        self._app.call_later(self._session.leave_panel)

    def give_way(self) -> None:
        """Something has begun that the history shows: a screen where it was chosen makes room for it."""
        if isinstance(self._app.screen, GivesWay):
            self._app.screen.give_way()

    async def nobody_types(self, since: float) -> None:
        """Wait until what comes late takes the keys from nobody who has typed since (`time.monotonic`)."""
        await self._session.questions.nobody_types(since)

    def fill_composer(self, text: str) -> None:
        """Put a line into the composer to be completed by hand."""
        self._session.fill_composer(text)

    def give_back(self, text: str) -> None:
        """Put a text that was sent back into the composer, before what is written there."""
        written = self._session.composer.text
        self._session.composer.fill(f"{text}\n{written}" if written else text)

    @property
    def welcomes(self) -> bool:
        """Whether the first screen is shown."""
        return self._session.welcome.display

    def introduce(self, introduction: Introduction) -> None:
        """What the first screen tells."""
        self._session.welcome.introduction = introduction

    def focus_composer(self) -> None:
        """Give the keys back to the composer."""
        self._session.composer.focus()

    def offer_model(self, name: str) -> None:
        """Who may answer a server that asks a model; empty: nobody but the person."""
        self._session.inbox.model = name

    def show_draft(self, question: Question, draft: SamplingReply | str) -> None:
        """Show what the model answers a server, or why it does not."""
        self._session.inbox.show_draft(question, draft)

    def clear(self, room: int = 0) -> None:
        """Empty the history; `room` is left for cells of an earlier session."""
        self._session.clear(room)

    def offer_entered(self, texts: Sequence[str]) -> None:
        """Let Up walk on to what was entered in earlier sessions, the newest last."""
        self._session.composer.entry.earlier.add_older(texts)

    def show_tokens(self, tokens: Mapping[str, int]) -> None:
        """Show on the panel about what each server's tools cost the model."""
        self._session.panel.tokens = tokens

    def themes(self) -> Sequence[str]:
        """The names of all themes."""
        return sorted(self._app.available_themes)

    def show_theme(self, name: str) -> None:
        """Take a theme."""
        self._app.theme = name

    @property
    def colours(self) -> str:
        """How many colours the terminal has, as Rich names it."""
        return self._app.console.color_system or "none"

    # Keys.

    @property
    def screen(self) -> Screen[Any]:
        """The screen in front."""
        return self._app.screen

    def set_keys(self, keymap: Mapping[str, str]) -> None:
        """Take these keys, by the ids of bindings, in place of those there are."""
        self._app.set_keymap(dict(keymap))

    # Time.

    def run(self, work: Coroutine[Any, Any, None], group: str) -> Worker[None]:
        """Run something behind the screen; its faults stay its own."""
        return self._app.run_worker(work, group=group, exit_on_error=False)

    def leave(self) -> None:
        """End the session."""
        self._app.exit()
