"""JSON as a tree whose branches open and close, one row selected: any size opens at once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from services.amounts import plural
from services.results.folded import folded
from services.text import escaped
from widgets.views.json_nodes import JsonRows
from widgets.views.row_list import RowList

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from services.json_paths import Step
    from widgets.views.json_nodes import JsonNode

__all__ = ("JsonTree", "member_text", "preview")

_STRING: Final = 400
"""Characters of a string that are drawn: a row is cut at its end in any case."""
_PREVIEW: Final = 4
"""Members that are told of a closed container."""
_NUMBER: Final = "$text-warning"
_WORD: Final = "$text-warning italic"
_QUIET: Final = "$text-muted"


class JsonTree(RowList):
    """Shows a JSON value; what opens and what is selected is its own, the rest is asked for by messages."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "turn", "fold", id="tree.toggle", key_display="⏎"),
        Binding("right", "unfold", "Unfold, first within", show=False, id="tree.unfold"),
        Binding("left", "fold", "Fold, one level up", show=False, id="tree.fold"),
        Binding("e", "open_all", "unfold", id="tree.open_all"),
        Binding("E", "close_all", "fold all", show=False, id="tree.close_all"),
        Binding("j", "move(1)", "Down", show=False, id="tree.down"),
        Binding("k", "move(-1)", "Up", show=False, id="tree.up"),
        Binding("g", "first", "First", show=False, id="tree.first"),
        Binding("G", "last", "Last", show=False, id="tree.last"),
    ]

    @dataclass
    class Chosen(Message):
        """Enter on a text: it wants to be seen whole."""

        tree: JsonTree
        path: tuple[Step, ...]
        text: str

        @property
        def control(self) -> JsonTree:
            """Alias for `tree`."""
            return self.tree

    def __init__(self, value: Any, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows = JsonRows(value)
        self._needle: re.Pattern[str] | None = None

    @property
    def path(self) -> tuple[Step, ...]:
        """Where the selected row stands."""
        return self._node.path

    @property
    def value(self) -> Any:
        """The value of the selected row."""
        return self._node.value

    @property
    def _node(self) -> JsonNode:
        return self._rows.nodes[min(self.cursor, len(self._rows) - 1)]

    def go_to(self, path: Sequence[Step]) -> None:
        """Select a place; what leads to it opens."""
        row = self._rows.reveal(path)
        self.rows_changed()
        self.place_cursor(row)

    def mark(self, needle: re.Pattern[str] | None) -> None:
        """Mark a text wherever it is drawn."""
        self._needle = needle
        self.redraw()

    # Drawing.

    def on_mount(self) -> None:
        self.rows_changed()

    def row_tops(self, width: int) -> Sequence[int]:
        return range(len(self._rows) + 1)

    def row_lines(self, index: int, width: int) -> Sequence[Content]:
        node = self._rows.nodes[index]
        indent = " " * min(2 * node.depth, max(width // 2, 0))
        sign = ("▾ " if node.open else "▸ ") if node.opens else "  "
        line = Content.assemble(indent, (sign, _QUIET), *_parts(node))
        if self._needle is not None:
            for match in self._needle.finditer(line.plain):
                line = line.stylize("$background on $warning", *match.span())
        return [line]

    # Keys.

    def action_turn(self) -> None:
        """Open or close; a text opens by itself."""
        if self._rows.toggle(self.cursor):
            self.rows_changed()
        elif isinstance(self.value, str):
            self.post_message(self.Chosen(self, self.path, self.value))

    def action_unfold(self) -> None:
        """Open what is selected; what is open gives the selection to its first member."""
        if self._node.open:
            self.place_cursor(self.cursor + 1)
        elif self._rows.toggle(self.cursor):
            self.rows_changed()

    def action_fold(self) -> None:
        """Close what is selected; what is closed gives the selection to its container."""
        if self._node.open:
            self._rows.toggle(self.cursor)
            self.rows_changed()
        else:
            self.place_cursor(self._rows.parent_of(self.cursor))

    def action_open_all(self) -> None:
        """Open all below what is selected, up to a number of rows that can be looked at."""
        if not self._rows.open_all(self.cursor):
            self.notify("There is more than fits: some of it stays folded.", markup=False, timeout=3)
        self.rows_changed()

    def action_close_all(self) -> None:
        """Close everything."""
        self._rows.close_all()
        self.rows_changed()
        self.place_cursor(0)


def member_text(key: Any, value: Any) -> str:
    """A simple value in one printable line, cut, base64 told by kind and size."""
    if isinstance(value, str):
        shown = folded({key: value})[key] if len(value) >= 200 else value
        cut = shown[:_STRING]
        return escaped(json.dumps(cut, ensure_ascii=False)) if len(cut) == len(shown) else _begun(cut)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)[:_STRING]
    return escaped(json.dumps(value, ensure_ascii=False)[:_STRING])


def _begun(text: str) -> str:
    return escaped(json.dumps(text, ensure_ascii=False))[:-1] + "…"


def _parts(node: JsonNode) -> Iterator[str | tuple[str, str]]:
    if node.is_range:
        yield (f"[{node.begin:,} … {node.end - 1:,}]", _QUIET)
        return
    if isinstance(node.key, str):
        yield (member_text(None, node.key), "$text-accent")
        yield (": ", _QUIET)
    elif node.key is not None:
        yield (f"{node.key}: ", _QUIET)
    if isinstance(node.value, dict | list):
        yield from _container(node)
    else:
        yield (member_text(node.key, node.value), _style(node.value))


def _container(node: JsonNode) -> Iterator[str | tuple[str, str]]:
    value = node.value
    is_object = isinstance(value, dict)
    ends = "{}" if is_object else "[]"
    if not value:
        yield (ends, _QUIET)
        return
    count = plural(len(value), "key" if is_object else "item")
    if node.open:
        yield (f"{ends[0]}  {count}", _QUIET)
        return
    yield (f"{preview(value)}  {count}", _QUIET)


def preview(value: dict[str, Any] | list[Any]) -> str:
    """A container that is closed, by its first members."""
    begin, end = "{}" if isinstance(value, dict) else "[]"
    return f"{begin} {', '.join(_told(value))} {end}" if value else begin + end


def _told(value: Any) -> Iterator[str]:
    """The first members of a closed container, in short."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for number, (key, item) in enumerate(members):
        if number == _PREVIEW:
            yield "…"
            return
        if isinstance(item, dict | list):
            begin, end = "{}" if isinstance(item, dict) else "[]"
            said = f"{begin}{'…' * bool(item)}{end}"
        else:
            said = member_text(key, item[:40] if isinstance(item, str) and len(item) < 200 else item)[:60]
        yield f"{member_text(None, key)[1:-1]}: {said}" if isinstance(value, dict) else said


def _style(value: Any) -> str:
    if isinstance(value, str):
        return "$text-success"
    return _WORD if value is None or isinstance(value, bool) else _NUMBER
