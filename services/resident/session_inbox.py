"""The inbox of an open session, for the questions of a program without a person: `jackfield serve`."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from typing import TYPE_CHECKING, Final

from services.inbox.questions import Answer
from services.resident.messages import Drop, Put, Reply, line_over
from services.resident.sessions import lenders, met

if TYPE_CHECKING:
    from services.inbox.questions import Question

__all__ = ("SessionInbox",)

_LOOK: Final = 1.0
"""Seconds for which it is taken to be as it was."""


class SessionInbox:
    """Puts questions to whoever sits at an open session; `deputy` is one for an `Inbox`."""

    def __init__(self, command: str) -> None:
        """`command` is what asks, as the session names it."""
        self._command = command
        self._numbers = itertools.count(1)
        self._looked_at = float("-inf")
        self._somebody = False

    def somebody(self) -> bool:
        """Whether a session is open, as far as that can be seen from outside."""
        now = time.monotonic()
        if os.name == "posix" and now - self._looked_at > _LOOK:
            self._looked_at = now
            self._somebody = bool(lenders())
        return self._somebody

    async def deputy(self, question: Question) -> Answer | None:
        """The answer of the person; None where no session takes the question, or it ended under it."""
        if not self.somebody():
            return None
        found = await asyncio.to_thread(met, self._command)
        if found is None:
            return None
        line = await line_over(found[0], restricted=True)
        number = next(self._numbers)
        try:
            line.write(Put(number, question))
            while (message := await line.read()) is not None:
                if isinstance(message, Reply) and message.number == number:
                    return message.value if isinstance(message.value, Answer) else None
        except ValueError:
            pass  # it says nothing that can be understood
        except asyncio.CancelledError:
            line.write(Drop(number))
            raise
        finally:
            line.close()
        return None
