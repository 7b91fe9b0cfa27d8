"""One MCP session over the SDK: negotiation, lists, requests, and what the server asks of us.

This module imports the SDK; it is itself imported late, by `services.connections.session.sdk.load`.
Every method may be awaited from any task; only entering and leaving belong to the owner.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
from mcp.client.session import ClientRequestContext, ClientSession
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import TypeAdapter, ValidationError

from services.complaints import first_complaint
from services.connections.calls import Progress
from services.connections.session.asked import question_complaint
from services.connections.session.calling import call_once
from services.connections.session.declared import Declared
from services.connections.session.dispatcher import Box, Fault, RecordingDispatcher, box
from services.connections.session.pages import LISTS, Page, page_of
from services.connections.session.response_cache import LIST_METHODS, Answers
from services.connections.session.subscriptions import Subscriptions
from services.connections.session.tasks import TaskRequests
from services.connections.session.tool_headers import usable_tools
from services.connections.session.visits import visiting
from services.errors import ConnectionFailed
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from services.connections.calls import OnProgress
    from services.connections.session.incoming import Listener
    from services.connections.session.response_cache import Key
    from services.events import CatalogKind
    from services.settings import Level

__all__ = ("MAX_ROUNDS", "Page", "Session")

MAX_ROUNDS: Final = 10
"""How often one call may come back asking for input (SEP-2322) before it is given up."""

_RAW: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
_STATE_ONLY_PAUSE: Final = 0.1


@dataclass(slots=True)
class Session:
    """An open session; made by `services.connections.session.opening`."""

    sdk: ClientSession
    server: str
    listener: Listener
    answers: Answers = field(default_factory=Answers)
    dispatcher: RecordingDispatcher | None = None
    declared: Declared = field(init=False)
    """What the server says that it is and can."""
    news: Subscriptions = field(init=False)
    tasks: TaskRequests = field(init=False)

    def __post_init__(self) -> None:
        self.declared = Declared(self.sdk)
        self.tasks = TaskRequests(self.sdk, self._raw, modern=self.modern)
        self.news = Subscriptions(
            self.sdk, self.listener, self.answers, modern=self.modern, dispatcher=self.dispatcher
        )

    @property
    def modern(self) -> bool:
        """Whether this is the 2026-07-28 era: no handshake, requests carry everything."""
        return self.sdk.protocol_version in MODERN_PROTOCOL_VERSIONS

    @property
    def protocol(self) -> str:
        return self.sdk.protocol_version or ""

    def beside_calls(self, meta: Mapping[str, Any]) -> None:
        """Have the `_meta` of every call from now on carry this."""
        if self.dispatcher is not None:
            self.dispatcher.beside_calls = meta

    async def request(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """A request that the SDK has no type for."""
        wire: Any = types.Request[dict[str, Any], str](method=method, params=dict(params))
        adapter: Any = _RAW
        result: dict[str, Any] = await self.sdk.send_request(wire, adapter)
        return result

    async def ping(self) -> None:
        """`ping`, which the handshake era has."""
        await self._raw(self.sdk.send_ping)

    async def set_log_level(self, level: Level) -> bool:
        """Ask for log messages of this level and above; whether the server takes such a wish.

        From 2026-07-28 on each request says so itself, beginning with the next one (SEP-2577);
        before, `logging/setLevel` does, where the capability is declared.
        """
        if self.modern:
            if self.dispatcher is not None:
                self.dispatcher.log_level = level
            return self.dispatcher is not None
        offered = self.sdk.server_capabilities
        if offered is None or offered.logging is None:
            return False
        params = types.SetLevelRequestParams(level=level)
        await self._raw(lambda: self.sdk.send_request(types.SetLevelRequest(params=params), _RAW))
        return True

    async def tell_roots_changed(self) -> None:
        """Say that the directories are others now; from 2026-07-28 on servers ask when they need them."""
        if not self.modern:
            await self.sdk.send_notification(types.RootsListChangedNotification())

    async def page(self, kind: CatalogKind, cursor: str | None = None) -> Page:
        """One page of a list; entries stay as they came, a fault says what is wrong with them.

        Empty where the server does not offer the list. What the server called fresh for longer
        than this is not asked again.
        """
        if not self.declared.offers(kind):
            return Page((), None)
        request, key = LISTS[kind]
        which = (LIST_METHODS[kind], cursor or "")
        if (kept := self.answers.fresh(which)) is not None:
            return page_of(kept, key, "")
        generation = self.answers.generation
        params = types.PaginatedRequestParams(cursor=cursor) if cursor is not None else None
        try:
            if kind == "tools":
                # The SDK's own method also learns which arguments travel as headers (x-mcp-header).
                raw, fault = await self._raw(lambda: self.sdk.list_tools(params=params))
                raw = usable_tools(raw, self.sdk, self.listener) if self.modern else raw
            else:
                raw, fault = await self._raw(lambda: self.sdk.send_request(request(params=params), _RAW))
        except MCPError as error:
            if error.code != types.METHOD_NOT_FOUND or kind == "skills":
                raise  # an extension that is declared has its list
            return Page((), None)  # the capability, but not this list of it (templates, mostly)
        if self.modern and not fault:
            self.answers.keep(which, raw, generation)
        return page_of(raw, key, fault)

    def stale(self, kind: CatalogKind) -> bool:
        """Whether a list may have changed without a word: no notifications, and its time has passed."""
        if not self.modern or not self.declared.offers(kind):
            return False
        told = bool(getattr(self.declared.of_list(kind), "list_changed", False))
        return not told and self.answers.stale(LIST_METHODS[kind])

    async def call_tool(
        self, name: str, arguments: Mapping[str, Any], on_progress: OnProgress, *, as_task: bool = False
    ) -> tuple[dict[str, Any], str]:
        """`tools/call`: the result as it stood on the wire, and what is wrong with it or nothing.

        The result may be a task; `as_task` asks for one on 2025-11-25, later the server alone decides.
        """

        async def tell(progress: float, total: float | None, message: str | None) -> None:
            on_progress(Progress(progress, total, one_line(message or "")))

        given = {"name": name, "arguments": dict(arguments)}
        task = as_task and not self.modern

        def request(responses: Any, state: str | None) -> Awaitable[Any]:
            return call_once(
                self.sdk, self.dispatcher, given, tell, responses=responses, state=state, as_task=task
            )

        try:
            return await self._visiting(lambda: self._rounds(request))
        except MCPError as error:
            if error.code == types.HEADER_MISMATCH and self.modern:
                # The server's idea of which arguments are headers has changed: list once, send once more.
                self.answers.forget("tools/list")
                await self.page("tools")
                return await self._rounds(request)
            raise

    async def read_resource(self, uri: str) -> tuple[dict[str, Any], str]:
        """`resources/read`, as `call_tool`."""

        def request(responses: Any, state: str | None) -> Awaitable[Any]:
            params = types.ReadResourceRequestParams(uri=uri, input_responses=responses, request_state=state)
            return self.sdk.send_request(types.ReadResourceRequest(params=params), _RAW)

        which = ("resources/read", uri)
        if (kept := self.answers.fresh(which)) is not None:
            return kept, ""
        return await self._visiting(lambda: self._rounds(request, which))

    async def skill(self, uri: str) -> dict[str, Any]:
        """`skills/get`: the entry of one skill, listed or not."""
        wire = types.Request[dict[str, str], str](method="skills/get", params={"uri": uri})
        raw, _ = await self._raw(lambda: self.sdk.send_request(wire, _RAW))
        entry = raw.get("skill")
        return entry if isinstance(entry, dict) else {}

    async def directory(self, uri: str, cursor: str | None = None) -> Page:
        """One page of `resources/directory/read`: what is in a directory, as resources."""
        params = {"uri": uri} | ({} if cursor is None else {"cursor": cursor})
        wire = types.Request[dict[str, str], str](method="resources/directory/read", params=params)
        raw, fault = await self._raw(lambda: self.sdk.send_request(wire, _RAW))
        return page_of(raw, "resources", fault)

    async def get_prompt(self, name: str, arguments: Mapping[str, str]) -> tuple[dict[str, Any], str]:
        """`prompts/get`, as `call_tool`."""

        def request(responses: Any, state: str | None) -> Awaitable[Any]:
            params = types.GetPromptRequestParams(
                name=name, arguments=dict(arguments), input_responses=responses, request_state=state
            )
            return self.sdk.send_request(types.GetPromptRequest(params=params), _RAW)

        return await self._visiting(lambda: self._rounds(request))

    async def complete(
        self, reference: Mapping[str, str], argument: str, value: str, context: Mapping[str, str]
    ) -> tuple[str, ...]:
        """`completion/complete`: the values the server proposes."""
        ref: types.PromptReference | types.ResourceTemplateReference
        if "uri" in reference:
            ref = types.ResourceTemplateReference(type="ref/resource", uri=reference["uri"])
        else:
            ref = types.PromptReference(type="ref/prompt", name=reference["name"])
        wanted = {"name": argument, "value": value}
        try:
            result = await self.sdk.complete(ref, wanted, dict(context) or None)
        except Fault as fault:
            raise fault.failure from fault
        return tuple(result.completion.values)

    async def follow_changes(self) -> None:
        """Hear of changes on 2026-07-28 (`subscriptions/listen`); earlier eras notify by themselves."""
        await self.news.follow()

    async def subscribe(self, uri: str) -> None:
        """Hear of changes of a resource, in either era."""
        await self._raw(partial(self.news.subscribe, uri))

    async def unsubscribe(self, uri: str) -> None:
        """Hear no more of a resource."""
        await self._raw(partial(self.news.unsubscribe, uri))

    # One request, with its rounds.

    async def _visiting(
        self, send: Callable[[], Awaitable[tuple[dict[str, Any], str]]]
    ) -> tuple[dict[str, Any], str]:
        """Send, after pages that are to be visited first. 2026-07-28 has them among its inputs."""
        return await send() if self.modern else await visiting(self.server, self.listener, send)

    async def _rounds(
        self, request: Callable[[Any, str | None], Awaitable[Any]], kept: Key | None = None
    ) -> tuple[dict[str, Any], str]:
        """Send, answer what the server asks on the way (SEP-2322), send again, until there is a result.

        With `kept`, a result that nothing was asked for may be used again while it is fresh.
        """
        generation = self.answers.generation
        responses: Any = None
        state: str | None = None
        for number in range(MAX_ROUNDS + 1):
            raw, fault = await self._raw(partial(request, responses, state))
            if raw.get("resultType") != "input_required":
                if kept is not None and self.modern and not fault and number == 0:
                    self.answers.keep(kept, raw, generation)
                return raw, fault
            try:
                wanted = types.InputRequiredResult.model_validate(raw, by_name=False)
            except ValidationError as error:
                said = f"asked for input in a way that is not valid MCP: {question_complaint(error)}"
                self.listener.log_message(said, "warning", "")
                raise ConnectionFailed(f"{self.server} {said}", reason="protocol") from error
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
        kept = Box()
        token = box.set(kept)
        try:
            result = await send()
        except ValidationError as error:
            if kept.raw is None:
                raise
            return kept.raw, first_complaint(error)
        except ValueError:  # the SDK's check ends at a depth that the reading has no trouble with
            if kept.raw is None:
                raise
            return kept.raw, "nested too deeply to be checked"
        except Fault as fault:
            raise fault.failure from fault
        finally:
            box.reset(token)
        return kept.raw if kept.raw is not None else result, kept.fault
