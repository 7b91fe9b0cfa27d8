"""Opening a session on a transport's streams: the callbacks, and the protocol both sides speak."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp.client.extension import advertise
from pydantic import FileUrl

from services.connections.session.asked import no_object
from services.connections.session.dispatcher import RecordingDispatcher
from services.connections.session.extensions import declared
from services.connections.session.incoming import compact, question_of, spread
from services.connections.session.leaving import LeavingSession, sendable
from services.connections.session.negotiation import negotiate
from services.connections.session.outgoing import Outgoing
from services.connections.session.pages import SKILLS
from services.connections.session.response_cache import Answers
from services.connections.session.sampling import sampled
from services.connections.session.session import Session
from services.connections.session.tasks import TasksExtension
from services.errors import InvalidArguments, TooManyQuestions
from services.text import log_lines, one_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, MutableMapping

    from mcp.client.session import ClientRequestContext

    from services.connections.session.incoming import Listener
    from services.errors import JackfieldError

__all__ = ("open_session",)


@asynccontextmanager
async def open_session(
    streams: tuple[Any, Any],
    *,
    server: str,
    protocol: str,
    version: str,
    listener: Listener,
    faults: MutableMapping[int | str, JackfieldError] | None = None,
    held: MutableMapping[int | str, types.JSONRPCResponse | types.JSONRPCError] | None = None,
    one_stream: bool = True,
) -> AsyncIterator[Session]:
    """Enter a session on a transport's streams and negotiate: `auto`, `legacy` or a revision's date.

    `faults`: where the transport says why a request failed, `held`: where it leaves answers the SDK cannot
    read; `one_stream`: whether all answers come on one stream.
    """
    incoming, outgoing = streams
    dispatcher = RecordingDispatcher(
        incoming, Outgoing(outgoing, lambda text: listener.log_message(text, "warning", ""))
    )
    dispatcher.clock = listener.clock
    dispatcher.answered = listener.answered
    dispatcher.faults = faults if faults is not None else {}
    dispatcher.over_http = faults is not None
    dispatcher.held = held if held is not None else {}
    dispatcher.one_stream = one_stream
    dispatcher.unmatched = lambda text: listener.log_message(text, "warning", "")
    dispatcher.refused = dispatcher.unmatched
    dispatcher.elsewhere = listener.asked_elsewhere
    answers = Answers()

    async def elicit(
        context: ClientRequestContext, params: types.ElicitRequestParams
    ) -> types.ElicitResult | types.ErrorData:
        if why := no_object(getattr(params, "requested_schema", None)):
            dispatcher.refused(f"elicitation/create refused: {why}")
            return types.ErrorData(code=types.INVALID_PARAMS, message=f"Invalid params: {why}")
        try:
            answer = await listener.ask(question_of(server, params))
        except TooManyQuestions as error:
            return types.ErrorData(code=types.INTERNAL_ERROR, message=error.message)
        if answer.action != "accept" or answer.content is None:
            return types.ElicitResult(action=answer.action)
        try:
            return types.ElicitResult(action="accept", content=sendable(answer.content))
        except InvalidArguments as error:  # forms refuse it earlier, where it can be mended
            listener.log_message(f"the question was cancelled: {error.message}", "warning", "")
            return types.ElicitResult(action="cancel")

    async def log(params: types.LoggingMessageNotificationParams) -> None:
        listener.logged_elsewhere(params.level, params.data, params.logger)
        data = params.data if isinstance(params.data, str) else compact(params.data)
        logger = one_line(params.logger or "", 100)
        for line in log_lines(data) or [""]:
            listener.log_message(line, params.level, logger)

    async def on_message(message: object) -> None:
        _outdate(message, answers)
        spread(message, listener)

    async def list_roots(context: ClientRequestContext) -> types.ListRootsResult:
        roots = await listener.roots()
        told = [types.Root(uri=FileUrl(root.uri), name=root.name or None) for root in roots]
        return types.ListRootsResult(roots=told)

    async def sample(context: ClientRequestContext, params: types.CreateMessageRequestParams) -> Any:
        return await sampled(server, listener, params)

    sdk = LeavingSession(
        dispatcher=dispatcher,
        sampling_callback=sample if listener.samples else None,
        sampling_capabilities=types.SamplingCapability(tools=types.SamplingToolsCapability()),
        elicitation_callback=elicit,
        list_roots_callback=list_roots if listener.offers_roots else None,
        logging_callback=log,
        log_level="debug",
        message_handler=on_message,
        client_info=types.Implementation(name="jackfield", title="Jackfield", version=version),
        **declared(TasksExtension(listener.task_told), advertise(SKILLS)),
    )
    async with sdk:
        await negotiate(sdk, protocol)
        yield Session(sdk, server, listener, answers, dispatcher)


def _outdate(message: object, answers: Answers) -> None:
    """What was kept of an answer does not hold any more, before anybody hears of the change."""
    match message:
        case types.ToolListChangedNotification():
            answers.changed("tools")
        case types.PromptListChangedNotification():
            answers.changed("prompts")
        case types.ResourceListChangedNotification():
            answers.changed("resources")
            answers.changed("templates")
        case types.ResourceUpdatedNotification():
            # What a server calls the updated resource may lie below the one that was read.
            answers.forget("resources/read")
        case _:
            pass
