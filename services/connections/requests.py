"""The requests of one connection: calls with their clocks, reads, lists."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

from services.arguments.uri_template import refuse_template
from services.connections.calls import CallClock, clock_here, limit_here
from services.connections.coming_back import loss_noticed, not_ready
from services.connections.tasks import told_as_progress
from services.error_translation import translating
from services.errors import (
    CallTimeout,
    InvalidArguments,
    JackfieldError,
    TaskFailed,
    TransportClosed,
    UnknownTool,
)
from services.events import ServerState
from services.ranking import nearest
from services.remedies import ListTools, Reconnect
from services.results import reader
from services.tasks.task import Task, task_in
from services.text import one_line
from services.turns import turn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from contextlib import AbstractContextManager

    from services.catalog.entries import Prompt, ResourceTemplate, Tool
    from services.connections.calls import OnProgress, Progress
    from services.connections.served import Served
    from services.connections.server_questions import ServerQuestions
    from services.connections.session.session import Page, Session
    from services.connections.tasks import OnTask, Tasks
    from services.events import CatalogKind
    from services.results.content import PromptResult, ResourceResult, ToolResult

__all__ = ("Requests",)

T = TypeVar("T")
Wire = tuple[dict[str, Any], str]

_LONGEST_COMPLETION: Final = 10_000
"""Characters of a proposed value; it is taken as it came, or not at all."""


class Requests:
    """What is asked of one server."""

    def __init__(self, connection: Served, tasks: Tasks, questions: ServerQuestions) -> None:
        self._connection = connection
        self._tasks = tasks
        self._questions = questions

    async def call_tool(
        self,
        name: str,
        arguments: Mapping[str, Any],
        on_progress: OnProgress | None,
        *,
        resend: bool = False,
        on_task: OnTask | None = None,
        leave_task: bool = False,
    ) -> ToolResult:
        """`tools/call` with the tool timeout; cancelling the awaiting task cancels it at the server.

        One that becomes a task is waited for like any; `on_task` hears how it goes, and with `leave_task`
        a cancelled wait leaves it at the server, to be found again.

        With `resend`, here or in the settings, a call under which the connection broke is sent once
        more when the server is back, if it declares the tool read-only or idempotent; it may have
        been carried out twice.
        """
        await self._reached()
        session = self._connection.session
        harmless = (resend or self._connection.settings.resend) and self._may_run_twice(name)

        def waited(session: Session, task: Task, clock: CallClock) -> Awaitable[Wire]:
            told = on_task or told_as_progress(on_progress)
            return self._tasks.result(task, clock, told, leave=leave_task)

        try:
            return await self.send_call(name, arguments, on_progress, waited)
        except TransportClosed as error:
            # A server that does not know the session has refused the call: it never ran.
            if not harmless and error.reason != "session_lost":
                raise
            await loss_noticed(self._connection, session)
            await self._connection.life.rest()
            return await self.send_call(name, arguments, on_progress, waited)

    async def send_call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        on_progress: OnProgress | None,
        then: Callable[[Session, Task, CallClock], Awaitable[Wire]],
        *,
        as_task: bool = False,
    ) -> ToolResult:
        """`then` says what the result is of a call that became a task."""
        session = await self.open_session()
        if (tool := self._connection.catalog.tool(name)) is None:
            await self._connection.lists.known("tools")  # it may be among those still being listed
            tool = self._tool(name)
        as_task = session.tasks.offered and tool.task_support in (
            ("required", "optional") if as_task else ("required",)
        )

        async def send(clock: CallClock) -> Wire:
            def progress(news: Progress) -> None:
                clock.restart()
                if on_progress is not None:
                    on_progress(news)

            wire = await session.call_tool(tool.raw_name, arguments, progress, as_task=as_task)
            if (told := task_in(wire[0], modern=session.modern)) is None:
                return wire
            task = await self._tasks.created(session, tool, arguments, told)
            return await then(session, task, clock)

        raw, fault, seconds = await self.timed(send, f"{self._connection.name}.{tool.name}")
        return await reader.tool_result(raw, tool, seconds, fault)

    async def read_resource(self, uri: str, *, listed: bool = False) -> ResourceResult:
        """`resources/read`, as `call_tool`; a URI that the server itself `listed` goes out as it is."""
        session = await self.open_session()
        if not uri:
            raise InvalidArguments("a URI is needed to read a resource")
        raw_uri = uri if listed else self._raw_uri(uri)
        raw, fault, seconds = await self.timed(
            lambda _: _no_task(session.read_resource(raw_uri)), one_line(uri, 200)
        )
        return await reader.resource_result(self._connection.name, uri, raw, seconds, fault)

    async def follow(self, uri: str) -> bool:
        """Hear of changes of a resource, or no more if it is followed; whether it is now."""
        session, raw_uri = await self.open_session(), self._raw_uri(uri)
        followed = self._connection.followed
        if raw_uri in followed:
            await followed.leave(session, raw_uri)
        else:
            await followed.follow(session, raw_uri)
        return raw_uri in followed

    async def subscribe(self, uri: str, *, wanted: bool = True) -> None:
        """Hear of changes of a resource, by its URI as the server has it; or no longer."""
        session, followed = await self.open_session(), self._connection.followed
        if wanted and uri not in followed:
            await followed.follow(session, uri)
        elif not wanted and uri in followed:
            await followed.leave(session, uri)

    async def get_prompt(self, name: str, arguments: Mapping[str, str]) -> PromptResult:
        """`prompts/get`, as `call_tool`."""
        session = await self.open_session()
        prompt = self._connection.catalog.prompt(name)
        raw_name = prompt.raw_name if prompt is not None else name
        wire = {a.name: a.wire_name for a in prompt.arguments} if prompt is not None else {}
        values = {wire.get(key, key): value for key, value in arguments.items()}
        raw, fault, seconds = await self.timed(
            lambda _: _no_task(session.get_prompt(raw_name, values)), one_line(name, 200)
        )
        return await reader.prompt_result(raw, seconds, fault)

    async def complete(
        self, ref: Prompt | ResourceTemplate, argument: str, value: str, context: Mapping[str, str]
    ) -> tuple[str, ...]:
        """`completion/complete`; nothing when the server does not offer it."""
        session = await self.open_session()
        if not session.declared.completes:
            return ()
        raw_template = getattr(ref, "raw_uri_template", None)
        reference = (
            {"uri": raw_template} if raw_template is not None else {"name": getattr(ref, "raw_name", "")}
        )
        known = {a.name: a.wire_name for a in getattr(ref, "arguments", ())}
        argument = known.get(argument, argument)
        context = {known.get(key, key): given for key, given in context.items()}
        with self.our_errors():
            values = await session.complete(reference, argument, value, context)
        return tuple(text for text in values if len(text) <= _LONGEST_COMPLETION)

    async def page(self, kind: CatalogKind, cursor: str | None) -> Page:
        """One page of a list; a page without entries where the server does not offer the kind."""
        return await self.brief(lambda session: session.page(kind, cursor), kind)

    async def brief(self, send: Callable[[Session], Awaitable[T]], what: str) -> T:
        """What is asked without a person waiting in between; `what` names it should it take too long."""
        session = await self.open_session()
        seconds = limit_here.get() or self._connection.settings.tool_timeout_sec
        try:
            async with asyncio.timeout(seconds):
                with self.our_errors():
                    return await send(session)
        except TimeoutError as error:
            raise CallTimeout(
                f"{what} of {one_line(self._connection.name, 80)}: no answer within {seconds:g} s"
            ) from error

    async def timed(
        self, send: Callable[[CallClock], Awaitable[Wire]], what: str
    ) -> tuple[dict[str, Any], str, float]:
        seconds = limit_here.get() or self._connection.settings.tool_timeout_sec
        clock = CallClock(seconds)
        key = self._questions.began(clock)
        token = clock_here.set(clock)
        started = self._connection.clock.precise()
        try:
            async with clock:
                with self.our_errors():
                    raw, fault = await send(clock)
        except TimeoutError as error:
            raise self._late(what, seconds) from error
        except JackfieldError as error:
            if clock.expired:
                raise self._late(what, seconds) from error
            explained = await self._explained(error)
            if explained is error:
                raise
            raise explained from error
        finally:
            clock_here.reset(token)
            self._questions.ended(key)
        return raw, fault, self._connection.clock.precise() - started

    def _late(self, what: str, seconds: float) -> CallTimeout:
        table = f"[mcp_servers.{one_line(self._connection.name, 80)}]"
        said = f"{what} gave no result within {seconds:g} s"
        return CallTimeout(said, hint=f"tool_timeout_sec in {table} lengthens it")

    def our_errors(self) -> AbstractContextManager[None]:
        """Errors leave as ours, the secrets of this server masked: it may echo what it was sent."""
        return translating(self._connection.trace.redactor.error)

    async def _explained(self, error: JackfieldError) -> JackfieldError:
        """The same error with the cause the transport knows of."""
        if isinstance(error, TransportClosed):
            cause = await self._connection.why_closed() or error.message
            told = TransportClosed(
                cause, hint=error.hint, detail=error.detail, reason=error.reason, remedy=error.remedy
            )
            told.retry_after = error.retry_after
            return told
        return error

    async def open_session(self) -> Session:
        """The open session; a server that is just starting is waited for, under its own start timeout."""
        await turn()
        await self._reached()
        await self._connection.sandbox.told()
        session = self._connection.session
        if session is None:
            raise not_ready(self._connection.status)
        return session

    async def _reached(self) -> None:
        """Return when a server that starts has started, or not, and one that rests is awake."""
        if self._connection.life.state is not ServerState.READY:
            await self._connection.settled()
            await self._connection.wake()

    def _raw_uri(self, uri: str) -> str:
        """The URI as the server has it, of one that may be as the screen shows it.

        Raises InvalidArguments for a template: braces are sent only where the server lists them in a URI.
        """
        if (listed := self._connection.catalog.resource(uri)) is not None:
            return listed.raw_uri
        refuse_template(uri)
        return uri

    def _may_run_twice(self, name: str) -> bool:
        tool = self._connection.catalog.tool(name)
        return tool is not None and bool(tool.read_only or tool.idempotent)

    def _tool(self, name: str) -> Tool:
        catalog = self._connection.catalog
        if (tool := catalog.tool(name)) is not None:
            return tool
        near = nearest(name, [tool.name for tool in catalog.tools], 1)
        server = one_line(self._connection.name, 80)
        if fault := self._connection.lists.faults.get("tools"):
            raise UnknownTool(
                f"no tool {one_line(name, 80)} is known: the tools of {server} could not be listed: {fault}",
                hint="the list is asked for again by itself",
                remedy=Reconnect(self._connection.name),
            )
        raise UnknownTool(
            f"{server} has no tool {one_line(name, 80)}",
            hint=f"did you mean {near[0]}?" if near else "",
            remedy=None if near else ListTools(self._connection.name),
        )


async def _no_task(request: Awaitable[Wire]) -> Wire:
    """The answer to a request that can become no task (SEP-2663). Raises TaskFailed for one that did."""
    raw, fault = await request
    if raw.get("resultType") == "task":
        raise TaskFailed("the server made a task of a request that can be none")
    return raw, fault
