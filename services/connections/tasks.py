"""The tasks of one server: those that are watched, and those that are remembered."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from services.connections.calls import Progress
from services.connections.claims import claimed
from services.connections.following import Following
from services.connections.telling import in_time
from services.errors import ConfigurationError, JackfieldError, NotOffered, TaskFailed
from services.numbers import exact_json
from services.tasks.task import created_task, seen_task
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from services.catalog.entries import Tool
    from services.connections.calls import CallClock, OnProgress
    from services.connections.served import Served
    from services.connections.session.session import Session
    from services.connections.task_book import TaskBook
    from services.tasks.task import Task

    OnTask = Callable[[Task], None]
    Wire = tuple[dict[str, Any], str]

__all__ = ("OnTask", "Tasks", "told_as_progress")

_LAST_WORD: Final = 2.0
"""Seconds that a server has to hear, at the end of its connection, that tasks are cancelled."""
_MOST_PAGES: Final = 20
_MOST_LISTED: Final = 1_000


class Tasks:
    """What became a task at one server; it outlives the connections."""

    def __init__(self, connection: Served, book: TaskBook) -> None:
        self._connection = connection
        self._book = book
        self._followed: dict[str, Following] = {}
        self._cancels: set[asyncio.Task[None]] = set()

    @property
    def followed(self) -> tuple[Task, ...]:
        """Those that somebody waits for, as they are now."""
        return tuple(one.task for one in self._followed.values())

    def told(self, params: Mapping[str, Any]) -> None:
        """The server told of one."""
        task_id = params.get("taskId")
        if isinstance(task_id, str) and (following := self._followed.get(task_id)) is not None:
            following.wake()

    def lose_questions(self) -> None:
        """The connection is lost or left: what tasks asked is asked again when it is back."""
        for following in self._followed.values():
            following.lose_questions()

    async def created(
        self, session: Session, tool: Tool, arguments: Mapping[str, Any], raw: Mapping[str, Any]
    ) -> Task:
        """A call became a task; it is remembered. Raises TaskFailed for one that cannot be."""
        if not session.modern and not session.tasks.offered:
            raise TaskFailed("the server made a task of the call, though it was not asked to")
        shown = self._connection.trace.redactor.json(dict(arguments))
        words = one_line(" ".join(f"{k}={exact_json(v, ensure_ascii=False)}" for k, v in shown.items()), 300)
        task = created_task(self._connection.name, tool.name, words, raw)
        if task.id in self._followed:
            raise TaskFailed(f"the server gave two calls the task {task.shown_id}")
        await self._keep(task)
        return task

    async def result(self, task: Task, clock: CallClock, on_task: OnTask | None, *, leave: bool) -> Wire:
        """Wait for the end of a task. Cancelled, the wait cancels it, or leaves it to be found again.

        While another program on this home follows it, this one waits for that to end.
        """
        if task.id in self._followed:
            raise TaskFailed(f"task {task.shown_id} is being waited for already")
        following = Following(self._connection, task, clock, on_task)
        self._followed[task.id] = following
        try:
            async with self._alone(following, clock, on_task):
                try:
                    return await following.result()
                finally:
                    if following.over:
                        await self._forget(task.id)
        except asyncio.CancelledError:
            if not leave and not following.task.elsewhere:
                self._order_cancel(task.id)
            raise
        finally:
            del self._followed[task.id]

    @asynccontextmanager
    async def _alone(
        self, following: Following, clock: CallClock, on_task: OnTask | None
    ) -> AsyncIterator[None]:
        """Be the only one on this home who follows a task. Raises TaskFailed where another saw its end."""
        task = following.task

        def elsewhere() -> None:
            following.task = replace(task, elsewhere=True)
            if on_task is not None:
                on_task(following.task)

        async with AsyncExitStack() as held:
            clock.pause()
            try:
                if await held.enter_async_context(claimed(lambda: self._claim(task), elsewhere)):
                    await self._check_open(task)
            finally:
                clock.resume()
            following.task = task
            yield

    async def _check_open(self, task: Task) -> None:
        """Raise TaskFailed for one that somebody else forgot meanwhile, as whoever sees its end does."""
        if task.id not in [one.id for one in await self.kept()]:
            said = task.said("was followed to its end in another Jackfield")
            raise TaskFailed(said, reason="task_elsewhere")

    def _claim(self, task: Task) -> Callable[[], None] | None:
        """As `TaskBook.claim`; where nothing can be locked, as if nobody else were there."""
        try:
            return self._book.claim(self._connection.settings, task.id)
        except ConfigurationError as error:
            said = f"another Jackfield may follow task {task.shown_id} too: {error.message}"
            self._connection.log.say(said, "lifecycle", "warning")
            return lambda: None

    async def look(self, session: Session, task: Task) -> Task:
        """How a task is now. Raises JackfieldError."""
        seen = seen_task(task, await in_time(session.tasks.get(task.id), "tasks/get"))
        if (following := self._followed.get(task.id)) is not None:
            following.wake()
        return seen

    async def cancel(self, session: Session, task_id: str) -> None:
        """Ask the server to cancel a task, and wait for it no longer. Raises JackfieldError."""
        following = self._followed.get(task_id)
        if following is not None:
            following.unwanted = True
        await in_time(session.tasks.cancel(task_id), "tasks/cancel")
        if following is None:
            await self._forget(task_id)
            return
        following.cancelling = True
        following.wake()

    async def listed(self, session: Session) -> tuple[Task, ...]:
        """The tasks that the server itself lists (2025-11-25). Raises NotOffered, JackfieldError."""
        if not session.tasks.listed:
            raise NotOffered("the server does not list its tasks")
        found: list[Task] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            page = await in_time(session.tasks.page(cursor), "tasks/list")
            entries = page.get("tasks")
            for entry in entries if isinstance(entries, list) else ():
                with suppress(TaskFailed):
                    told = entry if isinstance(entry, dict) else {}
                    found.append(created_task(self._connection.name, "", "", told))
            cursor = page.get("nextCursor")
            if not isinstance(cursor, str) or len(found) >= _MOST_LISTED:
                break
        return tuple(found[:_MOST_LISTED])

    async def kept(self) -> tuple[Task, ...]:
        """Those that may still be open, as they are known now; oldest first."""
        known = await asyncio.to_thread(self._book.of, self._connection.settings)
        return tuple(self._followed[task.id].task if task.id in self._followed else task for task in known)

    async def close(self) -> None:
        """The connection is about to end: what was to be cancelled still is."""
        if self._cancels:
            await asyncio.wait(self._cancels, timeout=_LAST_WORD)

    def _order_cancel(self, task_id: str) -> None:
        """Have a task cancelled that nobody waits for any more."""
        work = asyncio.create_task(self._cancel_quietly(task_id), name="tasks/cancel")
        self._cancels.add(work)
        work.add_done_callback(self._cancels.discard)

    async def _cancel_quietly(self, task_id: str) -> None:
        session = self._connection.session
        try:
            if session is not None:
                await self.cancel(session, task_id)
        except JackfieldError as error:
            self._connection.log.say(f"a task was not cancelled: {error.message}", "lifecycle", "warning")

    async def _keep(self, task: Task) -> None:
        try:
            await asyncio.to_thread(self._book.remember, self._connection.settings, task)
        except ConfigurationError as error:
            said = f"a restart will not find task {task.shown_id}: {error.message}"
            self._connection.log.say(said, "lifecycle", "warning")

    async def _forget(self, task_id: str) -> None:
        with suppress(ConfigurationError):
            await asyncio.to_thread(self._book.forget, self._connection.settings, task_id)


def told_as_progress(on_progress: OnProgress | None) -> OnTask | None:
    """Who hears of the progress of a call hears of its task alike."""
    if on_progress is None:
        return None
    return lambda task: on_progress(Progress(0.0, None, f"task {task.words}"))
