"""The entries of one kind: a list with a filter and, beside it, all about the selected one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.widgets import Input

from services.events import ServerState
from services.skills.entries import Skill
from widgets.icon_view import IconView
from widgets.servers.entry_list import EntryList, FilterInput
from widgets.servers.entry_text import entry_key, entry_lines
from widgets.views.line import Line
from widgets.views.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult

    from services.events import ServerStatus
    from widgets.picture import Drawable
    from widgets.servers.entry_text import Entry
    from widgets.servers.for_model import ForModel
    from widgets.views.row_list import RowList

__all__ = ("EntryPane",)


class EntryPane(Horizontal):
    """Shows one kind of entries at a time; each kind keeps its own selection."""

    DEFAULT_CSS = """
    EntryPane {
        #list-side { width: 2fr; max-width: 46; min-width: 24; }
        #filter {
            width: 1fr;
            height: 1;
            border: none;
            padding: 0 1;
            background: $surface;
            margin: 0 1 1 0;
            &:focus { background: $panel; }
        }
        #about { width: 3fr; padding: 0 0 0 1; margin-left: 1; }
        &.-stacked {
            layout: vertical;
            #list-side { width: 1fr; max-width: 100%; height: 1fr; }
            #about { width: 1fr; height: 1fr; margin: 0; border-top: solid $border-blurred; }
            #entry-icon { display: none; }
        }
    }
    """

    rows = query_one("#rows", EntryList)
    about = query_one("#about", LineView)
    icon = query_one("#entry-icon", IconView)

    @dataclass
    class IconWanted(Message):
        """Somebody looks at an entry that names icons."""

        entry: Entry

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._kind = ""
        self._selected: dict[str, str] = {}
        self._shown: Entry | None = None
        """The entry whose particulars are on the screen."""
        self._for_model: ForModel | None = None
        self._note = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="list-side"):
            yield FilterInput(placeholder="/ filter", id="filter", compact=True)
            yield EntryList(id="rows")
        yield LineView(id="about")
        yield IconView(id="entry-icon")

    @property
    def selected(self) -> Entry | None:
        """The selected entry."""
        return self.rows.selected

    @property
    def place(self) -> tuple[str, dict[str, str]]:
        """What it is filtered by, and the key of the selected entry of each kind."""
        return self.query_one("#filter", Input).value, dict(self._selected)

    def go_to(self, filter: str, selected: Mapping[str, str]) -> None:
        """Filter by this, and select these entries as soon as their kinds are shown."""
        self._selected.update(selected)
        with self.prevent(Input.Changed):
            self.query_one("#filter", Input).value = filter
        self.rows.filter(filter)

    def show(self, kind: str, entries: Sequence[Entry], status: ServerStatus | None) -> None:
        """Show the entries of a kind, or why there are none."""
        self._kind = kind
        nothing = _nothing(kind, entries, status)
        self.rows.show(entries, nothing, keep=self._selected.get(kind, ""))
        self._show_about()

    def mark(self, for_model: ForModel | None) -> None:
        """Show what a model makes of the tools."""
        self._for_model = for_model
        self.rows.mark(for_model)
        self._show_about()
        self.refresh_bindings()

    def focus_filter(self) -> None:
        """Give the keys to the filter."""
        self.query_one("#filter", Input).focus()

    def _show_about(self) -> None:
        entry = self.rows.selected
        key = entry_key(entry) if entry else ""
        note = self._for_model.words_for(entry) if self._for_model and entry is not None else ""
        shown = self._shown is entry and self._note == note

        if self._shown is not entry:
            self.icon.show(None)
            # Told from here, whoever showed it: a message does not rise above whose handler sends it.
            self.call_later(self._want_icon, entry)

        if entry is not None and self._selected.get(self._kind) == key and shown:
            return

        self._shown, self._note = entry, note

        if entry is not None:
            self._selected[self._kind] = key

        self.about.show(entry_lines(entry, note) if entry is not None else ())
        self.refresh_bindings()

    def _want_icon(self, entry: Entry | None) -> None:
        if entry is not None and not isinstance(entry, Skill) and entry.icons:
            self.post_message(self.IconWanted(entry))

    def show_icon(self, entry: Entry, icon: Drawable | str) -> None:
        """Show the icon of an entry, or say why it is not drawn, if it is still the one that is seen."""
        if entry is not self._shown:
            return
        if not isinstance(icon, str):
            self.icon.show(icon)
            return
        self.about.show(
            (*entry_lines(entry, self._note), Line(), Line.of((f"icon not drawn: {icon}", "$text-muted")))
        )

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        event.stop()
        self._show_about()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.rows.filter(event.value)
        self._show_about()

    def on_filter_input_left(self) -> None:
        self.rows.focus()


def _nothing(kind: str, entries: Sequence[Entry], status: ServerStatus | None) -> Content:
    """Why the list is empty."""
    if entries:
        return Content.styled(" Nothing matches the filter.", "$text-muted")

    if status is None or status.state is ServerState.READY:
        return Content.styled(f" No {kind}.", "$text-muted")

    return Content.styled(f" {str(status.state).capitalize()}.", "$text-muted")
