"""The conversation with the model on the session's screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.session.context import SessionContext
    from services.model.tools import Offer

__all__ = ("Talk",)


class Talk:
    """What a person says to the model, and what the model is offered."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context
        self.off: set[tuple[str, str]] = set()
        """Tools that are switched off for the model: server, and tool as on the wire."""

    def offer(self) -> Offer | None:
        """What the model would be offered, with the tokens of each server; None without a model."""
        return None

    def say(self, text: str) -> None:
        """Text that is no command: no model hears it here yet, and the cell says so."""
        self._context.transcript.notice(
            "The session talks with no model yet, so text goes nowhere.",
            "jackfield ask, in a shell, has a model use your servers. Here lines that begin with / are "
            "commands: /tools lists what the servers offer, /call calls it, /help shows the rest.",
        )

    def say_prompt(self, server: str, name: str, arguments: Mapping[str, str]) -> None:
        """Give a prompt's messages to the model."""
        self.say("")
