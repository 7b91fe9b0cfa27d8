"""The MCP server of one view, over the SDK's low-level server, in both eras."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from services.gateway import sdk
from services.gateway.downstream import Downstream, levels
from services.gateway.known import NAMED_BY
from services.gateway.results import AnyParams, as_it_came, kept_apart, page
from services.gateway.search import Search
from services.gateway.skills import SkillRequests
from services.gateway.task_forms import TASKS
from services.gateway.task_requests import TaskRequests
from services.text import one_line
from services.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
    from mcp.server.models import InitializationOptions

    from services.events import CatalogKind
    from services.gateway.gateway import Gateway
    from services.gateway.naming import Target
    from services.gateway.news import Room
    from services.gateway.results import Handle

    Context = ServerRequestContext[Any, Any]

__all__ = ("ViewServer",)

_TASKS_SINCE: Final = "2025-11-25"
"""The first revision that has tasks."""


class ViewServer(Server[Any]):
    """What clients of one view talk to."""

    def __init__(
        self,
        gateway: Gateway,
        room: Room,
        *,
        first_lists: Callable[[], Awaitable[None]],
        search: bool = False,
        pinned: Sequence[str] = (),
    ) -> None:
        self._gateway = gateway
        self._room = room
        self._view = room.view
        self._first_lists = first_lists
        self._search: Search | None = None
        self.offer(search=search, pinned=pinned)
        self._noted: dict[CatalogKind, list[dict[str, Any]]] | None = None
        super().__init__(
            "jackfield",
            title="Jackfield",
            version=VERSION,
            get_tool_input_schema=self._schema_of,
            on_subscriptions_listen=room.listen,
        )
        self._skills = SkillRequests(gateway, room.view, first_lists)
        self._tasks = TaskRequests(gateway, room.view)
        self.middleware.append(self._as_it_came)
        handlers: dict[str, Handle] = {
            "tools/list": self._list_tools,
            "resources/list": lambda context: self._list(context, "resources", "resources"),
            "resources/templates/list": lambda context: self._list(context, "templates", "resourceTemplates"),
            "prompts/list": lambda context: self._list(context, "prompts", "prompts"),
            "tools/call": self._call,
            "prompts/get": self._get_prompt,
            "resources/read": self._read,
            "resources/subscribe": self._subscribe,
            "resources/unsubscribe": self._unsubscribe,
            "completion/complete": self._complete,
            "logging/setLevel": self._set_level,
        }
        for method, handle in (handlers | self._skills.handlers | self._tasks.handlers).items():
            self.add_request_handler(method, AnyParams, kept_apart(method, handle))

    def offer(self, *, search: bool, pinned: Sequence[str]) -> None:
        """Offer three tools that find the others, and these beside them; or all."""
        self._search = Search(self._view, pinned, self.call_tool) if search else None

    def note_lists(self) -> None:
        """Keep in mind what is listed, for `tell_changes`."""
        self._noted = self._lists()

    def tell_changes(self) -> None:
        """Tell clients which lists are others now than when they were noted, or told of last."""
        if (before := self._noted) is None:
            return
        self._noted = now = self._lists()
        self._room.tell_soon(kind for kind, entries in now.items() if before[kind] != entries)

    def _lists(self) -> dict[CatalogKind, list[dict[str, Any]]]:
        lists = {kind: self._view.entries(kind) for kind in NAMED_BY}
        return lists if self._search is None else {**lists, "tools": self._search.tools()}

    def create_initialization_options(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
    ) -> InitializationOptions:
        """As the SDK has it; lists change here."""
        self.instructions = self._instructions()
        changing = NotificationOptions(prompts_changed=True, resources_changed=True, tools_changed=True)
        return super().create_initialization_options(
            notification_options or changing, experimental_capabilities, extensions or {}
        )

    # Results as they came.

    async def _as_it_came(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """Say anew what is behind where a client asks that; results are those of servers."""
        if ctx.method == "server/discover":
            self.instructions = self._instructions()
            self.extensions = {TASKS: {}, **self._skills.declared}
        if ctx.request_id is None:
            if ctx.method == "notifications/initialized":
                self._room.joined(ctx.session)
            return await call_next(ctx)
        result = await as_it_came(ctx, call_next)
        if ctx.method == "initialize" and isinstance(result, dict):
            # The SDK has no extensions in the handshake; SEP-2640 has this one there too.
            told = {**result["capabilities"], "extensions": self._skills.declared}
            if str(result["protocolVersion"]) >= _TASKS_SINCE:
                told["tasks"] = self._tasks.capability
            return {**result, "capabilities": told}
        return result

    # Lists.

    async def _list_tools(self, context: Context) -> dict[str, Any]:
        await self._first_lists()
        tools = self._view.entries("tools") if self._search is None else self._search.tools()
        told = page(context, "tools", tools)
        if context.protocol_version in MODERN_PROTOCOL_VERSIONS:
            return told
        return {**told, "tools": self._tasks.listed(told["tools"])}

    async def _list(self, context: Context, kind: CatalogKind, key: str) -> dict[str, Any]:
        await self._first_lists()
        return page(context, key, self._view.entries(kind))

    def _schema_of(self, name: str) -> Mapping[str, Any] | None:
        """The input schema of a tool: arguments that travel as headers are checked by it."""
        target = self._view.target("tools", name)
        if target is None:
            return None
        for tool in self._gateway.known.entries(target.server, "tools"):
            if tool["name"] == target.name:
                schema = tool.get("inputSchema")
                return schema if isinstance(schema, dict) else None
        return None

    # Requests.

    async def _call(self, context: Context) -> dict[str, Any]:
        down = Downstream(context, self._view)
        if self._search is not None and (answer := await self._search.answer(down)) is not None:
            return answer
        return await self.call_tool(down, str(down.params.get("name")), down.params)

    async def call_tool(self, down: Downstream, name: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Call a tool by its name of this view; raises MCPError."""
        target = self._view.target("tools", name)
        if target is None:
            raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {one_line(name, 120)}")
        result = await self._pass_on(down, target, "tools/call", {**params, "name": target.name})
        return await self._tasks.created(down, target.server, result)

    async def _get_prompt(self, context: Context) -> dict[str, Any]:
        down = Downstream(context, self._view)
        name = str(down.params.get("name"))
        target = self._view.target("prompts", name)
        if target is None:
            raise MCPError(types.INVALID_PARAMS, f"Unknown prompt: {one_line(name, 120)}")
        return await self._pass_on(down, target, "prompts/get", {**down.params, "name": target.name})

    async def _read(self, context: Context) -> dict[str, Any]:
        down = Downstream(context, self._view)
        target = self._resource(down)
        result = await self._pass_on(down, target, "resources/read", {**down.params, "uri": target.name})
        if target.name == down.params.get("uri") or not isinstance(contents := result.get("contents"), list):
            return result
        return {**result, "contents": [self._view.placed(target.server, each) for each in contents]}

    async def _complete(self, context: Context) -> dict[str, Any]:
        down = Downstream(context, self._view)
        ref = down.params.get("ref")
        known = dict(ref) if isinstance(ref, dict) else {}
        kind, key = ("templates", "uri") if known.get("type") == "ref/resource" else ("prompts", "name")
        target = self._view.target(kind, str(known.get(key)))  # type: ignore[arg-type]
        if target is None:
            raise MCPError(types.INVALID_PARAMS, f"Unknown {key}: {one_line(str(known.get(key)), 120)}")
        given = {**down.params, "ref": {**known, key: target.name}}
        return await self._pass_on(down, target, "completion/complete", given)

    async def _subscribe(self, context: Context) -> dict[str, Any]:
        down = Downstream(context, self._view)
        await self._room.subscribe(context.session, str(down.params.get("uri")), self._resource(down))
        return {}

    async def _unsubscribe(self, context: Context) -> dict[str, Any]:
        down = Downstream(context, self._view)
        if not self._room.unsubscribe(context.session, str(down.params.get("uri"))):
            self._resource(down)  # which says where there is none
        return {}

    async def _set_level(self, context: Context) -> dict[str, Any]:
        key = sdk.connection_of(context.session)
        if key not in levels:
            sdk.on_close(context.session, partial(_forget_level, key))
        levels[key] = str((context.params or {}).get("level"))
        return {}

    def _resource(self, down: Downstream) -> Target:
        uri = str(down.params.get("uri"))
        target = self._view.resource(uri)
        if target is None:
            said = f"Resource not found: {one_line(uri, 200)}"
            raise MCPError(types.INVALID_PARAMS if down.modern else -32002, said, {"uri": uri})
        return target

    async def _pass_on(
        self, down: Downstream, target: Target, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        return await self._gateway.pass_on(down, target.server, method, params)

    def _instructions(self) -> str | None:
        manager, servers = self._gateway.manager, self._view.behind()
        told = {server: manager.instructions(server) for server in servers}
        if not self._view.prefixed:
            return "\n".join(told.values()) or None
        return "\n\n".join(f"{one_line(name, 80)}:\n{text}" for name, text in told.items() if text) or None


def _forget_level(key: Hashable) -> None:
    levels.pop(key, None)
