"""What all dialogs have in common: `?` and Ctrl+C, which end at a modal screen otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, ScreenResultType

if TYPE_CHECKING:
    from textual import events

__all__ = ("Dialog",)


class Dialog(ModalScreen[ScreenResultType]):
    """A screen over another one; `?` shows its keys, Ctrl+C leaves it, twice quits."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "app.keys_here", "keys", id="app.keys", show=False),
        Binding("ctrl+c", "interrupt", "clear, cancel; twice: quit", id="app.interrupt", show=False),
    ]

    leave: ClassVar[str] = "back"
    """The action that leaves it with nothing done."""

    _was_shown = False

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        # What has just been mounted has its styles: Textual gives them to all widgets once more (8.2).
        event.refresh_styles = event.refresh_styles and self._was_shown
        self._was_shown = True

    async def action_interrupt(self) -> None:
        """Copy what is selected, else leave."""
        if self.get_selected_text():
            self.action_copy_text()
            return
        await self.run_action("app.interrupt")
        await self.run_action(self.leave)
