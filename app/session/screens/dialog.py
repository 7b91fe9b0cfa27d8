"""What all dialogs have in common: `?` and Ctrl+C, which end at a modal screen otherwise."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, ScreenResultType

__all__ = ("Dialog",)


class Dialog(ModalScreen[ScreenResultType]):
    """A screen over another one; `?` shows its keys, Ctrl+C leaves it, twice quits."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "app.keys_here", "keys", id="app.keys", show=False),
        Binding("ctrl+c", "interrupt", "clear, cancel; twice: quit", id="app.interrupt", show=False),
    ]

    leave: ClassVar[str] = "back"
    """The action that leaves it with nothing done."""

    async def action_interrupt(self) -> None:
        """Copy what is selected, else leave."""
        if self.get_selected_text():
            self.action_copy_text()
            return
        await self.run_action("app.interrupt")
        await self.run_action(self.leave)
