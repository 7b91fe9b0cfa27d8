"""One MCP session over the SDK: negotiation, lists, requests, and what the server asks of us.

This module imports the SDK; it is itself imported late, by `services.connections.sdk.load`.
Every method may be awaited from any task; only entering and leaving belong to the owner.
"""

from __future__ import annotations

import asyncio
import time
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
from mcp.client.session import ClientRequestContext, ClientSession
from mcp.client.subscriptions import SubscriptionLost, listen
from mcp.shared.exceptions import MCPError
from mcp.shared.jsonrpc_dispatcher import JSONRPCDispatcher
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import TypeAdapter, ValidationError

from services.connections.calls import Progress
from services.connections.incoming import first_complaint, question_of
from services.errors import ConnectionFailed
from services.text import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from services.connections.calls import OnProgress
    from services.connections.incoming import Listener
    from services.events import CatalogKind

__all__ = ("MAX_ROUNDS", "Page", "RecordingDispatcher", "Session")

MAX_ROUNDS: Final = 10
"""How often one call may come back asking for input (SEP-2322) before it is given up."""

_RAW: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
_STATE_ONLY_PAUSE: Final = 0.1

_LISTS: Final[dict[CatalogKind, tuple[type[Any], str]]] = {
    "tools": (types.ListToolsRequest, "tools"),
    "resources": (types.ListResourcesRequest, "resources"),
    "templates": (types.ListResourceTemplatesRequest, "resourceTemplates"),
    "prompts": (types.ListPromptsRequest, "prompts"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list as it stood on the wire, and the cursor of the next."""

    items: tuple[Any, ...]
    cursor: str | None
    fault: str = ""


@dataclass(slots=True)
class _Box:
    """Where the dispatcher leaves the result of the request its task sent, before the SDK checks it."""

    raw: dict[str, Any] | None = None


_box: ContextVar[_Box | None] = ContextVar("_box", default=None)


class RecordingDispatcher(JSONRPCDispatcher):
    """The SDK's dispatcher, which also hands out results unchecked and measures the time they take."""

    answered: Callable[[float], None]

    async def send_raw_request(self, *args: Any, **options: Any) -> dict[str, Any]:
        started = time.perf_counter()
        raw = await super().send_raw_request(*args, **options)
        self.answered(time.perf_counter() - started)
        if (box := _box.get()) is not None:
            box.raw = raw
        return raw


@dataclass(slots=True)
class Session:
    """An open session; made by `services.connections.opening`."""

    sdk: ClientSession
    server: str
    listener: Listener

    @property
    def modern(self) -> bool:
        """Whether this is the 2026-07-28 era: no handshake, requests carry everything."""
        return self.sdk.protocol_version in MODERN_PROTOCOL_VERSIONS

    @property
    def protocol(self) -> str:
        return self.sdk.protocol_version or ""

    @property
    def identity(self) -> str:
        info = self.sdk.server_info
        return one_line(f"{info.title or info.name} {info.version}", 100) if info else ""

    @property
    def instructions(self) -> str:
        return printable(self.sdk.instructions or "")

    def offers(self, kind: CatalogKind) -> bool:
        """Whether the server declared the capability behind a list."""
        offered = self.sdk.server_capabilities
        if offered is None:
            return False
        capability = {"tools": offered.tools, "prompts": offered.prompts}.get(kind, offered.resources)
        return capability is not None

    @property
    def completes(self) -> bool:
        offered = self.sdk.server_capabilities
        return offered is not None and offered.completions is not None

    async def page(self, kind: CatalogKind, cursor: str | None = None) -> Page:
        """One page of a list; entries stay as they came, a fault says what is wrong with them.

        Empty where the server does not offer the list.
        """
        if not self.offers(kind):
            return Page((), None)
        request, key = _LISTS[kind]
        params = types.PaginatedRequestParams(cursor=cursor) if cursor is not None else None
        try:
            if kind == "tools":
                # The SDK's own method also learns which arguments travel as headers (x-mcp-header).
                raw, fault = await self._raw(lambda: self.sdk.list_tools(params=params))
            else:
                raw, fault = await self._raw(lambda: self.sdk.send_request(request(params=params), _RAW))
        except MCPError as error:
            if error.code != types.METHOD_NOT_FOUND:
                raise
            return Page((), None)  # the capability, but not this list of it (templates, mostly)
        items = raw.get(key)
        following = raw.get("nextCursor")
        return Page(
            tuple(items) if isinstance(items, list) else (),
            following if isinstance(following, str) else None,
            fault,
        )

    async def call_tool(
        self, name: str, arguments: Mapping[str, Any], on_progress: OnProgress
    ) -> tuple[dict[str, Any], str]:
        """`tools/call`: the result as it stood on the wire, and what is wrong with it or nothing."""

        async def tell(progress: float, total: float | None, message: str | None) -> None:
            on_progress(Progress(progress, total, one_line(message or "")))

        def request(responses: Any, state: str | None) -> Awaitable[Any]:
            params = types.CallToolRequestParams(
                name=name, arguments=dict(arguments), input_responses=responses, request_state=state
            )
            return self.sdk.send_request(types.CallToolRequest(params=params), _RAW, progress_callback=tell)

        try:
            return await self._rounds(request)
        except MCPError as error:
            if error.code == types.HEADER_MISMATCH and self.modern:
                # The server's idea of which arguments are headers has changed: list once, send once more.
                await self.page("tools")
                return await self._rounds(request)
            if error.code == types.URL_ELICITATION_REQUIRED and await self._visited(error):
                return await self._rounds(request)
            raise

    async def read_resource(self, uri: str) -> tuple[dict[str, Any], str]:
        """`resources/read`, as `call_tool`."""

        def request(responses: Any, state: str | None) -> Awaitable[Any]:
            params = types.ReadResourceRequestParams(uri=uri, input_responses=responses, request_state=state)
            return self.sdk.send_request(types.ReadResourceRequest(params=params), _RAW)

        return await self._rounds(request)

    async def get_prompt(self, name: str, arguments: Mapping[str, str]) -> tuple[dict[str, Any], str]:
        """`prompts/get`, as `call_tool`."""

        def request(responses: Any, state: str | None) -> Awaitable[Any]:
            params = types.GetPromptRequestParams(
                name=name, arguments=dict(arguments), input_responses=responses, request_state=state
            )
            return self.sdk.send_request(types.GetPromptRequest(params=params), _RAW)

        return await self._rounds(request)

    async def complete(
        self, reference: Mapping[str, str], argument: str, value: str, context: Mapping[str, str]
    ) -> tuple[str, ...]:
        """`completion/complete`: the values the server proposes."""
        ref: types.PromptReference | types.ResourceTemplateReference
        if "uri" in reference:
            ref = types.ResourceTemplateReference(type="ref/resource", uri=reference["uri"])
        else:
            ref = types.PromptReference(type="ref/prompt", name=reference["name"])
        result = await self.sdk.complete(ref, {"name": argument, "value": value}, dict(context) or None)
        return tuple(result.completion.values)

    async def follow_changes(self) -> None:
        """Hear of changed lists on 2026-07-28 (`subscriptions/listen`); earlier eras notify by themselves."""
        offered = self.sdk.server_capabilities
        if not self.modern or offered is None:
            return
        tools = bool(offered.tools and offered.tools.list_changed)
        prompts = bool(offered.prompts and offered.prompts.list_changed)
        resources = bool(offered.resources and offered.resources.list_changed)
        if not (tools or prompts or resources):
            return
        try:
            async with listen(
                self.sdk,
                tools_list_changed=tools,
                prompts_list_changed=prompts,
                resources_list_changed=resources,
            ) as changes:
                async for _ in changes:
                    pass  # each event is also delivered to `_on_message`, the one road for both eras
        except (MCPError, SubscriptionLost, TimeoutError) as error:
            self.listener.log_message(f"no news of changed lists: {one_line(str(error))}", "warning", "")

    # One request, with its rounds.

    async def _rounds(
        self, request: Callable[[Any, str | None], Awaitable[Any]]
    ) -> tuple[dict[str, Any], str]:
        """Send, answer what the server asks on the way (SEP-2322), send again, until there is a result."""
        responses: Any = None
        state: str | None = None
        for _ in range(MAX_ROUNDS + 1):
            raw, fault = await self._raw(partial(request, responses, state))
            if raw.get("resultType") != "input_required":
                return raw, fault
            try:
                wanted = types.InputRequiredResult.model_validate(raw, by_name=False)
            except ValidationError as error:
                return raw, f"asks for input in a way that is not valid MCP: {first_complaint(error)}"
            state = wanted.request_state
            if wanted.input_requests:
                responses = await self._answer_all(wanted.input_requests)
            else:
                responses = None
                await asyncio.sleep(_STATE_ONLY_PAUSE)
        raise ConnectionFailed(
            f"{self.server} asked for input more than {MAX_ROUNDS} times during one request"
        )

    async def _answer_all(self, requests: Mapping[str, Any]) -> dict[str, Any]:
        async def answer(key: str, request: Any) -> Any:
            meta = request.params.meta if request.params else None
            context = ClientRequestContext(session=self.sdk, request_id=key, meta=meta)
            response = await self.sdk.dispatch_input_request(context, request)
            if isinstance(response, types.ErrorData):
                raise MCPError.from_error_data(response)
            return response

        async with asyncio.TaskGroup() as tasks:
            answers = {key: tasks.create_task(answer(key, request)) for key, request in requests.items()}
        return {key: task.result() for key, task in answers.items()}

    async def _raw(self, send: Callable[[], Awaitable[Any]]) -> tuple[dict[str, Any], str]:
        """The unchecked result of one request, and what the SDK's check says about it."""
        box = _Box()
        token = _box.set(box)
        try:
            result = await send()
        except ValidationError as error:
            if box.raw is None:
                raise
            return box.raw, first_complaint(error)
        finally:
            _box.reset(token)
        return box.raw if box.raw is not None else result, ""

    async def _visited(self, error: MCPError) -> bool:
        """A tool wants URLs visited first (-32042): put them to the person, one after the other."""
        try:
            wanted = types.ElicitationRequiredErrorData.model_validate(error.data, by_name=False)
        except ValidationError:
            return False
        for params in wanted.elicitations:
            answer = await self.listener.ask(question_of(self.server, params))
            if answer.action != "accept":
                return False
        return bool(wanted.elicitations)
