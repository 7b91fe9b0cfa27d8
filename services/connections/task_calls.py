"""What is asked of one server about tasks, beside the calls that become some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.results import reader
from services.tasks.task import Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.connections.calls import CallClock
    from services.connections.requests import Requests
    from services.connections.served import Served
    from services.connections.session.session import Session
    from services.connections.tasks import OnTask, Tasks
    from services.results.content import ToolResult

__all__ = ("TaskCalls",)


class TaskCalls:
    """Every method raises JackfieldError; of a server that is just starting the start is waited for."""

    def __init__(self, connection: Served, requests: Requests, tasks: Tasks) -> None:
        self._connection = connection
        self._requests = requests
        self._tasks = tasks

    async def start(self, name: str, arguments: Mapping[str, Any]) -> Task | ToolResult:
        """`tools/call`, as a task wherever the server lets it be one; the result where it does not."""
        made: list[Task] = []

        async def left(session: Session, task: Task, clock: CallClock) -> tuple[dict[str, Any], str]:
            made.append(task)
            return {"content": []}, ""

        result = await self._requests.send_call(name, arguments, None, left, as_task=True)
        return made[0] if made else result

    async def wait(
        self, task_id: str, on_task: OnTask | None = None, *, leave_task: bool = False
    ) -> ToolResult:
        """The result of a task, of this session or of an earlier one; as `Requests.call_tool`."""
        await self._requests.open_session()
        task = await self._known(task_id)
        raw, fault, seconds = await self._requests.timed(
            lambda clock: self._tasks.result(task, clock, on_task, leave=leave_task),
            f"task {task.shown_id}",
        )
        return await reader.tool_result(raw, self._connection.catalog.tool(task.tool), seconds, fault)

    async def look(self, task_id: str) -> Task:
        """`tasks/get`: how a task is now."""
        session, task = await self._requests.open_session(), await self._known(task_id)
        with self._requests.our_errors():
            return await self._tasks.look(session, task)

    async def cancel(self, task_id: str) -> None:
        """`tasks/cancel`; whoever waits for the task hears that it was cancelled."""
        session = await self._requests.open_session()
        with self._requests.our_errors():
            await self._tasks.cancel(session, task_id)

    async def listed(self) -> tuple[Task, ...]:
        """`tasks/list`, which some servers of 2025-11-25 have. Raises NotOffered."""
        session = await self._requests.open_session()
        with self._requests.our_errors():
            return await self._tasks.listed(session)

    async def _known(self, task_id: str) -> Task:
        kept = await self._tasks.kept()
        return next((task for task in kept if task.id == task_id), Task(self._connection.name, task_id))
