"""Choosing an earlier session to reopen."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.getters import query_one
from textual.screen import Screen
from textual.widgets import Static

from services.amounts import duration, plural
from services.text import one_line
from widgets.footer_keys import FooterKeys
from widgets.views.row_list import RowList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from services.transcript.folder import KeptSession

__all__ = ("SessionsScreen",)


class SessionList(RowList):
    """Sessions, two lines each: when, how long, how much; and what was entered first."""

    def __init__(self, sessions: Sequence[KeptSession]) -> None:
        super().__init__()
        self._sessions = sessions

    def on_mount(self) -> None:
        self.rows_changed()

    def row_heights(self, width: int) -> Sequence[int]:
        return [3] * len(self._sessions)

    def row_lines(self, index: int, width: int) -> Sequence[Content]:
        session = self._sessions[index]
        lasted = max(session.changed - session.heading.at, 0.0)
        said = [duration(lasted), plural(session.entries, "cell")]
        said += [" ".join(session.heading.way)] if session.heading.way else []
        said += ["open in another Jackfield"] if session.in_use else []
        facts = " · ".join(one_line(word, 60) for word in said)
        where = one_line(session.heading.directory, 300)
        return (
            Content.assemble(
                " ", (_when(session.heading.at), "bold"), f"   {facts}   ", (where, "$text-muted")
            ),
            Content.assemble(
                "   ", (session.first or "nothing was entered", "" if session.first else "$text-muted")
            ),
            Content(""),
        )


class SessionsScreen(Screen["KeptSession | None"]):
    """Earlier sessions, the one used last at the top; dismissed with one, or with None when left."""

    CSS_PATH = "sessions.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "reopen", "reopen", id="sessions.reopen", key_display="⏎"),
        Binding("escape,q", "back", "back", id="sessions.back"),
    ]

    rows = query_one(SessionList)

    def __init__(self, sessions: Sequence[KeptSession]) -> None:
        super().__init__()
        self._sessions = sessions

    def compose(self) -> ComposeResult:
        head = Content.assemble(("Earlier sessions", "bold"), (f"   {len(self._sessions)}", "$text-muted"))
        yield Static(head, id="sessions-head")
        yield SessionList(self._sessions)
        yield FooterKeys()

    def on_mount(self) -> None:
        self.rows.focus()

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        event.stop()
        self.action_reopen()

    def action_reopen(self) -> None:
        self.dismiss(self._sessions[self.rows.cursor])

    def action_back(self) -> None:
        self.dismiss(None)


def _when(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
