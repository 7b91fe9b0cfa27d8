"""Keys and slash commands, on a screen of their own."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.getters import query_one

from app.session.screens.breakpoints import know_size
from app.session.screens.dialog import Dialog
from widgets.footer_keys import FooterKeys
from widgets.key_names import key_name
from widgets.views.find_bar import FindBar
from widgets.views.line import Line
from widgets.views.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from textual.app import ComposeResult

__all__ = ("HelpRow", "HelpScreen", "key_rows")

HelpRow = tuple[str, str, str]
"""What to type or press, what it does, and the heading it stands under."""

_WIDEST = 40
_NARROW = 70


def key_rows(group: str, bindings: Iterable[BindingType]) -> list[HelpRow]:
    """Help rows from a class's `BINDINGS`, so that help cannot say other keys than the ones that work.

    Keys of one action share a row, and so do the actions of one key.
    """
    rows: dict[str, list[str]] = {}

    for binding in Binding.make_bindings(bindings):
        if binding.description:
            rows.setdefault(binding.key_display or key_name(binding.key), []).append(
                binding.tooltip or binding.description
            )

    return [(key, ", ".join(dict.fromkeys(said)), group) for key, said in rows.items()]


class HelpScreen(Dialog[None]):
    """What can be typed and pressed; `/` looks for a word, Esc goes back."""

    CSS_PATH = "help.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash,ctrl+f", "find", "find", id="help.find"),
        Binding("escape,q,f1", "back", "back", id="help.back"),
        # Apart: it takes the place of the dialogs' own `?`, which comes first in the line of keys.
        Binding("question_mark", "back", "back", id="help.back", show=False),
    ]

    text = query_one(LineView)
    bar = query_one(FindBar)

    def __init__(self, commands: Iterable[HelpRow], keys: Iterable[HelpRow] = ()) -> None:
        super().__init__()
        self._commands = tuple(commands)
        self._keys = tuple(keys)

    def compose(self) -> ComposeResult:
        know_size(self)
        with Vertical(id="help-box"):
            yield LineView()
            yield FindBar()
            yield FooterKeys()

    def on_mount(self) -> None:
        self.text.focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        self.text.show(help_lines(self._commands, self._keys, self.text.content_size.width))

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

    def action_back(self) -> None:
        self.dismiss(None)


def help_lines(commands: Sequence[HelpRow], keys: Sequence[HelpRow], width: int) -> list[Line]:
    """The whole text for a width: what to type at the left, or on narrow screens above, what it does."""
    lines: list[Line] = []
    column = min(max((cell_len(left) for left, _, _ in (*commands, *keys)), default=0), _WIDEST) + 4

    for title, rows in (("Commands", commands), ("Keys", keys)):
        if rows:
            lines += [Line()] if lines else []
            lines += [Line.of((title, "bold $text-accent")), *_groups(rows, column, width)]

    return lines


def _groups(rows: Sequence[HelpRow], column: int, width: int) -> Iterator[Line]:

    for group, members in groupby(rows, key=lambda row: row[2]):
        if group:
            yield Line()
            yield Line.of((group, "bold $text-muted"))

        for left, right, _ in members:
            yield from _row(left, right, column, width)


def _row(left: str, right: str, column: int, width: int) -> Iterator[Line]:
    if width < _NARROW or cell_len(left) > column - 2:
        indent = 4 if width < _NARROW else column
        yield Line.of("  ", left, indent=4)
        yield Line.of(" " * indent, (right, "$text-muted"), indent=indent)
    else:
        pad = " " * (column - 2 - cell_len(left))
        yield Line.of("  ", left, pad, (right, "$text-muted"), indent=column)
