"""The list of completions above the composer: names left, what they are right, one row highlighted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

if TYPE_CHECKING:
    from textual import events

    from widgets.composer.candidate import Candidate

__all__ = ("MOST_ROWS", "CompletionList")

MOST_ROWS = 8


class CompletionList(Widget):
    """Draws candidates over whatever stands above; the composer decides what is in it.

    | Component class | What it styles |
    | :- | :- |
    | `completion-list--summary` | what stands right of a name |
    | `completion-list--current` | the highlighted row |
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"completion-list--summary", "completion-list--current"}
    DEFAULT_CSS = """
    CompletionList {
        overlay: screen;
        width: 1fr;
        height: auto;
        display: none;
        background: $panel;
        color: $foreground;
        &.-open { display: block; }
        & > .completion-list--summary { color: $text-muted; }
        & > .completion-list--current { background: $accent 18%; text-style: bold; }
    }
    """

    candidates: reactive[tuple[Candidate, ...]] = reactive(())
    """What is offered, best first; nothing hides the list."""
    highlighted: reactive[int] = reactive(0)
    """The highlighted candidate, from 0."""
    room: reactive[int] = reactive(MOST_ROWS)
    """Rows there are above the composer."""

    @dataclass
    class Chosen(Message):
        """A row was clicked."""

        completion_list: CompletionList
        index: int

        @property
        def control(self) -> CompletionList:
            """Alias for `completion_list`."""
            return self.completion_list

    @dataclass
    class Scrolled(Message):
        """The wheel turned over the list: by how many rows."""

        completion_list: CompletionList
        step: int

        @property
        def control(self) -> CompletionList:
            """Alias for `completion_list`."""
            return self.completion_list

    def __init__(self) -> None:
        super().__init__()
        self._first = 0

    @property
    def rows(self) -> int:
        """How many rows are drawn."""
        return max(1, min(len(self.candidates), MOST_ROWS, self.room))

    def watch_candidates(self) -> None:
        self._first = 0
        self._place()

    def watch_room(self) -> None:
        self._place()

    def _place(self) -> None:
        """Stand on the composer's upper edge, taking no room of the layout."""
        self.set_class(bool(self.candidates) and self.room > 0, "-open")
        self.styles.height = self.rows
        self.styles.offset = (0, -self.rows)

    def _window(self) -> range:
        """The candidates in sight: moved no further than the highlighted one needs."""
        self._first = min(max(self._first, self.highlighted - self.rows + 1), self.highlighted)
        return range(self._first, min(self._first + self.rows, len(self.candidates)))

    def render(self) -> Content:
        window = self._window()
        width = self.size.width
        labels = [Content(self.candidates[index].label) for index in window]
        widest = max((label.cell_length for label in labels), default=0)
        told = any(self.candidates[index].summary for index in window)
        column = min(widest, max(12, width // 2) if told else width)
        rows = [self._row(index, label, column, width) for index, label in zip(window, labels, strict=True)]
        return Content("\n").join(rows)

    def _row(self, index: int, label: Content, column: int, width: int) -> Content:
        summary = Content(self.candidates[index].summary)
        summary = summary.stylize(self.get_visual_style("completion-list--summary", partial=True))
        current = index == self.highlighted
        count = len(self.candidates)
        place = Content(f" {index + 1}/{count} " if current and count > self.rows else " ")
        row = Content.assemble(" ", label.truncate(column, ellipsis=True, pad=True), "  ", summary)
        row = row.truncate(max(0, width - place.cell_length), ellipsis=True, pad=True) + place
        return (
            row.stylize(self.get_visual_style("completion-list--current", partial=True)) if current else row
        )

    def on_click(self, event: events.Click) -> None:
        event.stop()
        index = self._first + event.y
        if index < len(self.candidates):
            self.post_message(self.Chosen(self, index))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.post_message(self.Scrolled(self, 1))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.post_message(self.Scrolled(self, -1))
