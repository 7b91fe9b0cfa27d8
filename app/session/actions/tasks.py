"""Calls that became tasks: their cells, those found again after a restart, and `/tasks`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from app.session.begun_cells import task_cell
from services.amounts import seconds_text
from services.errors import InvalidArguments, JackfieldError, TaskFailed
from services.events import ServerState, StatusChanged
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from app.session.context import SessionContext
    from app.session.running_cell import RunningCell
    from services.events import Event
    from services.results.content import ToolResult
    from services.tasks.task import Task
    from widgets.history.cells import Kind

__all__ = ("Tasks",)

_ENDED: Final[dict[str, Kind]] = {"task_cancelled": "cancelled", "task_elsewhere": "done"}
"""Reasons for which a task has no result here though nothing failed, and what its cell becomes."""


class Tasks:
    """What the person sees and does of tasks."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context
        self._began = time.time()
        self._looked: set[str] = set()
        """Servers whose tasks of earlier sessions were picked up."""

    def take(self, event: Event) -> None:
        """The first time a server is ready, what was left at it is waited for again."""
        if not isinstance(event, StatusChanged) or event.status.state is not ServerState.READY:
            return
        server = event.status.server
        if server not in self._looked:
            self._looked.add(server)
            self._context.run(self._pick_up(server), "calls")

    async def result(
        self, cell: RunningCell, server: str, wait: Callable[[Callable[[Task], None]], Awaitable[ToolResult]]
    ) -> None:
        """Wait for a call that may become a task, and show its result in the cell."""
        try:
            result = await wait(lambda task: self._show(cell, server, task))
        except TaskFailed as error:
            if error.reason not in _ENDED:
                raise
            cell.show_text(_ENDED[error.reason], error.message, "dim")
        else:
            await cell.show_tool_result(result)

    def show(self, _given: Mapping[str, str]) -> None:
        """`/tasks`: those that may still be open."""
        self._context.run(self._list(), "calls")

    def open(self, given: Mapping[str, str]) -> None:
        """`/tasks open [ID]`: wait for one again, or for all that nobody waits for."""
        self._each(given.get("task", ""), self._open)

    def get(self, given: Mapping[str, str]) -> None:
        """`/tasks get ID`: how one is now."""
        self._each(given["task"], self._get)

    def cancel(self, given: Mapping[str, str]) -> None:
        """`/tasks cancel ID`."""
        self._each(given["task"], self._cancel)

    # Cells.

    def _show(self, cell: RunningCell, server: str, task: Task) -> None:
        cell.say(f"task {task.shown_id} · {task.words}")
        if task.elsewhere:
            return  # Esc frees the cell, and leaves the task to who follows it
        if cell.stop is None:
            cell.stop = lambda: self._stop(cell, server, task.id)

    def _stop(self, cell: RunningCell, server: str, task_id: str) -> bool:
        """Esc: the task is cancelled at its server; once more, or where that fails, it is left there."""
        worker = cell.worker
        if worker is None or worker.is_finished:
            return False
        cell.stop = None  # the next one frees the cell

        async def cancel() -> None:
            try:
                await self._context.connected().cancel_task(server, task_id)
            except JackfieldError as error:
                self._context.transcript.failure(error, "not cancelled")
                worker.cancel()

        self._context.run(cancel(), "calls")
        return True

    async def _pick_up(self, server: str) -> None:
        for task in await self._context.connected().tasks(server):
            if task.created < self._began:
                await self._open(task)

    def _follow(self, task: Task) -> None:
        """A cell for a task of an earlier call, and the wait for it."""
        cell = task_cell(self._context.transcript, task)
        manager = self._context.connected()

        def wait(told: Callable[[Task], None]) -> Awaitable[ToolResult]:
            return manager.wait_task(task.server, task.id, told, leave_task=True)

        async def work() -> None:
            try:
                await self.result(cell, task.server, wait)
            except JackfieldError as error:
                cell.fail(error)
            finally:
                if cell.runs:
                    cell.cancelled()

        cell.worker = self._context.run(work(), "calls")

    # Commands.

    async def _all(self) -> list[Task]:
        manager = self._context.connected()
        return [task for server in manager.servers for task in await manager.tasks(server)]

    async def _list(self) -> None:
        groups: dict[str, list[tuple[str, str]]] = {}
        for task in await self._all():
            age = seconds_text(max(time.time() - task.created, 0.0))
            groups.setdefault(task.server, []).append(
                (task.shown_id, f"{task.tool}  {task.words}  {age}".strip())
            )
        if groups:
            self._context.transcript.listing("Tasks", groups)
        else:
            self._context.transcript.notice("There are no open tasks.")

    def _each(self, wanted: str, act: Callable[[Task], Awaitable[None]]) -> None:
        async def work() -> None:
            try:
                for task in self._named(wanted, await self._all()):
                    await act(task)
            except JackfieldError as error:
                self._context.transcript.failure(error)

        self._context.run(work(), "calls")

    @staticmethod
    def _named(wanted: str, tasks: list[Task]) -> list[Task]:
        """The task of that id, or whose id alone begins so; all of them where none is named."""
        if not wanted:
            return tasks
        exact = [task for task in tasks if wanted in (task.id, task.shown_id)]
        found = exact or [task for task in tasks if task.id.startswith(wanted)]
        if len(found) != 1:
            many = "several tasks begin" if found else "no open task begins"
            raise InvalidArguments(f"{many} with {one_line(wanted, 80)}", hint="/tasks lists them")
        return found

    async def _open(self, task: Task) -> None:
        waited_for = self._context.connected().waited_for(task.server)
        if task.id not in [one.id for one in waited_for]:
            self._follow(task)

    async def _get(self, task: Task) -> None:
        seen = await self._context.connected().look_at_task(task.server, task.id)
        said = f"{one_line(task.server, 80)}.{seen.tool}: task {seen.shown_id} · {seen.words}"
        self._context.transcript.notice(said)

    async def _cancel(self, task: Task) -> None:
        await self._context.connected().cancel_task(task.server, task.id)
        said = f"{one_line(task.server, 80)} was told to cancel task {task.shown_id}."
        self._context.transcript.notice(said)
