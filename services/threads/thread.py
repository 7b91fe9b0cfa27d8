"""One conversation that a driver holds: its name, its turns, what is kept of it."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

from services.text import one_line
from services.threads.items import TextInput
from services.transcript.entries import Heading
from services.version import VERSION

if TYPE_CHECKING:
    from services.model.conversation import Conversation
    from services.model.turn import Turn
    from services.threads.items import Input
    from services.threads.kept import KeptTurn
    from services.threads.record import ThreadRecord
    from services.threads.turn_items import TurnItems

__all__ = ("Thread",)

_PREVIEW = 300


class Thread:
    """A conversation with its name, its turns and what is kept of it."""

    id = ""
    preview = ""
    """What was said first, in one line."""
    conversation: Conversation
    record: ThreadRecord | None = None
    """None where nothing is kept."""
    turn: Turn | None = None
    """The one that was begun last."""

    def __init__(self, directory: str) -> None:
        self.heading = Heading(time.time(), directory, (), VERSION)
        self.turns = itertools.count(1)
        self.before: list[KeptTurn] = []
        """The turns it had when it was resumed."""
        self.updated = self.heading.at

    def next_turn(self) -> str:
        """The name of a turn that begins."""
        return f"{self.id}-turn-{next(self.turns)}"

    def begun(self, turn: Turn, said: list[Input]) -> None:
        """A turn begins."""
        self.turn, self.updated = turn, time.time()
        if not self.preview:
            texts = [one.text for one in said if isinstance(one, TextInput)]
            self.preview = one_line(" ".join(texts), _PREVIEW)

    async def run(self, turn: Turn, told: TurnItems, said: list[Input]) -> None:
        """Tell the driver of a turn until it is over, and keep what was said."""
        told.begin(said)
        async with turn:
            async for event in turn:
                told.hear(event)
        self.updated = time.time()
        if self.record is not None:
            if told.error is not None:
                self.record.failed(told.error.message)
            self.record.said(self.conversation.dump)
