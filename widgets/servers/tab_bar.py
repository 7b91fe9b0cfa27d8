"""A line of numbered tabs; the keys belong to whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import RenderResult
    from textual.style import Style

__all__ = ("TabBar", "TabLabel")


@dataclass(frozen=True, slots=True)
class TabLabel:
    """What a tab is called, in full and in three letters or so, and how much is behind it."""

    text: str
    short: str
    count: int | None = None


class TabBar(Widget):
    """Tabs with the digit that jumps to each; words get shorter when the width asks for it."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {"tab-bar--active"}
    DEFAULT_CSS = """
    TabBar {
        height: 1;
        color: $text-muted;
        & > .tab-bar--active { color: $text; background: $primary 18%; text-style: bold; }
    }
    """

    labels: reactive[tuple[TabLabel, ...]] = reactive(())
    """The tabs from left to right."""
    active: reactive[int] = reactive(0)
    """The tab in front, from 0."""

    @dataclass
    class Picked(Message):
        """A tab was clicked."""

        bar: TabBar
        index: int

        @property
        def control(self) -> TabBar:
            """Alias for `bar`."""
            return self.bar

    def render(self) -> RenderResult:
        words = self._fitting()
        parts: list[tuple[str, str | Style]] = []

        for index, (digit, text, count) in enumerate(words):
            if index == self.active:
                parts.append((f" {digit}{text}{count} ", self.get_visual_style("tab-bar--active")))
            else:
                parts += [(f" {digit}", "$text-disabled"), (text, ""), (f"{count} ", "$text-disabled")]

        return Content.assemble(*parts)

    def _fitting(self) -> Sequence[tuple[str, str, str]]:
        """Digit, word and count of each tab: with everything, without digits, short, without counts."""
        for digits, full, counted in ((True, True, True), (False, True, True), (True, False, True)):
            words = self._words(digits=digits, full=full, counted=counted)

            if sum(map(_width, words)) <= self.content_size.width:
                return words

        return self._words(digits=False, full=False, counted=False)

    def _words(self, *, digits: bool, full: bool, counted: bool) -> list[tuple[str, str, str]]:
        return [
            (
                f"{number} " if digits else "",
                label.text if full else label.short,
                f" {label.count:,}" if counted and label.count is not None else "",
            )
            for number, label in enumerate(self.labels, 1)
        ]

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        end = 0

        for index, words in enumerate(self._fitting()):
            end += _width(words)

            if offset is not None and offset.x < end:
                self.post_message(self.Picked(self, index))
                return


def _width(words: tuple[str, str, str]) -> int:
    return sum(map(cell_len, words)) + 2
