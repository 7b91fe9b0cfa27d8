"""The composer: where the person writes. A line that grows, with completions above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from textual import on
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from widgets.composer.completion_list import CompletionList
from widgets.composer.entry import ComposerEntry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult

    from widgets.composer.completing_text import Complete

__all__ = ("Composer",)


class Composer(Widget):
    """The line at the bottom of the session.

    Enter sends and Shift+Enter or Ctrl+J breaks the line. While completions are open the arrows
    choose one and Tab (or Right at the end) takes it. What Enter does then is the candidates'
    `on_enter`: a line that is complete as typed is sent as typed, whatever is highlighted; an
    incomplete one takes the highlighted completion, and is sent with it when that was chosen with
    the arrows or is the only name that begins as typed. So nothing runs that was neither typed
    in full, nor chosen, nor the only thing that could be meant.
    """

    DEFAULT_CSS = """
    Composer {
        width: 1fr;
        height: auto;
        layout: vertical;
        color: $text-muted;
        &:focus-within { color: $text-accent; }
        & > ComposerEntry { margin: 0 0 0 2; }
    }
    """

    class Interrupted(Message):
        """The person cleared the line with Ctrl+C."""

    @dataclass
    class Submitted(Message):
        """The person sent a text: a command line, or something to say to the model."""

        composer: Composer
        text: str

        @property
        def control(self) -> Composer:
            """Alias for `composer`."""
            return self.composer

    def __init__(
        self,
        complete: Complete | None = None,
        *,
        placeholder: str = "",
        entries: Iterable[str] = (),
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """Make a composer.

        Args:
            complete: Completions of a text at a cursor, asked on every change of either; may take
                its time, an answer that comes too late is dropped.
            placeholder: Dim text while nothing is written.
            entries: Earlier entries, oldest first.
        """
        super().__init__(id=id, classes=classes)
        self._list = CompletionList()
        self._entry = ComposerEntry(complete, placeholder=placeholder, earlier=entries)

    def compose(self) -> ComposeResult:
        # The list comes when there is something in it: the first paint does not wait for it.
        yield self._entry

    def render(self) -> Content:
        return Content("›")

    @property
    def entry(self) -> ComposerEntry:
        """The text that takes the keys."""
        return self._entry

    @property
    def placeholder(self) -> str:
        """What stands there while nothing is written."""
        return str(self._entry.placeholder)

    @placeholder.setter
    def placeholder(self, text: str) -> None:
        self._entry.placeholder = Content(text)

    @property
    def text(self) -> str:
        """What is written."""
        return self._entry.text

    @property
    def empty(self) -> bool:
        """Whether nothing is written."""
        return not self._entry.text

    @property
    def entries(self) -> tuple[str, ...]:
        """What was sent, oldest first."""
        return self._entry.earlier.entries

    def fill(self, text: str) -> None:
        """Write a text for the person to go on with, and take the focus."""
        self._entry.fill(text)
        self.focus()

    def clear(self) -> None:
        """Delete what is written; Ctrl+Z brings it back."""
        self._entry.clear()

    def focus(self, scroll_visible: bool = True) -> Self:
        """Give the focus to the text."""
        self._entry.focus(scroll_visible)
        return self

    @on(ComposerEntry.Interrupted)
    def _interrupted(self, event: ComposerEntry.Interrupted) -> None:
        event.stop()
        self.post_message(self.Interrupted())

    @on(ComposerEntry.Sent)
    def _pass_on(self, event: ComposerEntry.Sent) -> None:
        event.stop()
        self.post_message(self.Submitted(self, event.text))

    @on(ComposerEntry.Offered)
    def _show(self, event: ComposerEntry.Offered) -> None:
        event.stop()
        if event.candidates and not self._list.is_attached:
            self.mount(self._list, before=self._entry)
        self._list.room = self.region.y
        self._list.candidates = event.candidates
        self._list.highlighted = event.highlighted

    @on(CompletionList.Chosen)
    def _take(self, event: CompletionList.Chosen) -> None:
        event.stop()
        self._entry.take(event.index)

    @on(CompletionList.Scrolled)
    def _scroll(self, event: CompletionList.Scrolled) -> None:
        event.stop()
        self._entry.highlight(event.step)
