"""What a task asks for on its way: put to the person once, and answered on whichever connection there is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from services.connections.coming_back import loss_noticed, still_there
from services.error_translation import translating
from services.errors import JackfieldError, ServerError, TaskFailed, TransportClosed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from services.connections.served import Served
    from services.connections.session.session import Session
    from services.tasks.task import Task

__all__ = ("TaskInput",)

_MOST_TRIES: Final = 3
"""Connections in a row that an answer is lost with."""
_MOST_ASKED: Final = 100
"""Requests for input of one task."""
_LONGEST_KEY: Final = 1_024


class TaskInput:
    """The requests for input of one task."""

    def __init__(
        self,
        connection: Served,
        task: Callable[[], Task],
        session: Callable[[], Awaitable[Session]],
        wake: Callable[[], None],
    ) -> None:
        """`task` is the task as it is known now, `session` waits for an open session.

        `wake` is called when an answer is out, or when `failure` says why not.
        """
        self._connection = connection
        self._task = task
        self._session = session
        self._wake = wake
        self._asked: dict[str, asyncio.Task[None]] = {}
        """What the task asked for, by key; done once it is answered."""
        self._sending: set[str] = set()
        """The keys whose answers are on their way."""
        self.failure: JackfieldError | None = None

    @property
    def under_way(self) -> Iterable[asyncio.Task[None]]:
        """All that was asked for, the answered too."""
        return self._asked.values()

    def lose(self) -> None:
        """What nobody answered is asked again, if ever."""
        for key, asking in list(self._asked.items()):
            if not asking.done() and key not in self._sending:
                asking.cancel()
                del self._asked[key]

    def ask_all(self, session: Session, seen: dict[str, Any]) -> None:
        """Put to the person what was not put to them before. Raises TaskFailed where nobody could answer."""
        wanted = seen.get("inputRequests")
        if not isinstance(wanted, dict):
            raise TaskFailed(self._task().said("asks for input, but does not say which"))
        for key, request in wanted.items():
            if key in self._asked:
                continue
            if len(key) > _LONGEST_KEY or len(self._asked) >= _MOST_ASKED:
                raise TaskFailed(self._task().said("asks for more input than anybody could give"))
            answering = self._answer(session, key, request)
            self._asked[key] = asyncio.create_task(answering, name=f"input of {self._task().shown_id}")

    async def _answer(self, session: Session, key: str, request: Any) -> None:
        try:
            with translating():
                response = await session.tasks.answer(key, request)
            self._sending.add(key)
            await self._send(key, response)
        except JackfieldError as error:
            self.failure = error
        finally:
            self._sending.discard(key)
        self._wake()

    async def _send(self, key: str, response: Any) -> None:
        """The answer goes out, on the next connection where this one is lost."""
        for left in reversed(range(_MOST_TRIES)):
            session = await self._session()
            try:
                with translating():
                    await session.tasks.update(self._task().id, key, response)
            except ServerError as error:  # how the task stands now says what becomes of it
                said = f"{self._task().said('did not take an answer')}: {error.message}"
                self._connection.log.say(said, "lifecycle", "warning")
            except TransportClosed as error:
                if not left:
                    raise still_there(error) from error
                await loss_noticed(self._connection, session)
                continue
            return
