"""The text the person is writing: keys, completion, earlier entries. `Composer` gives it its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.message import Message

from services.held_text import held, pasted
from widgets.composer.completing_text import CompletingText
from widgets.composer.earlier import Earlier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events
    from textual.geometry import Size

    from widgets.composer.completing_text import Complete

__all__ = ("ComposerEntry",)

_MOST_ROWS = 8


class ComposerEntry(CompletingText):
    """Text of one line that grows. Keys act in the order they were pressed, however fast they come."""

    DEFAULT_CSS = """
    ComposerEntry {
        width: 1fr;
        height: auto;
        padding: 0;
        background: transparent;
        scrollbar-size-vertical: 1;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "send", show=False, id="composer.send"),
        Binding("shift+enter,alt+enter,ctrl+j", "newline", "new line", show=False, id="composer.newline"),
        Binding("tab", "complete", "complete", show=False, id="composer.complete"),
        Binding("escape", "dismiss", "close the list", show=False, id="composer.dismiss"),
        Binding("ctrl+u", "clear", "clear", show=False, id="composer.clear"),
        Binding(
            "ctrl+k",
            "delete_to_end_of_line_or_delete_line",
            "delete to the end of the line",
            show=False,
            id="composer.delete_to_end",
        ),
        Binding("ctrl+c", "interrupt", "copy or clear", show=False, id="composer.interrupt"),
    ]

    class Interrupted(Message):
        """The person deleted the text with the key that interrupts."""

    @dataclass
    class Sent(Message):
        """The person sent the text."""

        entry: ComposerEntry
        text: str

        @property
        def control(self) -> ComposerEntry:
            """Alias for `entry`."""
            return self.entry

    def __init__(
        self, complete: Complete | None = None, *, placeholder: str = "", earlier: Iterable[str] = ()
    ) -> None:
        self._at_end = True
        super().__init__(complete, placeholder=placeholder)
        self._earlier = Earlier(earlier)

    @property
    def earlier(self) -> Earlier:
        """The entries sent before."""
        return self._earlier

    def fill(self, text: str) -> None:
        """Put the text in place of what is there, the cursor at its end; one step for undo."""
        self.replace(held(text), (0, 0), self.document.end, maintain_selection_offset=False)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as the text has, up to eight or a third of the screen."""
        wanted = super().get_content_height(container, viewport, width)
        return max(1, min(wanted, _MOST_ROWS, viewport.height // 3))

    async def _on_key(self, event: events.Key) -> None:
        # Textual runs bindings only after a key has bubbled up to the App, behind keys that were
        # typed later: `/tools`, Enter, `abc` typed at once would send `/toolsabc`. Here they run
        # in the order typed.
        active = None if event.is_printable else self.screen.active_bindings.get(event.key)
        if active is None or active.node is not self:
            return
        self._restart_blink()
        event.prevent_default()
        if await self.app.run_action(active.binding.action, self):
            event.stop()

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self._insert(pasted(event.text))

    def action_paste(self) -> None:
        """Paste what was copied in this program."""
        self._insert(self.app.clipboard)

    def _insert(self, text: str) -> None:
        self.replace(held(text), *self.selection, maintain_selection_offset=False)

    def action_newline(self) -> None:
        """Break the line."""
        self._insert("\n")

    async def action_send(self) -> None:
        """Send the text, or take what is highlighted where that is what Enter means."""
        found = await self._settled()
        if not found:
            self._send()
            return
        chosen = found[self._highlighted]
        then = ("run" if chosen.final else "take") if self._moved else chosen.on_enter
        if then != "send":
            self.take(self._highlighted)
        if then != "take":
            self._send()

    def _send(self) -> None:
        text = self.text.rstrip().lstrip("\n")
        if not text.strip():
            return
        self._earlier.add(text)
        self.load_text("")
        self.post_message(self.Sent(self, text))

    def action_clear(self) -> None:
        """Delete all of the text."""
        self.clear()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where nothing stands right of the cursor, the key that deletes it means what it means elsewhere."""
        if action == "delete_to_end_of_line_or_delete_line":
            return not self._at_end
        return super().check_action(action, parameters)

    def watch_selection(self) -> None:
        super().watch_selection()
        self._note_end()

    def update_suggestion(self) -> None:
        """Textual's hook after each edit."""
        super().update_suggestion()
        self._note_end()

    def _note_end(self) -> None:
        at_end = self.cursor_at_end_of_line and self.selection.is_empty
        if at_end != self._at_end:
            self._at_end = at_end
            self.refresh_bindings()

    def action_interrupt(self) -> None:
        """Copy the selection; without one delete the text; without text the key goes on."""
        if self.selected_text:
            self.action_copy()
        elif self.text:
            self.clear()
            self.post_message(self.Interrupted())
        else:
            raise SkipAction

    def action_cursor_up(self, select: bool = False) -> None:
        """In the list one row up, in the text one line up, from its first line to the entry before."""
        if self._candidates and not select:
            self.highlight(-1)
        elif select or not self.navigator.is_first_wrapped_line(self.cursor_location):
            super().action_cursor_up(select)
        else:
            self._walk(-1)

    def action_cursor_down(self, select: bool = False) -> None:
        """In the list one row down, in the text one line down, from its last line to the entry after."""
        if self._candidates and not select:
            self.highlight(1)
        elif select or not self.navigator.is_last_wrapped_line(self.cursor_location):
            super().action_cursor_down(select)
        else:
            self._walk(1)

    def action_cursor_right(self, select: bool = False) -> None:
        """One character right; at the end of the text take the highlighted completion."""
        if self._candidates and not select and self.cursor_at_end_of_text and self.selection.is_empty:
            self.take(self._highlighted)
        else:
            super().action_cursor_right(select)

    def action_cursor_page_up(self) -> None:
        """A page up in a text that is longer than its place; else the key goes on."""
        self._page_or_skip()
        super().action_cursor_page_up()

    def action_cursor_page_down(self) -> None:
        """A page down in a text that is longer than its place; else the key goes on."""
        self._page_or_skip()
        super().action_cursor_page_down()

    def _page_or_skip(self) -> None:
        if self.wrapped_document.height <= self.size.height:
            raise SkipAction

    def _walk(self, step: int) -> None:
        text = self._earlier.walk(step, self.text)
        if text is not None:
            self._quiet = text
            self.fill(text)
