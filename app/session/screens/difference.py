"""What is another between two results: of JSON path by path, of texts line by line."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from app.session.screens.breakpoints import know_size
from services.text import one_line
from widgets.footer_keys import FooterKeys
from widgets.views.find_bar import FindBar
from widgets.views.line import Line
from widgets.views.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult

    from services.differences import Change

__all__ = ("DifferenceScreen", "difference_lines")

_MOST: Final = 2_000
"""Changes that are listed."""
_SIGNS: Final = {"added": "+", "removed": "-", "changed": "~"}
_LOOKS: Final = {"+": "$text-success", "-": "$text-error", "~": "$text-warning"}


class DifferenceScreen(Screen[None]):
    """Shows the difference; nothing in it is markup."""

    CSS_PATH = "difference.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash,ctrl+f", "find", "find", id="difference.find"),
        Binding("c", "copy", "copy", id="difference.copy"),
        Binding("escape,q", "back", "back", id="difference.back"),
    ]

    text = query_one(LineView)
    bar = query_one(FindBar)

    class CopyRequested(Message):
        """The person wants the difference in the clipboard."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, before: str, now: str, summary: str, lines: list[Line]) -> None:
        super().__init__()
        self._before, self._now = before, now
        self._summary = summary
        self._lines = lines

    def compose(self) -> ComposeResult:
        know_size(self)
        title = Content.assemble(("Difference", "bold"), "   ", (self._summary, "$text-muted"))
        yield Static(title, id="difference-title")
        for sign, cell in (("-", self._before), ("+", self._now)):
            side = Content.assemble((f"{sign} ", _LOOKS[sign]), one_line(cell, 300))
            yield Static(side, classes="difference-side")
        yield LineView(self._lines)
        yield FindBar()
        yield FooterKeys()

    def on_mount(self) -> None:
        self.text.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No second search while one is open."""
        return action != "find" or not self.is_mounted or not self.bar.is_open

    def action_find(self) -> None:
        self.bar.open()

    def on_find_bar_wanted(self, event: FindBar.Wanted) -> None:
        match, matches = self.text.find(event.needle, event.step)
        self.bar.say(f"{match} of {matches}" if matches else "not found" if event.needle else "")

    def on_find_bar_left(self) -> None:
        self.text.focus()

    def action_copy(self) -> None:
        self.post_message(self.CopyRequested(self.text.text))

    def action_back(self) -> None:
        self.dismiss(None)


def difference_lines(before: Any, now: Any) -> tuple[str, list[Line]]:
    """How much differs, in a few words, and what; for a thread. Both are texts, or both JSON values."""
    from services.differences import difference, json_difference

    if isinstance(before, str) and isinstance(now, str):
        lines = [_line(line) for line in difference(before, now)]
        return ("" if lines else "nothing differs"), lines or [Line.of("The two are the same.")]
    changes = list(islice(json_difference(before, now), _MOST + 1))
    more = len(changes) > _MOST
    del changes[_MOST:]
    counts = Counter[str](change.kind for change in changes)
    told = " · ".join(f"{counts[kind]:,} {kind}" for kind in _SIGNS if counts[kind])
    lines = [line for change in changes for line in _lines(change)]
    if more:
        told += " and more"
        lines.append(Line.of((f"… and more than these {_MOST:,}", "$text-muted")))
    return told or "nothing differs", lines or [Line.of("The two are the same.")]


def _lines(change: Change) -> Iterator[Line]:
    """A path with what was there and what is there."""
    from services.differences import difference
    from services.json_paths import json_pointer
    from services.text import printable

    sign = _SIGNS[change.kind]
    where = (f"{sign} {one_line(json_pointer(change.path), 300) or 'the whole'}", _LOOKS[sign])
    before, now = change.before, change.now
    if change.kind != "changed":
        value = _told(change, now if change.kind == "added" else before)
        yield Line.of(where, "  ", value, indent=4)
    elif isinstance(before, str) and isinstance(now, str) and "\n" in before + now:
        yield Line.of(where, indent=4)
        for line in difference(printable(before), printable(now)):
            yield _line(line, "    ")
    else:
        values = (_told(change, before), ("  →  ", "$text-muted"), _told(change, now))
        yield Line.of(where, "  ", *values, indent=4)


def _line(line: str, margin: str = "") -> Line:
    return Line.of((margin + line, _LOOKS.get(line[:1], "$text-muted")), indent=len(margin) + 2)


def _told(change: Change, value: Any) -> str:
    """A value on one line, cut."""
    from services.results.folded import folded
    from services.results.indented import indented
    from widgets.views.json_tree import member_text

    if not isinstance(value, dict | list):
        return member_text(change.path[-1] if change.path else None, value)
    try:
        return one_line(" ".join(indented(folded(value)).split()), 300)
    except RecursionError:
        return "…"
