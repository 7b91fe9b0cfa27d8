"""Servers for a driver: their status, their starts, calls, resources, and another configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.app_server import methods
from services.app_server.offered import counts, resources, templates, tools
from services.app_server.server_values import (
    McpServerInfo,
    McpServerStatus,
    ResourceReadResult,
    StartupStatus,
    StatusListResult,
    ToolCallResult,
    ToolProgress,
)
from services.driving.failures import remedy_of
from services.errors import InvalidArguments
from services.events import ServerState

if TYPE_CHECKING:
    from services.app_server.server_values import (
        ResourceReadParams,
        RuntimeStatus,
        StartupState,
        StatusListParams,
        ToolCallParams,
    )
    from services.connection_manager import ConnectionManager
    from services.connections.calls import Progress
    from services.driving.driver import Call, Driver, Handler
    from services.events import ServerStatus

__all__ = ("Servers",)

_RUNTIME: Final[dict[ServerState, RuntimeStatus]] = {
    ServerState.DISABLED: "disabled",
    ServerState.INVALID: "failed",
    ServerState.STARTING: "starting",
    ServerState.READY: "connected",
    ServerState.LOGIN_NEEDED: "authenticationRequired",
    ServerState.FAILED: "failed",
    ServerState.RECONNECTING: "starting",
    ServerState.STOPPED: "notStarted",
}
_STARTUP: Final[dict[RuntimeStatus, StartupState]] = {
    "disabled": "cancelled",
    "notStarted": "cancelled",
    "starting": "starting",
    "connected": "ready",
    "authenticationRequired": "failed",
    "failed": "failed",
}
_AUTH: Final[dict[str, Any]] = {
    "unknown": "unknown",
    "unsupported": "unsupported",
    "not_logged_in": "notLoggedIn",
    "bearer_token": "bearerToken",
    "oauth": "oAuth",
}


class Servers:
    """The servers of a manager, as the driver asks for them."""

    def __init__(self, manager: ConnectionManager, driver: Driver) -> None:
        self._manager = manager
        self._driver = driver
        self._states: dict[str, ServerState] = {}

    @property
    def handlers(self) -> dict[str, Handler]:
        """What is done for each method."""
        return {
            methods.STATUS_LIST.name: self._list,
            methods.TOOL_CALL.name: self._call,
            methods.RESOURCE_READ.name: self._read,
        }

    def changed(self, status: ServerStatus) -> None:
        """Tell of a state that is another one than before."""
        if self._states.get(status.server) == status.state:
            return
        self._states[status.server] = status.state
        needed = status.state is ServerState.LOGIN_NEEDED
        told = StartupStatus(
            name=status.server,
            status=_STARTUP[_RUNTIME[status.state]],
            state=status.state.value,
            error=status.cause or None,
            failure_reason="reauthenticationRequired" if needed else None,
            hint=status.hint or None,
        )
        self._driver.notify(methods.STARTUP_STATUS.name, told)

    async def _list(self, params: StatusListParams, _call: Call) -> StatusListResult:
        names = list(self._manager.servers)
        if params.server_name is not None:
            self._manager.status(params.server_name)
            names = [params.server_name]
        if params.cursor is not None:
            if params.cursor not in names:
                raise InvalidArguments(
                    "the cursor is not known any more", hint="Ask for the first page again."
                )
            names = names[names.index(params.cursor) + 1 :]
        page = names[: params.limit]
        found = [self._status(name, params.detail or "full") for name in page]
        return StatusListResult(data=found, next_cursor=page[-1] if len(page) < len(names) else None)

    def _status(self, name: str, detail: str) -> McpServerStatus:
        status, catalog = self._manager.status(name), self._manager.catalog(name)
        own, _, version = status.identity.rpartition(" ")
        faults = [fault for fault in status.faults if fault.startswith("tools")]
        return McpServerStatus(
            name=name,
            state=status.state.value,
            runtime_status=_RUNTIME[status.state],
            auth_status=_AUTH[status.auth],
            error=status.cause or None,
            hint=status.hint or None,
            remedy=remedy_of(status.remedy),
            transport=status.transport,
            required=status.required,
            protocol_version=status.protocol or None,
            server_info=McpServerInfo(name=own or version, version=version if own else "")
            if status.identity
            else None,
            latency_ms=None if status.latency is None else round(status.latency * 1_000, 3),
            restarts=status.restarts,
            pid=status.pid,
            counts=counts(catalog),
            tools=tools(catalog) if detail != "statusOnly" else {},
            tools_error=faults[0] if faults else None,
            resources=resources(catalog) if detail == "full" else [],
            resource_templates=templates(catalog) if detail == "full" else [],
        )

    async def _call(self, params: ToolCallParams, call: Call) -> ToolCallResult:
        def progress(news: Progress) -> None:
            told = ToolProgress(
                request_id=call.id,
                server=params.server,
                tool=params.tool,
                progress=float(news.progress),
                total=None if news.total is None else float(news.total),
                message=news.message or None,
            )
            self._driver.notify(methods.TOOL_PROGRESS.name, told, progress_of=call.id)

        result = await self._manager.call_tool(
            params.server, params.tool, params.arguments, on_progress=progress
        )
        content = result.raw.get("content")
        return ToolCallResult(
            content=content if isinstance(content, list) else [],
            structured_content=result.raw.get("structuredContent"),
            is_error=result.is_error,
            meta=result.raw.get("_meta"),
            faults=list(result.faults),
            duration_ms=round(result.duration * 1_000, 3),
        )

    async def _read(self, params: ResourceReadParams, _call: Call) -> ResourceReadResult:
        result = await self._manager.read_resource(params.server, params.uri)
        contents = result.raw.get("contents")
        return ResourceReadResult(contents=contents if isinstance(contents, list) else [])
