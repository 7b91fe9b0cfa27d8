"""The trace of one server in the panel: what goes to and fro while calls are made beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.widgets import Static

from services.text import one_line
from widgets.trace.view import TraceView

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from services.trace.trace import Trace
    from widgets.views.row_list import RowList

__all__ = ("PanelTrace",)

_LOOK: Final = 0.1
"""Seconds between two looks at the trace: it grows without telling anybody."""
_AT_ONCE: Final = 250


class PanelTrace(Vertical):
    """One line a message, the newest in view; Enter shows the whole trace, Esc goes back to the servers."""

    DEFAULT_CSS = """
    PanelTrace {
        height: 1fr;
        display: none;
        & > #panel-trace-head { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
        & > TraceView { height: 1fr; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "whole", "whole trace", id="status.whole_trace"),
        Binding("escape", "close", "servers", id="status.close_trace"),
    ]

    rows = query_one(TraceView)

    class WholeWanted(Message):
        """The person wants the trace on a screen of its own."""

    class Closed(Message):
        """The person wants the servers again."""

    def __init__(self) -> None:
        super().__init__()
        self.trace: Trace | None = None
        """What is shown."""
        self._mark = 0
        self._seen = -1

    def compose(self) -> ComposeResult:
        yield Static(id="panel-trace-head", markup=False)

    def on_mount(self) -> None:
        self._looking = self.set_interval(_LOOK, self._look, pause=True)

    async def show(self, trace: Trace) -> None:
        """Follow this trace and take the keys."""
        self.trace, self._mark, self._seen = trace, 0, -1
        await self.query(TraceView).remove()
        await self.mount(TraceView())
        head = Content.assemble((f"{one_line(trace.server, 30)} trace", "bold"))
        self.query_one("#panel-trace-head", Static).update(head)
        self.display = True
        self.rows.focus()
        self._looking.resume()
        self._look()

    def hide(self) -> None:
        """Follow it no longer."""
        self.trace, self.display = None, False
        self._looking.pause()

    def _look(self) -> None:
        if self.trace is None or self._seen == self.trace.version or not self.is_attached:
            return
        news = self.trace.since(self._mark, _AT_ONCE)
        self._mark = news.mark
        self.rows.feed(news.frames, news.oldest)
        if not news.more:
            self._seen = self.trace.version

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        event.stop()

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        event.stop()
        self.action_whole()

    def action_whole(self) -> None:
        self.post_message(self.WholeWanted())

    def action_close(self) -> None:
        self.post_message(self.Closed())
