"""Where the parts of a field's row stand: label, editor, note."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.geometry import Offset, Region, Size, Spacing
from textual.layout import Layout, WidgetPlacement

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.layout import ArrangeResult
    from textual.widget import Widget

__all__ = ("NARROW", "EditorLayout", "Parts", "parts")

NARROW = 60
"""Cells of a row below which the note stands under the editor."""
_WIDEST_LABEL = 28


@dataclass(frozen=True)
class Parts:
    """The columns of a row's parts, in cells."""

    label: int
    """The width of the label, without the gap behind it."""
    left: int
    """Where the editor begins."""
    editor: int
    """The width of the editor."""
    note_left: int
    note: int
    """The width of the note."""
    is_narrow: bool


def parts(width: int, widest: int, *, has_editor: bool, has_note: bool) -> Parts:
    """The parts of a row of that width, in a form whose widest label has `widest` cells."""
    is_narrow = width < NARROW
    label = min(widest, max(width // 3, 8), _WIDEST_LABEL)
    left = min(label + (1 if is_narrow else 2), width)
    rest = width - left
    if is_narrow:
        return Parts(label, left, rest, left, rest, is_narrow)
    editor = 0 if not has_editor else rest // 2 if has_note else rest
    return Parts(label, left, editor, left + editor + 2, max(0, rest - editor - 2), is_narrow)


class EditorLayout(Layout):
    """Places the editor of a row; the row draws the rest itself."""

    name = "editor"

    def __init__(self, columns: Callable[[int], tuple[int, int]]) -> None:
        super().__init__()
        self._columns = columns
        """Where in a row of some width the editor begins, and how wide it is."""

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        left, width = self._columns(size.width)
        room = Size(width, size.height)
        placed: ArrangeResult = []
        for child in children:
            height = child.get_content_height(room, parent.app.size, width)
            region = Region(left, 0, width, height)
            placed.append(WidgetPlacement(region, Offset(0, 0), Spacing(0, 0, 0, 0), child, 0))
        return placed
