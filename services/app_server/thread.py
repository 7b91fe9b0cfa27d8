"""One conversation that a driver holds."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import TYPE_CHECKING

from services.app_server.item_values import TextInput
from services.app_server.questions import TurnApproval
from services.app_server.thread_values import ThreadStatus, ThreadValue
from services.text import one_line
from services.transcript.entries import Heading
from services.transcript.folder import take
from services.version import VERSION

if TYPE_CHECKING:
    from services.app_server.item_values import Input
    from services.app_server.thread_record import ThreadRecord
    from services.app_server.turn import TurnTold
    from services.app_server.turn_values import TurnValue
    from services.approval import ApprovalRequest
    from services.model.conversation import Conversation
    from services.model.turn import Turn
    from services.transcript.folder import KeptSession

__all__ = ("Thread", "taken_over")

_PREVIEW = 300


class Thread:
    """A conversation with its name, its turns and what is kept of it."""

    id = ""
    preview = ""
    """What was said first, in one line."""
    conversation: Conversation
    record: ThreadRecord | None = None
    """None where nothing is kept."""
    told: TurnTold | None = None
    """The turn that was begun last, as the driver hears it."""
    turn: Turn | None = None

    def __init__(self, only: list[str] | None) -> None:
        self.only = only
        """The servers whose tools the model is given; None for all."""
        self.heading = Heading(time.time(), str(Path.cwd()), (), VERSION)
        self.turns = itertools.count(1)
        self.before: list[TurnValue] = []
        """The turns it had when it was resumed."""
        self._updated = self.heading.at

    def value(self) -> ThreadValue:
        """As the driver is told of it, without its turns."""
        model = self.conversation.model
        return ThreadValue(
            id=self.id,
            preview=self.preview,
            model=model.name,
            model_provider=model.provider,
            created_at=int(self.heading.at),
            updated_at=int(self._updated),
            cwd=self.heading.directory,
            cli_version=self.heading.version,
            path=None if self.record is None else str(self.record.path),
            ephemeral=self.record is None,
            status=ThreadStatus(type="active" if self.conversation.busy else "idle"),
        )

    def begun(self, turn: Turn, told: TurnTold, said: list[Input]) -> None:
        """A turn begins."""
        self.turn, self.told, self._updated = turn, told, time.time()
        if not self.preview:
            texts = [one.text for one in said if isinstance(one, TextInput)]
            self.preview = one_line(" ".join(texts), _PREVIEW)

    async def run(self, turn: Turn, told: TurnTold, said: list[Input]) -> None:
        """Tell the driver of a turn until it is over, and keep what was said."""
        told.begin(said)
        async with turn:
            async for event in turn:
                told.hear(event)
        self._updated = time.time()
        if self.record is not None:
            if told.value.error is not None:
                self.record.failed(told.value.error.message)
            self.record.said(self.conversation.dump)

    def question(self, request: ApprovalRequest) -> TurnApproval:
        """The question whether a call of its turn may be made."""
        assert self.told is not None
        return TurnApproval(
            server=request.call.server,
            message="",
            request=request,
            thread=self.id,
            turn=self.told.id,
            item=self.told.item_of(request.call),
        )


def taken_over(session: KeptSession) -> Path | None:
    """Its file, ours from now on; None where that cannot be. Blocks. Raises NoSuchSession."""
    try:
        return take(session)
    except OSError:
        return None
