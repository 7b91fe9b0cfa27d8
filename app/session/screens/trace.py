"""The protocol trace of one server, live: every message and HTTP exchange, with filter and detail."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.getters import query_one
from textual.screen import Screen
from textual.widgets import Input, Static

from app.session.screens.breakpoints import know_size
from services.amounts import byte_size
from services.errors import JackfieldError
from services.text import one_line
from widgets.footer_keys import FooterKeys
from widgets.servers.entry_list import FilterInput
from widgets.trace.text import exact_time
from widgets.trace.view import TraceView

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from services.trace.frames import Frame
    from services.trace.trace import Trace
    from widgets.views.row_list import RowList

__all__ = ("TraceScreen",)

_LOOK: Final = 0.1
"""Seconds between two looks at the trace: it grows without telling anybody."""
_CATCH_UP: Final = 0.01
_AT_ONCE: Final = 250
_HINT: Final = "/ filter: text, method:…, in, out, error"


class TraceScreen(Screen[None]):
    """Shows a trace until the person goes back."""

    CSS_PATH = "trace.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "detail", id="trace.open", key_display="⏎"),
        Binding("slash,ctrl+f", "filter", "filter", id="trace.filter"),
        Binding("p", "pair", "pair", id="trace.pair"),
        Binding("c", "copy", "copy", id="trace.copy"),
        Binding("s", "save", "save", id="trace.save"),
        Binding("escape,q", "back", "back", id="trace.back"),
    ]

    rows = query_one(TraceView)

    def __init__(self, trace: Trace, *, local_time: Callable[[float], str] = exact_time) -> None:
        super().__init__()
        self._trace = trace
        self._local_time = local_time
        self._mark = 0
        self._seen = -1
        self._headline = ""

    def compose(self) -> ComposeResult:
        know_size(self)
        yield Static(id="trace-head", markup=False)
        yield FilterInput(
            placeholder="/ filter: text, method:…, in, out, error", id="trace-filter", compact=True
        )
        yield TraceView(local_time=self._local_time)
        yield FooterKeys()

    def on_mount(self) -> None:
        self.rows.focus()
        self.set_interval(_LOOK, self._look)
        self._look()

    # Following the trace.

    def _look(self) -> None:
        if self._seen == self._trace.version or not self.is_attached:
            return

        news = self._trace.since(self._mark, _AT_ONCE)
        self._mark = news.mark
        self.rows.feed(news.frames, news.oldest)
        self._tell()

        if news.more:
            # A little at a time: ten thousand frames are read while the keys go on working.
            self.set_timer(_CATCH_UP, self._look)
        else:
            self._seen = self._trace.version

    def _tell(self) -> None:
        trace, rows = self._trace, self.rows
        count = f"{trace.count:,} frames"
        shown = f"{rows.row_count:,} of {count}" if rows.row_count < rows.total else count
        parts = [
            shown,
            f"{trace.dropped:,} older dropped" if trace.dropped else "",
            f"connection {trace.connection}" if trace.connection > 1 else "",
            f"{byte_size(trace.bytes_out)} out, {byte_size(trace.bytes_in)} in",
        ]
        name = one_line(trace.server, 60)
        told = " · ".join(filter(None, parts))

        if told != self._headline:
            self._headline = told
            head = Content.assemble((f"{name} trace", "bold"), "   ", (told, "$text-muted"))
            self.query_one("#trace-head", Static).update(head)

    # What the person does.

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.rows.filter(event.value)
        self._tell()

    def on_filter_input_left(self) -> None:
        self.rows.focus()

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        event.stop()
        self.refresh_bindings()

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        event.stop()
        self.action_open()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean nothing for the selected row are not offered."""
        frame = self.rows.selected if self.is_mounted else None
        match action:
            case "open" | "copy":
                return frame is not None
            case "pair":
                return frame is not None and frame.peer > 0
            case _:
                return True

    def action_filter(self) -> None:
        self.query_one(FilterInput).focus()

    def action_pair(self) -> None:
        """From a request to its answer and back."""
        frame = self.rows.selected

        if frame is not None and frame.peer and not self.rows.select(frame.peer):
            self.notify("Its pair is filtered out, or gone.", severity="warning", markup=False, timeout=3)

    @work(group="trace-detail", exclusive=True, exit_on_error=False)
    async def action_open(self) -> None:
        from app.session.screens.viewer import Viewer

        if (frame := self.rows.selected) is not None:
            text = await self._detail(frame)
            self.app.push_screen(Viewer(f"{frame.method or frame.kind} {frame.about}".strip(), text))

    @work(group="trace-detail", exclusive=True, exit_on_error=False)
    async def action_copy(self) -> None:
        if (frame := self.rows.selected) is not None:
            self.app.copy_to_clipboard(await self._detail(frame))
            self.notify("Copied the frame.", markup=False, timeout=3)

    async def _detail(self, frame: Frame) -> str:
        """All about a frame as JSON text; read and redacted in a thread."""
        from services.results.indented import indented

        def told() -> str:
            try:
                return indented(self._trace.detail(frame.number) or "(it is gone)")
            except RecursionError:
                return "(nested too deeply to show)"

        return await asyncio.to_thread(told)

    @work(group="saving", exit_on_error=False)
    async def action_save(self) -> None:
        """Write the trace into the working directory and say where it is."""
        from services.trace.file import trace_name, write_traces

        path = trace_name(Path.cwd(), self._trace.server)

        try:
            size = await asyncio.to_thread(write_traces, [self._trace], path)
        except JackfieldError as error:
            self.notify(f"Not saved: {error.message}", severity="error", markup=False)
        else:
            self.notify(f"Saved {one_line(str(path), 300)}  {byte_size(size)}", markup=False)

    def action_back(self) -> None:
        self.dismiss(None)
