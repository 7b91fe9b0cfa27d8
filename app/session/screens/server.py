"""One server's own screen: what it offers, what it says of itself, its log."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Static

from app.session.screens.breakpoints import know_size
from app.session.screens.icons import Icons
from services.catalog.entries import Catalog
from services.events import CatalogChanged, LogLine, ServerState, ServerStatus, StatusChanged
from services.text import one_line
from widgets.footer_keys import FooterKeys
from widgets.icon_view import IconView
from widgets.remedies import advice
from widgets.servers.detail_tabs import Place
from widgets.servers.details import ServerDetails
from widgets.servers.entry_text import entry_json, entry_name
from widgets.servers.log import clock_time
from widgets.servers.server_actions import action_bindings, offered
from widgets.servers.status_text import TROUBLE, facts, headline

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from app.session.screens.icons import LoadIcon
    from services.events import Event
    from widgets.servers.entry_pane import EntryPane
    from widgets.servers.entry_text import Entry
    from widgets.servers.for_model import ForModel
    from widgets.servers.server_actions import ServerAction
    from widgets.views.line import Line

__all__ = ("EntryChosen", "ServerScreen", "ServerView")

_LOW = 18
"""Lines below which the screen saves room."""
_TOGETHER = 0.1
"""Seconds within which new lines of the log are shown together."""
_LOOKED_AT = 0.15
"""Seconds that an entry is selected before its icon is got: whoever goes through a list gets none."""
_BROKEN = frozenset({ServerState.FAILED, ServerState.INVALID})


@dataclass(frozen=True, slots=True)
class ServerView:
    """One server as it stands: what the screen shows until it is fed something newer."""

    status: ServerStatus
    catalog: Catalog = field(default_factory=Catalog)
    log: tuple[LogLine, ...] = ()
    for_model: ForModel | None = None
    settings: tuple[Line, ...] = ()
    """What it is configured to be and declares to be."""


@dataclass(frozen=True, slots=True)
class EntryChosen:
    """The screen's answer: call this tool, read this resource, fill this template, get this prompt."""

    server: str
    entry: Entry


class ServerScreen(Screen["EntryChosen | None"]):
    """Shows a server until the person chooses an entry (the result) or goes back (None).

    With `use` an entry that is chosen goes there and the screen stays, until what was begun has it give way.

    It is told what happens below (`take_event`); `offers` says what a server offers by now.
    """

    CSS_PATH = "server.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (_LOW, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        *action_bindings("server"),
        Binding("g", "log", "log", id="server.log"),
        Binding("escape", "back", "back", id="server.back"),
        Binding("t", "act('trace')", "trace", id="server.trace"),
    ]

    status: reactive[ServerStatus] = reactive(ServerStatus("", ServerState.STOPPED), repaint=False)
    """The server's state."""
    catalog: reactive[Catalog] = reactive(Catalog, repaint=False)
    """What the server offers."""

    for_model: reactive[ForModel | None] = reactive(None, repaint=False)
    """What a model makes of its tools; None without a model."""

    details = query_one(ServerDetails)

    @dataclass
    class ActionRequested(Message):
        """The person wants the server connected, reconnected, disconnected, enabled or disabled."""

        server: str
        action: ServerAction

    @dataclass
    class ToolSwitched(Message):
        """The person wants a tool off for the model, or on again."""

        server: str
        tool: str
        """As on the wire."""

    def __init__(
        self,
        view: ServerView,
        offers: Callable[[str], Catalog] = lambda _: Catalog(),
        *,
        tab: str = "tools",
        place: Place | None = None,
        use: Callable[[EntryChosen], None] | None = None,
        gave_way: Callable[[Place], None] | None = None,
        load_icon: LoadIcon | None = None,
        clock: Callable[[], float] = time.monotonic,
        local_time: Callable[[float], str] = clock_time,
    ) -> None:
        super().__init__()
        self.set_reactive(ServerScreen.status, view.status)
        self.set_reactive(ServerScreen.catalog, view.catalog)
        self.set_reactive(ServerScreen.for_model, view.for_model)
        self._offers = offers
        self._log = view.log
        self._settings = view.settings
        self._fresh: list[LogLine] = []
        self._fresh_shown = 0.0
        self._place = place or Place(tab)
        self._use = use
        self._gave_way = gave_way
        self._icons = Icons(load_icon)
        self._icon_trouble = ""
        self._chosen = False
        self._clock = clock
        self._local_time = local_time

    def compose(self) -> ComposeResult:
        know_size(self)
        with Horizontal(id="server-top"):
            yield Static(id="server-head")
            yield IconView(id="server-icon")
        details = ServerDetails(
            self.status, self.catalog, self._log, settings=self._settings, local_time=self._local_time
        )
        yield details.data_bind(ServerScreen.status, ServerScreen.catalog, ServerScreen.for_model)
        yield FooterKeys()

    def on_mount(self) -> None:
        self._log = ()
        self.details.go_to(self._place)
        self.set_interval(1, self._show_head)
        self._show_head()
        self._show_icon()

    @property
    def server(self) -> str:
        """The configured name of the server."""
        return self.status.server

    def take_event(self, event: Event) -> None:
        """Stay true to what happens below."""
        match event:
            case StatusChanged(status) if status.server == self.server:
                self.status = status
                # One that was removed tells of its end too, and offers nothing.
                self.catalog = self._offers(self.server)
            case CatalogChanged() if event.server == self.server:
                self.catalog = self._offers(self.server)
            case LogLine() if event.server == self.server:
                self.append_log(event)
            case _:
                pass

    def append_log(self, *lines: LogLine) -> None:
        """Add the newest lines of the server's log; nothing happens once the screen is closed."""
        if not self.is_mounted:
            self._log += lines
        elif self.is_attached:
            waiting = bool(self._fresh)
            self._fresh.extend(lines)
            if not waiting and time.monotonic() - self._fresh_shown < _TOGETHER:
                self.set_timer(_TOGETHER, self._show_fresh)
            elif not waiting:
                self.call_later(self._show_fresh)

    def _show_fresh(self) -> None:
        """The lines that came since the last time: each showing costs the same, be it one line or many."""
        fresh, self._fresh = self._fresh, []
        self._fresh_shown = time.monotonic()
        self.details.append_log(*fresh)

    def watch_status(self) -> None:
        if self.is_mounted and self.is_attached:
            self._show_icon()
            self._show_head()
            self.refresh_bindings()

    def watch_for_model(self) -> None:
        if self.is_mounted and self.is_attached:
            self._show_head()

    def _show_head(self) -> None:
        status, now = self.status, self._clock()
        cost = self.for_model.words() if self.for_model else ""
        first, *others = facts(status, now)
        told = filter(None, [first, cost, *others, self._icon_trouble])
        known = Content.styled(" · ".join(told), "$text-muted")
        lines = [Content.assemble(headline(status, now), "   ", known), *self._second_lines()]
        self.query_one("#server-head", Static).update(Content("\n").join(lines))

    def _second_lines(self) -> list[Content]:
        """What is wrong and what to do about it, or else who the server is; low screens show only trouble."""
        status = self.status

        if status.state in TROUBLE or status.state is ServerState.RECONNECTING:
            look = "$text-error" if status.state in _BROKEN else "$text"
            lines = [(status.cause, look), (advice(status.hint, status.remedy), "$text-muted")]
        else:
            about = (one_line(text) for text in (status.identity, status.address))
            lines = [] if self.size.height < _LOW else [(" · ".join(filter(None, about)), "$text-muted")]
            lines += [("; ".join(status.faults), "$text-warning")] if status.faults else []

        return [Content.styled(one_line(text), look) for text, look in lines if text]

    def on_resize(self) -> None:
        self._show_head()

    # Icons: got when somebody looks, never before.

    @work(group="server-icon", exclusive=True, exit_on_error=False)
    async def _show_icon(self) -> None:
        icon = await self._icons.get(self.status.icons) if self.status.icons else None
        self._icon_trouble = f"icon not drawn: {icon}" if isinstance(icon, str) else ""
        self.query_one("#server-icon", IconView).show(None if isinstance(icon, str) else icon)
        self._show_head()

    def on_entry_pane_icon_wanted(self, event: EntryPane.IconWanted) -> None:
        event.stop()
        self._show_entry_icon(event.entry)

    @work(group="entry-icon", exclusive=True, exit_on_error=False)
    async def _show_entry_icon(self, entry: Entry) -> None:
        await asyncio.sleep(_LOOKED_AT)
        self.details.pane.show_icon(entry, await self._icons.get(getattr(entry, "icons", ())))

    def on_server_details_chosen(self, event: ServerDetails.Chosen) -> None:
        event.stop()
        chosen, self._chosen = EntryChosen(self.server, event.entry), True
        if self._use is None:
            self.dismiss(chosen)
        else:
            self._use(chosen)

    def give_way(self) -> None:
        """What was chosen here has begun: let the history be seen."""
        if not self._chosen:
            return
        if self._gave_way is not None:
            self._gave_way(self.details.place)
        self.dismiss(None)

    def on_server_details_switch_wanted(self, event: ServerDetails.SwitchWanted) -> None:
        event.stop()
        self.post_message(self.ToolSwitched(self.server, event.tool.raw_name))

    def on_server_details_json_wanted(self, event: ServerDetails.JsonWanted) -> None:
        from app.session.screens.viewer import Viewer

        event.stop()
        self.app.push_screen(Viewer(entry_name(event.entry), entry_json(event.entry)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean nothing in the server's state are not offered."""
        if action == "log":
            return not self.is_mounted or self.details.kind != "log"

        return action != "act" or offered(str(parameters[0]), self.status)

    def action_act(self, action: ServerAction) -> None:
        self.post_message(self.ActionRequested(self.server, action))

    def action_log(self) -> None:
        self.details.open_tab("log")

    def action_back(self) -> None:
        self.dismiss(None)
