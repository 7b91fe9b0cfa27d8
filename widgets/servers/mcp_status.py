"""The MCP status panel: one row a server, the keys that act on it, particulars of the selected one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from widgets.servers.for_model import tokens_words
from widgets.servers.panel_trace import PanelTrace
from widgets.servers.server_actions import action_bindings, offered
from widgets.servers.status_list import StatusList
from widgets.servers.status_text import header, particulars

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual.app import ComposeResult

    from services.events import ServerStatus
    from services.trace.trace import Trace
    from widgets.servers.server_actions import ServerAction
    from widgets.views.row_list import RowList

__all__ = ("McpStatus",)

_LOW = 16
"""Lines below which the panel keeps all its room for the rows."""
_NO_SERVERS = Content.assemble(
    "Add ",
    ("[mcp_servers.NAME]", "$text"),
    " to config.toml,\nor look around first: ",
    ("jackfield demo", "$text"),
)


class McpStatus(Vertical):
    """State of every server; keys act on the selected row and become messages.

    The panel fits itself to its width: 44 columns at the side, or the whole screen.
    """

    DEFAULT_CSS = """
    McpStatus {
        padding: 0 0 0 1;
        & > #status-header { height: 1; margin-bottom: 1; }
        & > #status-empty { display: none; color: $text-muted; }
        & > #status-about {
            display: none;
            height: auto;
            max-height: 40%;
            border-top: solid $border-blurred;
        }
        &.-active > #status-about { display: block; }
        &.-low {
            & > #status-header { margin-bottom: 0; }
            & > #status-about { display: none; }
        }
        &.-trace {
            & > StatusList, & > #status-about { display: none; }
        }
        &.-empty {
            & > StatusList, & > #status-about { display: none; }
            & > #status-empty { display: block; }
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "act('open')", "open", id="status.open"),
        *action_bindings("status"),
        Binding("g", "act('log')", "log", id="status.log"),
        Binding("t", "act('trace')", "trace", id="status.trace"),
        Binding("escape", "leave", "back", id="status.leave"),
        Binding("C", "act('reconnect_all')", "reconnect all", id="status.reconnect_all"),
    ]

    statuses: reactive[tuple[ServerStatus, ...]] = reactive((), repaint=False)
    """All servers in the order of the configuration, replaced whole."""

    tokens: reactive[Mapping[str, int]] = reactive({}, repaint=False)
    """About what each server's tools cost a model in each request, replaced whole; empty without a model."""

    rows = query_one(StatusList)
    trace = query_one(PanelTrace)

    @dataclass
    class ActionRequested(Message):
        """The person wants something done to a server; `server` is empty for `reconnect_all`."""

        panel: McpStatus
        server: str
        action: ServerAction

        @property
        def control(self) -> McpStatus:
            """Alias for `panel`."""
            return self.panel

    @dataclass
    class Left(Message):
        """The person wants to leave the panel (Esc)."""

        panel: McpStatus

        @property
        def control(self) -> McpStatus:
            """Alias for `panel`."""
            return self.panel

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._clock = clock
        self._stale = False

    def compose(self) -> ComposeResult:
        yield Static(id="status-header")
        yield Static(_NO_SERVERS, id="status-empty")
        yield StatusList(self._clock)
        yield PanelTrace()
        yield Static(id="status-about")

    def on_mount(self) -> None:
        self._show()

    @property
    def selected(self) -> ServerStatus | None:
        """The server the keys act on."""
        return self.rows.selected

    def focus(self, scroll_visible: bool = True) -> Self:
        """Give the focus to the rows, or to the trace in their place."""
        (self.trace.rows if self.trace.display else self.rows).focus(scroll_visible)
        return self

    async def show_trace(self, trace: Trace) -> None:
        """Put the trace of a server in the place of the list, until the person goes back to that."""
        await self.trace.show(trace)
        self.add_class("-trace")

    def on_panel_trace_closed(self, event: PanelTrace.Closed) -> None:
        event.stop()
        self.remove_class("-trace")
        self.rows.focus()
        self.trace.hide()

    def on_panel_trace_whole_wanted(self, event: PanelTrace.WholeWanted) -> None:
        event.stop()
        self.action_act("trace")

    def select(self, server: str) -> None:
        """Select a server by name; an unknown name changes nothing."""
        for index, status in enumerate(self.rows.statuses):
            if status.server == server:
                self.rows.place_cursor(index)

    def watch_tokens(self) -> None:
        self.watch_statuses()

    def watch_statuses(self) -> None:
        # Fifty servers that start at once replace this fifty times within one frame: draw once.
        if self.is_mounted and not self._stale:
            self._stale = True
            self.call_after_refresh(self._show)

    def _show(self) -> None:
        self._stale = False
        self.set_class(not self.statuses, "-empty")
        self._head()
        self.rows.tokens = self.tokens
        self.rows.show(self.statuses)
        self._about()

    def _head(self) -> None:
        line = header(self.statuses, self.content_size.width or None)
        self.query_one("#status-header", Static).update(line, layout=False)

    def _about(self) -> None:
        status = self.selected
        cost = self.tokens.get(status.server, 0) if status else 0
        lines = particulars(status, self._clock(), tokens_words(cost) if cost else "") if status else []
        self.query_one("#status-about", Static).update(Content("\n").join(lines))
        self.refresh_bindings()

    def on_resize(self) -> None:
        self.set_class(self.size.height < _LOW, "-low")
        self._head()

    # `:focus-within` is not brought up to date for what stands beside the focus (Textual 8.2).

    def on_descendant_focus(self) -> None:
        self.set_class(self.has_focus_within, "-active")
        self._about()

    def on_descendant_blur(self) -> None:
        self.set_class(self.has_focus_within, "-active")

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        event.stop()
        self._about()

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        event.stop()
        self.action_act("open")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean nothing for the selected server are not offered."""
        return action != "act" or (self.is_mounted and offered(str(parameters[0]), self.selected))

    def action_act(self, action: ServerAction) -> None:
        status = self.selected

        if status is not None:
            server = "" if action == "reconnect_all" else status.server
            self.post_message(self.ActionRequested(self, server, action))

    def action_leave(self) -> None:
        self.post_message(self.Left(self))
