"""The questions of one server: put to the person, refused in a flood, withdrawn with their calls."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from services.connections.calls import asker_of
from services.errors import TooManyQuestions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.connections.calls import CallClock
    from services.inbox.inbox import Inbox
    from services.inbox.questions import Answer, Question
    from services.logs.server_log import ServerLog

__all__ = ("ServerQuestions",)

_MOST: Final = 50
"""Questions of one server that wait at once."""
_LONGEST: Final = 1 << 18
"""Characters of a message."""


class ServerQuestions:
    """What a server asks while requests to it are under way."""

    def __init__(self, server: str, inbox: Inbox, log: ServerLog) -> None:
        self._server = server
        self._inbox = inbox
        self._log = log
        self._running: dict[object, CallClock] = {}
        self._asked: dict[Question, set[object]] = {}
        """For each open question the requests that were running when it came."""
        self._flooded = False
        """Whether it was said that questions are refused."""

    @property
    def busy(self) -> bool:
        """Whether a request is under way."""
        return bool(self._running)

    def began(self, clock: CallClock) -> object:
        """A request is under way; what `ended` is told."""
        key = object()
        self._running[key] = clock
        return key

    def ended(self, key: object) -> None:
        """A request is over: questions that came with no other are withdrawn."""
        del self._running[key]
        for question, keys in list(self._asked.items()):
            if key in keys:
                keys.discard(key)
                if not keys:
                    self._inbox.withdraw(question, "the call it belonged to ended")

    async def ask(self, question: Question) -> Answer:
        """Put a server's question to the person; the clocks of its requests stand still meanwhile.

        Raises TooManyQuestions for what nobody could answer; that is said once until all are answered.
        """
        self._refuse_flood(question)
        if asker := asker_of(self._running.values()):
            question = replace(question, asker=asker)
        self._asked[question] = set(self._running)
        with self.standing_still():
            try:
                return await self._inbox.ask(question)
            finally:
                self._asked.pop(question, None)

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """The clocks of the requests under way stand still, while somebody thinks about a question."""
        clocks = tuple(self._running.values())
        for clock in clocks:
            clock.pause()
        try:
            yield
        finally:
            for clock in clocks:
                clock.resume()

    def page_finished(self, elicitation: str) -> None:
        """The server says that a page is finished which the person was asked to visit."""
        self._inbox.finished(elicitation, self._server)

    def _refuse_flood(self, question: Question) -> None:
        if not self._asked:
            self._flooded = False
        if len(question.message) > _LONGEST:
            why = f"a question of more than {_LONGEST >> 10} KiB"
        elif len(self._asked) >= _MOST:
            why = f"{_MOST} of its questions wait already"
        else:
            return
        if not self._flooded:
            self._flooded = True
            self._log.say(f"question refused: {why}", "lifecycle", "warning")
        raise TooManyQuestions(f"question refused: {why}")

    def withdraw_all(self, reason: str) -> None:
        """The server is gone: its questions with it."""
        self._inbox.withdraw_all(self._server, reason)
