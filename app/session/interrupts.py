"""Ctrl+C: what it does where nothing is selected, and that twice quits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session.context import SessionContext
    from app.session.screens.session import SessionScreen

__all__ = ("Interrupts",)

_TWICE: Final = 1.0
"""Seconds within which a second Ctrl+C quits."""


class Interrupts:
    """Clears the line, else cancels what runs; nothing that is not on the screen.

    Who is answering a question loses nothing by it: the call that asks would take the answer with it.
    """

    def __init__(self, context: SessionContext, session: SessionScreen, clock: Callable[[], float]) -> None:
        self._context = context
        self._session = session
        self.clock = clock
        self._last = -_TWICE

    def press(self) -> None:
        """Ctrl+C was pressed, and nobody else had a use for it."""
        if self._session.is_current and not self._is_answering:
            if not self._session.composer.empty:
                self._session.composer.clear()
            elif self._session.check_action("cancel", ()):
                self._session.action_cancel()
        self.expect_second()

    @property
    def _is_answering(self) -> bool:
        return self._session.furnished.is_set() and self._session.inbox.has_focus_within

    def expect_second(self) -> None:
        """Quit if this is the second within a second, else say what the next one does."""
        before, self._last = self._last, self.clock()
        if self._last - before < _TWICE:
            self._context.leave()
        else:
            self._context.notify("ctrl+c again quits")
