"""One conversation as a driver of the machine interface knows it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from services.app_server.questions import TurnApproval
from services.app_server.thread_values import ThreadStatus, ThreadValue
from services.threads.thread import Thread as AnyThread

if TYPE_CHECKING:
    from services.app_server.turn import TurnTold
    from services.approval import ApprovalRequest

__all__ = ("Thread",)


class Thread(AnyThread):
    """A thread with what the driver said and was told of it."""

    told: TurnTold | None = None
    """The turn that was begun last, as the driver hears it."""

    def __init__(self, only: list[str] | None) -> None:
        super().__init__(str(Path.cwd()))
        self.only = only
        """The servers whose tools the model is given; None for all."""

    def value(self) -> ThreadValue:
        """As the driver is told of it, without its turns."""
        model = self.conversation.model
        return ThreadValue(
            id=self.id,
            preview=self.preview,
            model=model.name,
            model_provider=model.provider,
            created_at=int(self.heading.at),
            updated_at=int(self.updated),
            cwd=self.heading.directory,
            cli_version=self.heading.version,
            path=None if self.record is None else str(self.record.path),
            ephemeral=self.record is None,
            status=ThreadStatus(type="active" if self.conversation.busy else "idle"),
        )

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
