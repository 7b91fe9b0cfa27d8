"""What servers borrow of a driver: answers of its model, and the directories it works in."""

from __future__ import annotations

import asyncio
import base64
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from services.app_server import methods
from services.app_server.question_values import (
    RootsChangedParams,
    RootsChangedResult,
    RootsRequestParams,
    RootsResponse,
    RootValue,
    SampledTextBlock,
    SampledToolUse,
    SamplingRequestParams,
    SamplingResponse,
)
from services.connections.telling import in_time
from services.driving.driver import DriverFailed
from services.errors import InvalidArguments, JackfieldError
from services.inbox.questions import Answer, RootsAnswer, SamplingAnswer, SamplingRefusal
from services.roots import root_at
from services.sampling import SampledText, SamplingMedia, SamplingReply, ToolOutput, ToolUse

if TYPE_CHECKING:
    from services.connection_manager import ConnectionManager
    from services.driving.driver import Call, Driver, Handler
    from services.inbox.questions import RootsQuestion, SamplingQuestion
    from services.roots import Root
    from services.sampling import SamplingPart, SamplingRequest

__all__ = ("Directories", "roots_told", "sampled")

_TOLD = "notifications/roots/list_changed"


async def sampled(driver: Driver, question: SamplingQuestion) -> Answer:
    """The driver's answer to a server that asks for a model. Raises DriverFailed."""
    params = _params(question.server, question.request)
    answer = await driver.ask(methods.SAMPLING.name, params, SamplingResponse)
    if answer.action == "decline":
        return SamplingRefusal("decline", words=answer.words or "")
    if answer.action == "cancel":
        return Answer("cancel")
    return SamplingAnswer("accept", reply=_reply(answer, question.request))


async def roots_told(driver: Driver, question: RootsQuestion) -> Answer:
    """The driver's answer to a server that asks for directories. Raises DriverFailed."""
    proposed = [RootValue(uri=root.uri, name=root.name) for root in question.roots]
    params = RootsRequestParams(server_name=question.server, roots=proposed)
    answer = await driver.ask(methods.ROOTS.name, params, RootsResponse)
    if answer.action != "accept":
        return Answer(answer.action)
    try:
        roots = None if answer.roots is None else tuple(root_at(root.uri) for root in answer.roots)
    except InvalidArguments as error:
        raise DriverFailed(f"the driver's answer cannot be used: {error.message}") from error
    return RootsAnswer("accept", lasting=answer.lasting, roots=roots)


class Directories:
    """The driver's directories, which may become others while servers run; `lent`: whether it has any."""

    def __init__(self, manager: ConnectionManager, *, lent: bool) -> None:
        self._manager = manager
        self._lent = lent

    @property
    def handlers(self) -> dict[str, Handler]:
        """What is done for each method."""
        return {methods.ROOTS_CHANGED.name: self._changed}

    async def _changed(self, params: RootsChangedParams, _call: Call) -> RootsChangedResult:
        if not self._lent:
            raise InvalidArguments(
                "this driver has not said that it answers for directories",
                hint='Say so in initialize: "capabilities": {"roots": true}.',
            )
        roots = None if params.roots is None else tuple(root_at(root.uri) for root in params.roots)
        if params.server_name is not None:
            await in_time(self._manager.choose_roots(params.server_name, roots), _TOLD)
            return RootsChangedResult(servers=[params.server_name])
        names = [name for name in self._manager.servers if self._may_be_told(name)]
        await asyncio.gather(*(self._tell(name, roots) for name in names))
        return RootsChangedResult(servers=names)

    def _may_be_told(self, name: str) -> bool:
        settings = self._manager.settings(name)
        return settings.enabled and not settings.invalid and settings.roots is None

    async def _tell(self, name: str, roots: tuple[Root, ...] | None) -> None:
        """Have one server know; one that cannot be told now asks at its next start."""
        with suppress(JackfieldError):
            await in_time(self._manager.choose_roots(name, roots), _TOLD)


def _params(server: str, request: SamplingRequest) -> SamplingRequestParams:
    return SamplingRequestParams(
        server_name=server,
        messages=[
            {"role": one.role, "content": [_block(part) for part in one.parts]} for one in request.messages
        ],
        max_tokens=request.max_tokens,
        system_prompt=request.system_prompt or None,
        temperature=request.temperature,
        stop_sequences=list(request.stop_sequences),
        tools=[
            {"name": tool.name, "description": tool.description, "inputSchema": dict(tool.schema)}
            for tool in request.tools
        ],
        tool_choice=request.tool_choice,
        model_hints=list(request.hints),
    )


def _block(part: SamplingPart) -> dict[str, Any]:
    """A part as MCP has it."""
    match part:
        case SampledText(text):
            return {"type": "text", "text": text}
        case SamplingMedia(kind, mime_type, data):
            return {"type": kind, "mimeType": mime_type, "data": base64.b64encode(data).decode()}
        case ToolUse(identifier, name, arguments):
            return {"type": "tool_use", "id": identifier, "name": name, "input": dict(arguments)}
        case ToolOutput(identifier, text, is_error):
            said = [{"type": "text", "text": text}]
            return {"type": "tool_result", "toolUseId": identifier, "content": said, "isError": is_error}


def _reply(answer: SamplingResponse, request: SamplingRequest) -> SamplingReply:
    if not answer.content or not answer.model:
        raise DriverFailed("the driver's answer cannot be used: an accepted one has content and a model")
    texts = [one.text for one in answer.content if isinstance(one, SampledTextBlock)]
    uses = [one for one in answer.content if isinstance(one, SampledToolUse)]
    names = {tool.name for tool in request.tools}
    if any(use.name not in names for use in uses):
        raise DriverFailed("the driver's answer cannot be used: it calls a tool that the request has not")
    return SamplingReply(
        text="".join(texts),
        model=answer.model,
        uses=tuple(ToolUse(use.id, use.name, use.input) for use in uses),
        stop_reason=answer.stop_reason,
    )
