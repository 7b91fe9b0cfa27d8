"""Tasks on the wire: the extension `io.modelcontextprotocol/tasks`, and the form of 2025-11-25.

On 2026-07-28 the server alone decides that a call becomes a task; before, a call says that it may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import mcp_types as types
from mcp.client.extension import ClientExtension, NotificationBinding, ResultClaim, UnexpectedClaimedResult
from mcp.client.session import ClientRequestContext
from mcp.shared.exceptions import MCPError
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from services.complaints import first_complaint
from services.errors import NotOffered, TaskFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from mcp.client.extension import ClaimContext
    from mcp.client.session import ClientSession

    Raw = Callable[[Callable[[], Awaitable[Any]]], Awaitable[tuple[dict[str, Any], str]]]

__all__ = ("TaskCall", "TaskRequests", "TasksExtension")

_TASKS: Final = "io.modelcontextprotocol/tasks"
_NOTIFICATIONS: Final = ("notifications/tasks", "notifications/tasks/status")
"""Of the extension, and of 2025-11-25."""
_WIRE: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
_INPUT: TypeAdapter[types.InputRequest] = TypeAdapter(types.InputRequest)


class _Claimed(types.Result):
    """The `CreateTaskResult` of the extension; read by `services.tasks.task`."""

    result_type: Literal["task"] = "task"


class _Told(BaseModel):
    """The parameters of a notification, as they came."""

    model_config = ConfigDict(extra="allow")


class TaskCall(types.CallToolRequestParams):
    """A call of 2025-11-25 that may become a task."""

    task: types.TaskMetadata


class _TaskRequest(types.Request[dict[str, Any], str]):
    """A request about one task; over HTTP its id stands in the header `Mcp-Name`."""

    name_param = "taskId"


class TasksExtension(ClientExtension):
    """Declares that calls may become tasks; `told` hears what the server says of them by itself."""

    identifier = _TASKS

    def __init__(self, told: Callable[[Mapping[str, Any]], None]) -> None:
        self._told = told

    def claims(self) -> Sequence[ResultClaim[Any]]:
        return (ResultClaim(result_type="task", model=_Claimed, resolve=_unresolved),)

    def notifications(self) -> Sequence[NotificationBinding[Any]]:
        return [
            NotificationBinding(method=method, params_type=_Told, handler=self._hear)
            for method in _NOTIFICATIONS
        ]

    async def _hear(self, params: _Told) -> None:
        self._told(params.model_extra or {})


async def _unresolved(claimed: types.Result, context: ClaimContext) -> types.CallToolResult:
    """Never asked: calls go out below the SDK's own `call_tool`."""
    raise UnexpectedClaimedResult(claimed)


class TaskRequests:
    """What one session asks about tasks."""

    def __init__(self, sdk: ClientSession, raw: Raw, *, modern: bool) -> None:
        self._sdk = sdk
        self._raw = raw
        self.modern = modern

    @property
    def offered(self) -> bool:
        """Whether the server says that calls of it may become tasks."""
        if (offered := self._sdk.server_capabilities) is None:
            return False
        if self.modern:
            return _TASKS in (offered.extensions or {})
        requests = offered.tasks.requests if offered.tasks else None
        return bool(requests and requests.tools and requests.tools.call is not None)

    @property
    def listed(self) -> bool:
        """Whether the server lists its tasks; the extension has no such thing."""
        offered = self._sdk.server_capabilities
        return not self.modern and bool(offered and offered.tasks and offered.tasks.list is not None)

    async def get(self, task_id: str) -> dict[str, Any]:
        """`tasks/get`, as it stood on the wire."""
        raw, _ = await self._ask("tasks/get", task_id)
        return raw

    async def result(self, task_id: str) -> tuple[dict[str, Any], str]:
        """`tasks/result` of 2025-11-25: waits for the end, and has the server ask meanwhile."""
        return await self._ask("tasks/result", task_id)

    async def update(self, task_id: str, key: str, response: Any) -> None:
        """`tasks/update`: the answer to one request for input."""
        await self._ask("tasks/update", task_id, inputResponses={key: response})

    async def cancel(self, task_id: str) -> None:
        """`tasks/cancel`. Raises NotOffered where the server has said that it cannot."""
        offered = self._sdk.server_capabilities
        if not self.modern and not (offered and offered.tasks and offered.tasks.cancel is not None):
            raise NotOffered("the server does not let tasks be cancelled")
        await self._ask("tasks/cancel", task_id)

    async def page(self, cursor: str | None) -> dict[str, Any]:
        """One page of `tasks/list` of 2025-11-25."""
        params = types.PaginatedRequestParams(cursor=cursor) if cursor is not None else None
        raw, _ = await self._raw(lambda: self._sdk.send_request(types.ListTasksRequest(params=params), _WIRE))
        return raw

    async def answer(self, key: str, wanted: Any) -> Any:
        """What the person, or who acts for them, answers one request for input of a task.

        Raises TaskFailed for a request that is none, MCPError for one that is refused.
        """
        try:
            request = _INPUT.validate_python(wanted, by_name=False)
        except ValidationError as error:
            said = first_complaint(error)
            raise TaskFailed(f"the task asks for input in a way that is not valid MCP: {said}") from error
        meta = request.params.meta if request.params else None
        context = ClientRequestContext(session=self._sdk, request_id=key, meta=meta)
        response = await self._sdk.dispatch_input_request(context, request)
        if isinstance(response, types.ErrorData):
            raise MCPError.from_error_data(response)
        return response

    async def _ask(self, method: str, task_id: str, **more: Any) -> tuple[dict[str, Any], str]:
        request = _TaskRequest(method=method, params={"taskId": task_id, **more})
        return await self._raw(lambda: self._sdk.send_request(request, _WIRE))
