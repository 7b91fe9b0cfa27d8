"""One task of a server, watched from its creation, or from where it was found again, to its end.

It is looked at as often as the server says, sooner when the server tells of it. A connection that is lost
meanwhile is waited for. The clock of the call counts only while the server owes an answer.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from services.connections.coming_back import loss_noticed, session_back, still_there
from services.connections.task_input import TaskInput
from services.error_translation import translating
from services.errors import (
    ConnectionFailed,
    JackfieldError,
    LoginNeeded,
    ServerError,
    TaskFailed,
    TransportClosed,
)
from services.tasks.task import DEFAULT_POLL, SHORTEST_POLL, result_in, seen_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.connections.calls import CallClock
    from services.connections.served import Served
    from services.connections.session.session import Session
    from services.tasks.task import Task

    Wire = tuple[dict[str, Any], str]

__all__ = ("Following",)

_MOST_TRIES: Final = 3
"""Errors in a row after which a task is not looked at any more."""
_LONGEST_PAUSE: Final = 60.0
"""Seconds that a server may have us wait after an error."""
_INVALID_PARAMS: Final = -32602
_METHOD_NOT_FOUND: Final = -32601


class Following:
    """Used once; `result` runs in the task that waits for the call."""

    def __init__(
        self, connection: Served, task: Task, clock: CallClock, on_task: Callable[[Task], None] | None
    ) -> None:
        self._connection = connection
        self.task = task
        self._clock = clock
        self._on_task = on_task
        self._woken = asyncio.Event()
        self._input = TaskInput(connection, lambda: self.task, self._session, self.wake)
        self._payload: asyncio.Task[Wire] | None = None
        """`tasks/result` of 2025-11-25, under way."""
        self._tries = self._cut_off = 0
        self.cancelling = False
        """Whether the server was told to cancel it."""
        self.unwanted = False
        """Whether its cancellation is on the way: a server may forget it before it says so."""
        self.over = False
        """Whether nothing more can come of it, so that it need not be kept."""

    def wake(self) -> None:
        """Look at it now."""
        self._woken.set()

    def lose_questions(self) -> None:
        """The connection is lost, or left: what it asked and nobody answered is asked again, if ever."""
        self._input.lose()

    async def result(self) -> Wire:
        """The result of the call, and what is wrong with it. Raises JackfieldError; see `over`."""
        if self._on_task is not None:
            self._on_task(self.task)
        try:
            if self.task.status == "working":
                if self.task.poll > DEFAULT_POLL:
                    self._listen()
                await self._pause()
            while True:
                if (wire := await self._looked()) is not None:
                    self.over = True
                    return wire
                self._listen()
                await self._pause()
        except TaskFailed:
            self.over = True
            raise
        except ServerError:
            self.over = not self._tries  # it is the result, or the server knows nothing of tasks
            raise
        finally:
            await self._leave()

    # One look.

    async def _looked(self) -> Wire | None:
        """The result if there is one. Raises TaskFailed, and what else it came to."""
        self._woken.clear()
        session = await self._session()
        if (seen := await self._seen(session)) is None:
            return None
        self._take(seen)
        status = self.task.status
        if status == "cancelled":
            raise TaskFailed(self.task.said("was cancelled"), reason="task_cancelled")
        if session.tasks.modern:
            if self.task.ended:
                return result_in(self.task, seen), ""
        elif (self.task.ended or status == "input_required") and (wire := await self._paid(session)):
            return wire
        self._check_time()
        if session.tasks.modern and status == "input_required":
            self._input.ask_all(session, seen)
        return None

    def _check_time(self) -> None:
        """Raise TaskFailed for a task that is left, and for one whose time is over."""
        if self.cancelling:
            said = self.task.said("was asked to be cancelled, and is left to itself")
            raise TaskFailed(said, reason="task_cancelled")
        ttl = self.task.ttl
        if ttl is not None and time.time() >= self.task.created + ttl:
            said = self.task.said(f"expired: its server keeps it for {ttl:g} s only")
            raise TaskFailed(said, reason="task_expired")

    async def _seen(self, session: Session) -> dict[str, Any] | None:
        """What `tasks/get` says; None where it is to be asked again. Raises what will not pass."""
        try:
            with translating():
                seen = await session.tasks.get(self.task.id)
        except ServerError as error:
            if error.code == _INVALID_PARAMS and self.unwanted:
                raise TaskFailed(self.task.said("was cancelled"), reason="task_cancelled") from error
            if error.code == _INVALID_PARAMS:
                said = f"is unknown to its server: {error.message}"
                raise TaskFailed(self.task.said(said), reason="task_unknown") from error
            if error.code == _METHOD_NOT_FOUND or not self._may_try_again():
                raise
            await self._wait(self.task.poll)
        except LoginNeeded:
            raise
        except TransportClosed as error:
            if not self._may_try_again():
                raise still_there(error) from error
            await loss_noticed(self._connection, session)
        except ConnectionFailed as error:
            if not self._may_try_again():
                raise
            await self._wait(min(error.retry_after or self.task.poll, _LONGEST_PAUSE))
        else:
            self._tries = 0
            self._clock.restart()
            return seen
        return None

    def _may_try_again(self) -> bool:
        self._tries += 1
        return self._tries <= _MOST_TRIES

    def _take(self, seen: dict[str, Any]) -> None:
        before, self.task = self.task, seen_task(self.task, seen)
        if self._on_task is not None and self.task != before:
            self._on_task(self.task)

    async def _paid(self, session: Session) -> Wire | None:
        """What `tasks/result` says, which has the server ask meanwhile; None while it waits for the end."""
        if self._payload is None:
            asking = session.tasks.result(self.task.id)
            self._payload = asyncio.create_task(asking, name=f"tasks/result {self.task.shown_id}")
            self._payload.add_done_callback(lambda _: self.wake())
        payload = self._payload
        if self.task.ended:
            await asyncio.wait((payload,))
        if not payload.done():
            return None
        self._payload = None
        try:
            with translating():
                return payload.result()
        except TransportClosed as error:
            self._cut_off += self.task.ended
            if self._cut_off > _MOST_TRIES:
                raise still_there(error) from error
            await loss_noticed(self._connection, session)
            return None

    # Waiting.

    async def _pause(self) -> None:
        """Wait until it is to be looked at again. Raises what an answer came to meanwhile."""
        left = self.task.poll
        if self.task.ttl is not None:
            left = min(left, max(self.task.created + self.task.ttl - time.time(), 0.0))
        await self._wait(max(left, SHORTEST_POLL))
        if (failure := self._input.failure) is not None:
            if isinstance(failure, TaskFailed | ServerError):
                await self._give_up()
            raise failure

    async def _wait(self, seconds: float) -> None:
        """Wait, under no clock; being told of it, or an answer of the person, ends it early."""
        self._clock.pause()
        try:
            await asyncio.sleep(SHORTEST_POLL)  # however often the server tells of it
            with suppress(TimeoutError):
                async with asyncio.timeout(max(seconds - SHORTEST_POLL, 0.0)):
                    await self._woken.wait()
        finally:
            self._clock.resume()

    async def _session(self) -> Session:
        """The open session; one that is being brought back is waited for, under no clock. Raises NotReady."""
        self._clock.pause()
        try:
            return await session_back(self._connection)
        finally:
            self._clock.resume()

    def _listen(self) -> None:
        """Have the server tell of it, where it does."""
        if (session := self._connection.session) is not None:
            session.news.follow_task(self.task.id)

    async def _give_up(self) -> None:
        """What the server asks cannot be answered: it would wait for ever."""
        with suppress(JackfieldError), translating():
            session = await self._session()
            await session.tasks.cancel(self.task.id)

    async def _leave(self) -> None:
        asking = [one for one in (*self._input.under_way, self._payload) if one is not None]
        for one in asking:
            one.cancel()
        if asking:
            await asyncio.wait(asking)
        if (session := self._connection.session) is not None:
            session.news.leave_task(self.task.id)
