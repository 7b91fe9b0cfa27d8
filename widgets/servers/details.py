"""Everything one server offers, says and is set to, a tab for each kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.getters import query_one
from textual.message import Message
from textual.reactive import reactive, var

from services.catalog.entries import Catalog, Tool
from widgets.servers.detail_tabs import KINDS, TABS, Place, entries_of, tab_labels, tabs_of
from widgets.servers.entry_list import EntryList
from widgets.servers.entry_pane import EntryPane
from widgets.servers.for_model import switch_bindings
from widgets.servers.log import ServerLog, clock_time
from widgets.servers.tab_bar import TabBar
from widgets.views.line import Line, plain_lines
from widgets.views.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.app import ComposeResult

    from services.events import LogLine, ServerStatus
    from widgets.servers.entry_text import Entry
    from widgets.servers.for_model import ForModel, Switch
    from widgets.views.row_list import RowList

__all__ = ("ServerDetails",)

_NO_INSTRUCTIONS = Line.of(("The server gives no instructions.", "$text-muted"))


class ServerDetails(Vertical):
    """Tabs over a list with a filter and, beside it, all about the selected entry."""

    DEFAULT_CSS = """
    ServerDetails {
        & > TabBar { margin-bottom: 1; }
        & > #entries { height: 1fr; }
        & > LineView { padding: 0 0 0 1; }
        &.-low {
            & > TabBar { margin-bottom: 0; }
            #filter { margin: 0 1 0 0; }
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "use", id="server.choose"),
        Binding("slash", "filter", "filter", id="server.filter"),
        Binding("j", "as_json", "JSON", id="server.json"),
        *switch_bindings(),
        *(
            Binding(str(n), f"tab({n - 1})", "tab", show=False, id=f"server.tab_{n}")
            for n in range(1, len(TABS) + 1)
        ),
        Binding("left", "tab_by(-1)", "tab to the left", show=False, id="server.tab_left"),
        Binding("right", "tab_by(1)", "tab to the right", show=False, id="server.tab_right"),
        Binding("shift+up", "scroll_about(-3)", "text up", show=False, id="server.about_up"),
        Binding("shift+down", "scroll_about(3)", "text down", show=False, id="server.about_down"),
    ]

    status: reactive[ServerStatus | None] = reactive(None, repaint=False)
    """The server's state, replaced whole."""
    catalog: reactive[Catalog] = reactive(Catalog, repaint=False)
    """What the server offers, replaced whole."""
    for_model: reactive[ForModel | None] = reactive(None, repaint=False)
    """What a model makes of the tools, replaced whole; None without a model."""
    tab: var[int] = var(0, bindings=True)
    """The tab in front, from 0."""

    bar = query_one(TabBar)
    pane = query_one(EntryPane)
    rows = query_one("#rows", EntryList)
    about = query_one("#about", LineView)
    instructions = query_one("#instructions", LineView)
    log_view = query_one(ServerLog)
    settings_view = query_one("#settings", LineView)

    @dataclass
    class Chosen(Message):
        """The person wants to use an entry: call the tool, read the resource, get the prompt."""

        details: ServerDetails
        entry: Entry

        @property
        def control(self) -> ServerDetails:
            """Alias for `details`."""
            return self.details

    @dataclass
    class JsonWanted(Message):
        """The person wants to see an entry as it came."""

        details: ServerDetails
        entry: Entry

        @property
        def control(self) -> ServerDetails:
            """Alias for `details`."""
            return self.details

    @dataclass
    class SwitchWanted(Message):
        """The person wants a tool off for the model, or on again."""

        details: ServerDetails
        tool: Tool

        @property
        def control(self) -> ServerDetails:
            """Alias for `details`."""
            return self.details

    def __init__(
        self,
        status: ServerStatus,
        catalog: Catalog,
        log: Iterable[LogLine] = (),
        *,
        settings: Sequence[Line] = (),
        local_time: Callable[[float], str] = clock_time,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.set_reactive(ServerDetails.status, status)
        self.set_reactive(ServerDetails.catalog, catalog)
        self._first_log = tuple(log)
        self._settings = tuple(settings)
        self._local_time = local_time
        self._tabs = tabs_of(self.catalog, settings=bool(self._settings))
        """The names of the tabs there are."""

    def compose(self) -> ComposeResult:
        yield TabBar()
        yield EntryPane(id="entries")
        yield LineView(id="instructions")
        yield ServerLog(local_time=self._local_time)
        yield LineView(id="settings")

    def on_mount(self) -> None:
        self.pane.mark(self.for_model)
        self.log_view.load(self._first_log)
        self._first_log = ()
        self.settings_view.show(self._settings)
        self._show_status()
        self._show_tab()

    # Fed from outside.

    def append_log(self, *lines: LogLine) -> None:
        """Add the newest lines of the log."""
        if self.is_mounted:
            self.log_view.append(*lines)
            self._label()
        else:
            self._first_log += lines

    def watch_status(self) -> None:
        if self.is_mounted:
            self._show_status()

    def _show_status(self) -> None:
        text = self.status.instructions.strip() if self.status else ""

        if text != self.instructions.text or not text:
            self.instructions.show(plain_lines(text) if text else [_NO_INSTRUCTIONS])

        self._label()
        self._show_entries()

    def watch_catalog(self) -> None:
        front, self._tabs = self.kind, tabs_of(self.catalog, settings=bool(self._settings))
        self.tab = self._tabs.index(front) if front in self._tabs else 0

        if self.is_mounted:
            self._label()
            self._show_entries()

    def watch_for_model(self) -> None:
        if self.is_mounted:
            self.pane.mark(self.for_model)

    # Tabs.

    def open_tab(self, name: str) -> None:
        """Bring a tab to the front: `tools`, `resources`, `templates`, `prompts`, `instructions`, `log`, …"""
        self.tab = self._tabs.index(name)

    @property
    def place(self) -> Place:
        """Where the person is."""
        return Place(self.kind, *self.pane.place)

    def go_to(self, place: Place) -> None:
        """Go back to a place, or to its tab's beginning."""
        self.pane.go_to(place.filter, place.selected)
        self.open_tab(place.tab if place.tab in self._tabs else self._tabs[0])
        self._show_entries()

    @property
    def kind(self) -> str:
        """The name of the tab in front."""
        return self._tabs[self.tab]

    def watch_tab(self) -> None:
        if self.is_mounted:
            self._show_tab()

    def _show_tab(self) -> None:
        self.bar.active = self.tab
        fronts = {"instructions": self.instructions, "log": self.log_view, "settings": self.settings_view}
        front = fronts.get(self.kind)
        had_focus = self.screen.focused is None or self in self.screen.focused.ancestors

        # The focus moves before anything is hidden: a hidden widget would keep it and eat the keys.
        self.pane.display = front is None
        for view in fronts.values():
            view.display = front is view

        if front is None:
            self._show_entries()

        if had_focus:
            (front or self.rows).focus()

    def _label(self) -> None:
        self.bar.labels = tab_labels(self._tabs, self.catalog, len(self.log_view.lines))

    def _show_entries(self) -> None:
        if self.kind in KINDS:
            self.pane.show(self.kind, entries_of(self.catalog, self.kind), self.status)

    # What the person does.

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        event.stop()
        self.action_choose()

    def on_tab_bar_picked(self, event: TabBar.Picked) -> None:
        event.stop()
        self.tab = event.index

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of the lists mean nothing on instructions, on the log and on empty lists."""
        match action:
            case "choose" | "as_json":
                return self.kind in KINDS and self.is_mounted and self.rows.selected is not None
            case "filter":
                return self.kind in KINDS and self.is_mounted and self.rows.total > 0
            case "switch":
                return self._switch() == parameters[0]
            case _:
                return True

    def _switch(self) -> Switch | None:
        """What the key that switches tools does to the selected entry."""
        if self.for_model is None or self.kind != "tools" or not self.is_mounted:
            return None

        return self.for_model.switch(self.rows.selected)

    def action_switch(self, _to: Switch) -> None:
        if isinstance(tool := self.rows.selected, Tool):
            self.post_message(self.SwitchWanted(self, tool))

    def action_choose(self) -> None:
        if (entry := self.rows.selected) is not None:
            self.post_message(self.Chosen(self, entry))

    def action_as_json(self) -> None:
        if (entry := self.rows.selected) is not None:
            self.post_message(self.JsonWanted(self, entry))

    def action_filter(self) -> None:
        self.pane.focus_filter()

    def action_tab(self, index: int) -> None:
        if index < len(self._tabs):
            self.tab = index

    def action_tab_by(self, step: int) -> None:
        self.tab = (self.tab + step) % len(self._tabs)

    def action_scroll_about(self, lines: int) -> None:
        self.about.scroll_relative(y=lines, animate=False)

    def on_resize(self) -> None:
        self.pane.set_class(self.size.width < 70, "-stacked")
        self.set_class(self.size.height < 18, "-low")
